"""The written procedures for a lost and a stolen validator key, on four real validators, up to the vote."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from liveledger.node import cometbft
from liveledger.node.control import consensus_status
from liveledger.node.permissions import LoosePermissions
from liveledger.node.remote_signer import SETTING, use_remote
from liveledger.node.settings import change_settings
from liveledger.node.signer.run import SignerFiles, begin
from liveledger.node.signer.state import above, read_last
from liveledger.node.validator_key import new_validator_key
from liveledger.node.validator_proofs import read_proven
from tests.support.network import RunningNetwork, eventually

pytestmark = pytest.mark.network
GLN = "9521239000018"


@pytest.fixture
def net(four: RunningNetwork) -> RunningNetwork:
    """The ledger of this folder, whose last node is out of order from here on."""
    four.wait_height(2)
    return four


def of_node(net: RunningNetwork) -> tuple[str, ...]:
    """Where the key of the last node is."""
    return ("node", "--node", "3", "--ledger", net.home.name, "--home", str(net.home.root))


def command(group: str, *options: Path | str) -> subprocess.CompletedProcess[str]:
    """``validator-proof`` of a group of commands; the last option is the file that it writes."""
    *where, out = map(str, options)
    line = [sys.executable, "-m", "liveledger_cli.main", group, "validator-proof", GLN, *where, "--out", out]
    return subprocess.run(line, capture_output=True, text=True, check=False)


def proven(net: RunningNetwork, where: tuple[str, ...], out: Path) -> bytes:
    """The key that a proof written there is about; it is for the organisation with the GLN."""
    done = command(*where, out)
    assert done.returncode == 0, done.stderr
    found = read_proven(out.read_bytes(), evm_chain_id=net.network.evm_chain_id)
    assert found.gln == int(GLN)
    return found.validator_key


def test_a_key_whose_memory_is_lost_signs_again_above_the_ledger(net: RunningNetwork, tmp_path: Path) -> None:
    node = net.home.node(3)
    net.stop(3)
    cometbft.validator_state_file(node.cometbft).unlink()
    with pytest.raises(LoosePermissions, match="is missing"):
        net.start(3)
    files = SignerFiles(tmp_path / "key.json", tmp_path / "state.json", net.network.chain_id)
    address, safe = f"unix://{node.run}/signer.sock", net.height() + 5
    use_remote(net.home, 3, address)
    cometbft.validator_key_file(node.cometbft).rename(files.key)
    begin(files, above(safe))
    assert "remote signer" in command(*of_node(net), tmp_path / "none.json").stderr
    signer_key = ("signer", "--key", str(files.key), "--chain-id", files.chain_id)
    assert proven(net, signer_key, tmp_path / "proof.json") == files.identity().public_key
    run = [sys.executable, "-m", "liveledger_cli.main", "signer", "run", "--key", str(files.key)]
    run += ["--state", str(files.state), "--chain-id", files.chain_id, "--connect", address]
    with (tmp_path / "log").open("ab") as log, subprocess.Popen(run, stderr=log) as signer:
        try:
            net.start(3)
            identity = files.identity()
            eventually("a vote above", lambda: read_last(files.state, identity).position.height > safe)
            net.stop(3)
        finally:
            signer.terminate()


def test_a_node_with_a_new_key_follows_until_it_is_voted_in(net: RunningNetwork, tmp_path: Path) -> None:
    # The node of the test before is stopped: it comes back without its signer's key, as one that lost it would.
    net_node = net.home.node(3)
    old = net.network.nodes[3].validator_key
    change_settings(net_node, {SETTING: None})
    made = new_validator_key(net.home, 3, destroy_old=True)
    assert made.public_key.hex() != old
    assert proven(net, of_node(net), tmp_path / "proof.json") == made.public_key
    height = net.height()
    net.start(3)
    net.wait_height(height + 3, node=3)
    assert len({net.app_hash(height + 1, node=node) for node in range(4)}) == 1
    status = consensus_status(net_node.ports())
    assert status is not None
    assert status["power"] == 0
