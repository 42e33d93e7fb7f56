"""Four validators: one answer at every height whatever is killed, a changing set, strangers kept out."""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from liveledger.bindings import validators
from liveledger.bindings.constants import ALLOWANCES_ADDRESS, VALIDATORS_ADDRESS
from liveledger.node import cometbft
from liveledger.node.network_status import network_report
from liveledger.node.ports import choose_base, node_ports
from tests.api.ledger import run_cli
from tests.support.network import RunningNetwork, assert_one_chain, eventually
from tests.support.scraping import scrape

pytestmark = [pytest.mark.network, pytest.mark.timeout(600)]


def assert_all_agree(net: RunningNetwork, up_to: int) -> None:
    """Every node has the same app hash and the same execution block at every height."""
    for node in range(net.size):
        net.wait_height(up_to + 1, node)
    assert_one_chain(net, range(net.size), up_to)


@contextmanager
def load(net: RunningNetwork, node: int) -> Iterator[list[str]]:
    """Submits small transactions through ``node`` while the block runs; yields their hashes."""
    hashes: list[str] = []
    stop = threading.Event()
    nonce = int(net.rpc("eth_getTransactionCount", net.administrator.address, "latest", node=node), 16)

    def run() -> None:
        step = 0
        while not stop.wait(0.05):
            raw = net.sign(to=ALLOWANCES_ADDRESS, value=1, nonce=nonce + step, gas=60_000)
            hashes.append(net.submit(raw, node))
            step += 1

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield hashes
    finally:
        stop.set()
        thread.join()


def test_everyone_proposes_and_agrees(four: RunningNetwork) -> None:
    proposers: set[str] = set()

    def all_had_a_turn() -> bool:
        proposers.add(four.comet("header")["header"]["proposer_address"])
        return proposers == {member.address for member in four.network.nodes}

    eventually("a turn of everybody", all_had_a_turn)
    assert_all_agree(four, four.height() - 2)


def test_transactions_travel_to_the_proposers(four: RunningNetwork) -> None:
    receipts = [four.send(to=ALLOWANCES_ADDRESS, value=1) for _ in range(3)]
    assert {receipt["status"] for receipt in receipts} == {"0x1"}


def test_report(four: RunningNetwork) -> None:
    report = network_report(four.home)
    assert report.healthy
    assert report.last_proposer in {f"node{index}" for index in range(4)}
    assert [node["consensus"]["power"] for node in report.as_dict()["nodes"]] == [10] * 4


@pytest.mark.parametrize("process", [None, "geth", "cometbft"])
def test_one_is_killed_under_load(four: RunningNetwork, process: str | None) -> None:
    with load(four, 0) as hashes:
        four.wait_blocks(2)
        four.kill(2, process=process)
        height = four.height()
        four.wait_height(height + 6)
        if process is None:
            four.start(2)
        four.wait_height(height + 10, node=2)
    for tx_hash in hashes[-1:]:
        assert four.receipt(tx_hash)["status"] == "0x1"
    assert_all_agree(four, height + 9)


def test_two_killed_stop_the_chain_and_one_resumes_it(four: RunningNetwork) -> None:
    four.wait_blocks(1)
    four.kill(2)
    four.kill(3)
    time.sleep(2)
    height = four.height()
    time.sleep(5)
    assert four.height() <= height + 1
    four.start(3)
    four.wait_height(height + 3)
    four.start(2)
    assert_all_agree(four, height + 2)


def test_all_are_killed_under_load(four: RunningNetwork) -> None:
    height = four.height() - 1
    before = {number: four.block_hash(number) for number in range(1, height)}
    with load(four, 0):
        four.wait_blocks(2)
    for node in range(4):
        four.kill(node)
    four.start()
    four.wait_height(height + 5)
    assert {number: four.app_hash(number) for number in before} == before
    assert_all_agree(four, height + 4)


def test_the_set_follows_the_contract(four: RunningNetwork) -> None:
    key = bytes.fromhex(four.network.nodes[3].validator_key)
    for power in (7, 10):
        call = validators.SetValidator(0, key, power)
        receipt = four.send(to=VALIDATORS_ADDRESS, data=call.calldata())
        assert receipt["status"] == "0x1"
        changed = int(receipt["blockNumber"], 16)
        # Read by FinalizeBlock(changed + 1), in force two heights later.
        four.wait_height(changed + 4)
        for node in range(4):
            four.wait_height(changed + 4, node)
            assert _power(four, 3, changed + 2, node) != power
            assert _power(four, 3, changed + 3, node) == power
    assert_all_agree(four, changed + 3)


def _power(net: RunningNetwork, member: int, height: int, node: int) -> int:
    rows = net.comet(f"validators?height={height}", node=node)["validators"]
    return next(int(row["voting_power"]) for row in rows if row["address"] == net.network.nodes[member].address)


def test_a_strange_cometbft_is_refused(four: RunningNetwork, tmp_path: Path) -> None:
    home, ports = tmp_path / "stranger", node_ports(choose_base(tmp_path, 1), 0)
    _, node_id = cometbft.create_keys(home)
    shutil.copy(four.home.node().cometbft / "config" / "genesis.json", home / "config")
    peers = [member.consensus_address for member in four.network.nodes]
    cometbft.write_config(home, ports, peers, moniker="stranger", pace=cometbft.Pace())
    config = home / "config" / "config.toml"
    config.write_text(config.read_text().replace(f"unix://{cometbft.ABCI_SOCKET}", "noop"))
    said, logs = tmp_path / "stranger.log", [four.home.node(node).logs / "node.log" for node in range(four.size)]

    def refused() -> bool:
        assert stranger.poll() is None, f"the stranger ended: {said.read_text()[-2000:]}"
        return all(_refused(log, node_id) for log in logs)

    with (
        said.open("wb") as output,
        subprocess.Popen(cometbft.arguments(four.engines.cometbft, home), stdout=output) as stranger,
    ):
        try:
            # Once by each: whether a CometBFT dials again who hung up at once is a matter of luck.
            eventually("the refusals", refused)
            for node in range(four.size):
                others = {member.node_id for member in four.network.nodes if member.name != f"node{node}"}
                eventually(f"only members are node {node}'s peers", lambda n=node, o=others: _peers(four, n) == o)
        finally:
            stranger.kill()


def _peers(net: RunningNetwork, node: int) -> set[str]:
    """Node ids of a CometBFT's peers."""
    return {peer["node_info"]["id"] for peer in net.comet("net_info", node=node)["peers"]}


def _refused(log: Path, node_id: str) -> bool:
    """Whether the node that keeps ``log`` refused this node as no member's."""
    return any(node_id in line and "no member's node" in line for line in log.read_text().splitlines())


def test_four_validators_see_each_other(four: RunningNetwork) -> None:
    four.wait_height(5)
    for node in range(four.size):
        eventually(
            f"node {node} has its peers", lambda node=node: scrape(four, node).get("liveledger_peers consensus") == 3
        )
        assert four.rpc("net_peerCount", node=node) == "0x0"  # geth has none
        assert scrape(four, node)["liveledger_total_power"] == 40
        assert scrape(four, node)["liveledger_voting_power"] == 10
    status = json.loads(run_cli(four.home, "network", "status", "--json").stdout)
    assert (status["validators"], status["total_power"], status["may_fail"]) == ("4", "40", "1")
    assert status["fault_tolerant"] is True
    assert status["last_proposer"] in {f"node{number}" for number in range(4)}
    assert "yes (1 of 4 may fail)" in run_cli(four.home, "network", "status").stdout
