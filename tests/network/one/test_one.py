"""One validator: blocks, the chain's clock, what a member can throw at it, kill −9."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account

from liveledger.bindings import consortium
from liveledger.bindings.constants import ALLOWANCES_ADDRESS, CONSORTIUM_ADDRESS
from liveledger.chain.rpc.nodes import CometRpc
from liveledger.chain.rpc.transport import NodeUnreachable
from liveledger.domain.errors import ConfigurationError
from liveledger.domain.hashing import hex_bytes
from liveledger.domain.home import LedgerHome
from liveledger.node import geth
from liveledger.node.control import node_report, run_node, start_detached
from liveledger.node.network import NewNetwork, create_network
from liveledger.node.runstate import NodeLock, RunState
from tests.support.network import WAIT_SECONDS, RunningNetwork, alive, children, eventually, running_network
from tests.support.scraping import scrape

pytestmark = pytest.mark.network
WITHDRAWALS = bytes.fromhex("00000961ef480eb55e80d19ad83579a64c007002")
BLOB_SIDECAR_TEXT = b"\0" * 131072
# A call that succeeds whatever bytes follow it.
READ = consortium.OrganisationOf(1).calldata()


def test_a_header_carries_the_hash_of_the_block_before(one: RunningNetwork) -> None:
    one.wait_height(4)
    assert one.app_hash(0) == one.network.genesis_hash
    for height in range(1, 3):
        assert one.app_hash(height) == one.block_hash(height)


def test_blocks_come_once_a_second_and_on_time(one: RunningNetwork) -> None:
    first = one.height()
    one.wait_height(first + 10)
    block = one.rpc("eth_getBlockByNumber", hex(first + 9), False)
    earlier = one.rpc("eth_getBlockByNumber", hex(first), False)
    assert int(block["timestamp"], 16) - int(earlier["timestamp"], 16) >= 9
    newest = one.rpc("eth_getBlockByNumber", "latest", False)
    assert int(newest["timestamp"], 16) <= time.time()


def test_a_transaction_is_final(one: RunningNetwork) -> None:
    receipt = one.send(to=ALLOWANCES_ADDRESS, value=1)
    assert receipt["status"] == "0x1"
    block = one.rpc("eth_getBlockByNumber", receipt["blockNumber"], False)
    assert block["miner"] == "0x" + ALLOWANCES_ADDRESS.hex()
    assert bytes.fromhex(block["extraData"][2:]) == b"liveledger"
    assert int(block["gasLimit"], 16) == 400_000_000


def test_noise_that_is_no_trade_has_a_little_of_each_block(one: RunningNetwork) -> None:
    account = one.administrator
    nonce = int(one.rpc("eth_getTransactionCount", account.address, "pending"), 16)
    raws = [
        one.sign(to=CONSORTIUM_ADDRESS, data=READ + os.urandom(126_900), nonce=nonce + step, gas=6_000_000)
        for step in range(20)
    ]
    hashes = [one.submit(raw) for raw in raws]
    receipts = [one.receipt(tx_hash) for tx_hash in hashes]
    assert all(receipt["status"] == "0x1" for receipt in receipts)
    largest = max(
        int(one.rpc("eth_getBlockByNumber", number, False)["size"], 16)
        for number in {receipt["blockNumber"] for receipt in receipts}
    )
    # Some of them: how many depends on how fast the blocks before were built, and on how many had arrived by then.
    assert 500_000 < largest < 2_000_000
    one.wait_blocks(2)


STRANGER = Account.create()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"to": WITHDRAWALS, "data": bytes(56), "value": 500}, "no contract that the Directory lists"),
        ({"to": bytes(19) + b"\x77", "value": 1}, "no contract that the Directory lists"),
        ({"to": CONSORTIUM_ADDRESS, "account": STRANGER}, "no active account of an active organisation"),
        ({"to": None, "data": b"\x00", "account": STRANGER}, "no active account of an active organisation"),
    ],
)
def test_what_the_rules_keep_out_is_refused_by_name(one: RunningNetwork, changes: dict[str, Any], words: str) -> None:
    """Requests of the execution layer (EIP-7002), gas money handed on, strangers, contracts of one's own."""
    answer = one.try_rpc("eth_sendRawTransaction", hex_bytes(one.sign(**changes)))
    assert words in answer["error"]["message"]


def test_a_blob_transaction_is_refused(one: RunningNetwork) -> None:
    account = one.administrator
    fields = {
        "chainId": one.network.evm_chain_id,
        "nonce": int(one.rpc("eth_getTransactionCount", account.address, "latest"), 16),
        "gas": 100_000,
        "maxFeePerGas": 10**9,
        "maxPriorityFeePerGas": 10**8,
        "maxFeePerBlobGas": 10**9,
        "to": CONSORTIUM_ADDRESS,
        "value": 0,
        "data": b"",
        "type": 3,
    }
    signed = account.sign_transaction(fields, blobs=[BLOB_SIDECAR_TEXT])
    answer = one.try_rpc("eth_sendRawTransaction", hex_bytes(bytes(signed.raw_transaction)))
    assert "error" in answer
    assert one.rpc("eth_getBlockByNumber", "latest", False)["blobGasUsed"] == "0x0"


