"""A real validator whose key is only in the signer: no signer, no block, and nothing is forgotten on the way."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from liveledger.node import cometbft
from liveledger.node.remote_signer import use_local, use_remote
from liveledger.node.runstate import RunState
from liveledger.node.signer.run import SignerFiles, begin
from liveledger.node.signer.state import Identity, read_last
from tests.support.network import RunningNetwork, eventually

pytestmark = pytest.mark.network


class SignerProcess:
    """The product's own signer, in a folder that the node knows nothing of."""

    def __init__(self, net: RunningNetwork, folder: Path) -> None:
        self.node = net.home.node()
        self.files = SignerFiles(folder / "key.json", folder / "state.json", net.network.chain_id)
        self.address = f"unix://{self.node.run}/signer.sock"
        self.log = folder / "signer.log"
        self.process: subprocess.Popen[bytes] | None = None

    def adopt(self) -> Identity:
        """Takes over the key of the stopped node and what it signed last."""
        cometbft.validator_key_file(self.node.cometbft).rename(self.files.key)
        own = cometbft.validator_state_file(self.node.cometbft)
        begin(self.files, read_last(own, self.files.identity()))
        own.unlink()
        return self.files.identity()

    def start(self) -> None:
        self.process = self.spawn()

    def spawn(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "liveledger_cli.main", "signer", "run", "--key", str(self.files.key)]
        command += ["--state", str(self.files.state), "--chain-id", self.files.chain_id, "--connect", self.address]
        with self.log.open("ab") as log:
            return subprocess.Popen(command, stderr=log, stdin=subprocess.DEVNULL)

    def kill(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()
        self.process = None

    def height(self) -> int:
        return int(json.loads(self.files.state.read_text())["height"])


@pytest.fixture(scope="module")
def net(one: RunningNetwork) -> RunningNetwork:
    """The ledger of this folder."""
    return one


@pytest.fixture(scope="module")
def signer(net: RunningNetwork, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SignerProcess]:
    """The network's one validator, moved to a signer after its first blocks."""
    net.wait_height(2)
    net.stop()
    made = SignerProcess(net, tmp_path_factory.mktemp("vault"))
    use_remote(net.home, 0, made.address)
    made.adopt()
    made.start()
    net.start()
    yield made
    made.kill()


def stands_still(net: RunningNetwork) -> int:
    """The height once it has not moved for several block times."""
    height, since = net.height(), time.monotonic()
    while time.monotonic() - since < 6:
        time.sleep(0.5)
        if net.height() != height:
            height, since = net.height(), time.monotonic()
    return height


def test_blocks_are_made_by_a_key_that_the_node_does_not_have(net: RunningNetwork, signer: SignerProcess) -> None:
    net.wait_blocks(3)
    assert signer.height() >= net.height()
    config = net.home.node().cometbft / "config"
    public = signer.files.identity().public_key
    assert not (config / "priv_validator_key.json").exists()
    assert net.network.nodes[0].validator_key == public.hex()
    assert json.loads((config / "unused_validator_key.json").read_text())["address"] != net.network.nodes[0].address


def test_a_second_signer_of_the_same_state_ends_at_once(net: RunningNetwork, signer: SignerProcess) -> None:
    second = signer.spawn()
    assert second.wait(timeout=60) == 4
    assert "another signer uses this state" in signer.log.read_text()
    net.wait_blocks(1)


def test_a_killed_signer_stops_the_blocks_and_nothing_else(net: RunningNetwork, signer: SignerProcess) -> None:
    node, restarts = net.pid(), RunState.read(net.home.node()).restarts
    signer.kill()
    height = stands_still(net)
    state = RunState.read(net.home.node())
    assert (net.pid(), state.phase, state.restarts) == (node, "running", restarts)
    signer.start()
    net.wait_height(height + 3)
    assert RunState.read(net.home.node()).restarts == restarts


def test_engines_that_start_without_a_signer_wait_for_it(net: RunningNetwork, signer: SignerProcess) -> None:
    height = net.height()
    before = {number: net.app_hash(number) for number in range(1, height)}
    signer.kill()
    # Leaves the socket of a killed CometBFT behind.
    net.kill(process="cometbft")
    eventually("the wait for the signer", lambda: "remote signer" in RunState.read(net.home.node()).reason)
    restarts = RunState.read(net.home.node()).restarts
    time.sleep(5)
    assert RunState.read(net.home.node()).restarts == restarts
    signer.start()
    net.wait_height(height + 3)
    assert {number: net.app_hash(number) for number in before} == before


def test_a_signer_without_its_state_signs_nothing(net: RunningNetwork, signer: SignerProcess) -> None:
    signer.kill()
    height = stands_still(net)
    away = signer.files.state.with_suffix(".away")
    signer.files.state.rename(away)
    assert signer.spawn().wait(timeout=60) == 4
    assert net.height() == height
    away.rename(signer.files.state)
    signer.start()
    net.wait_height(height + 2)


def test_the_node_takes_its_key_back(net: RunningNetwork, signer: SignerProcess) -> None:
    net.stop()
    signer.kill()
    identity, height = signer.files.identity(), signer.height()
    signer.files.key.rename(cometbft.validator_key_file(net.home.node().cometbft))
    use_local(net.home, 0, signer.files.state, identity)
    net.start()
    net.wait_height(height + 2)