def test_geths_own_port_takes_no_transaction_and_says_so(one: RunningNetwork) -> None:
    body = {"jsonrpc": "2.0", "id": 1, "method": "eth_sendRawTransaction"}
    url = f"http://127.0.0.1:{one.home.node().ports().execution_inner}"
    answer = one.http.post(url, json=body | {"params": [hex_bytes(one.sign(to=CONSORTIUM_ADDRESS))]}).json()
    assert "below minimum" in answer["error"]["message"]


def test_a_node_runs_once(one: RunningNetwork) -> None:
    with pytest.raises(ConfigurationError, match="running already"):
        run_node(one.home, 0, one.engines)


def test_a_stranger_finds_no_node(one: RunningNetwork) -> None:
    with pytest.raises(ConfigurationError, match="there is no node 7"):
        node_report(one.home, 7)


@pytest.mark.parametrize("victim", ["geth", "cometbft", None])
def test_kill_nine(one: RunningNetwork, victim: str | None) -> None:
    one.wait_height(5)
    height = one.height() - 1
    before = {number: one.block_hash(number) for number in range(1, height)}
    family = children(one.pid())
    one.kill(process=victim)
    # Blocks were made while the hashes were read: what comes behind those that are there now needs all engines again.
    top = max(height, one.height())
    if victim is None:
        eventually("the end of the engines", lambda: not any(map(alive, family.values())))
        one.start()
    one.wait_height(top + 4)
    assert {number: one.block_hash(number) for number in before} == before
    assert {number: one.app_hash(number) for number in before} == before


def test_a_node_that_ends_is_away_for_who_asks_it(one: RunningNetwork) -> None:
    """CometBFT answers on open connections until it is gone, without its databases at the end."""
    comet = CometRpc(f"http://127.0.0.1:{one.home.node().ports().consensus_rpc}")
    height = comet.height()
    one.kill(process="geth")
    refusals: list[NodeUnreachable] = []

    def is_back() -> bool:
        try:
            return comet.height() > height + 1
        except NodeUnreachable as refusal:
            refusals.append(refusal)
            return False

    give_up = time.monotonic() + WAIT_SECONDS
    while not is_back():  # without a pause: the moment is short
        assert time.monotonic() < give_up
    comet.close()
    assert refusals


def test_restarts_are_counted(one: RunningNetwork) -> None:
    restarts = RunState.read(one.home.node()).restarts
    one.kill(process="cometbft")
    eventually("the restart", lambda: RunState.read(one.home.node()).restarts > restarts)
    eventually("running again", lambda: RunState.read(one.home.node()).phase == "running")
    one.wait_blocks(2)


def test_a_node_that_is_still_ending_is_started_once_it_is_gone(one: RunningNetwork) -> None:
    height = one.height()
    one.stop()
    # Stands for a killed supervisor: its lock outlives what the process table shows of it.
    lock = NodeLock(one.home.node())
    lock.__enter__()
    release = threading.Timer(1.0, lock.__exit__, (None, None, None))
    release.start()
    one.start()
    release.join()
    one.wait_height(height + 2)


def test_a_compact_state_comes_back_from_nothing(tmp_path_factory: pytest.TempPathFactory) -> None:
    with running_network(tmp_path_factory.mktemp("compact"), profile=geth.COMPACT) as net:
        balance = funds(net)
        receipts = [net.send(to=ALLOWANCES_ADDRESS, value=number * 10**18) for number in (5, 6)]
        net.wait_blocks(3)
        height = net.height() - 1
        before = {number: net.block_hash(number) for number in range(1, height)}
        net.kill()
        net.start()
        assert engine_came_back_at_zero(net)
        net.wait_height(height + 3)
        assert {number: net.block_hash(number) for number in before} == before
        assert funds(net) // 10**18 == balance // 10**18 + 11
        assert scrape(net)["liveledger_replayed_blocks_total"] >= height
        assert scrape(net)["liveledger_target_height"] >= height
        assert [net.receipt(receipt["transactionHash"])["blockHash"] for receipt in receipts] == [
            receipt["blockHash"] for receipt in receipts
        ]


def funds(net: RunningNetwork) -> int:
    """Wei that Allowances has; it gets fees besides."""
    return int(net.rpc("eth_getBalance", hex_bytes(ALLOWANCES_ADDRESS), "latest"), 16)


def engine_came_back_at_zero(net: RunningNetwork) -> bool:
    """Whether the newest start found geth at genesis."""
    lines = (net.home.node().logs / "node.log").read_text().splitlines()
    ready = [line for line in lines if '"engine ready"' in line]
    return '"height": 0' in ready[-1]


def test_a_port_in_use_is_named(tmp_path: Path, one: RunningNetwork) -> None:
    home = LedgerHome(tmp_path, "ports")
    create_network(home, one.engines, NewNetwork(), lambda _: None)
    settings = home.node().settings
    mine, taken = home.node().ports().execution_http, one.home.node().ports().execution_http
    settings.write_text(settings.read_text().replace(str(mine), str(taken)))
    with pytest.raises(ConfigurationError, match=f"port {taken}"):
        start_detached(home, [0], one.engines, lambda _: None)
