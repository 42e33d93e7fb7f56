"""Two trading groups on one host: two ledgers below one home, with nothing in common."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import astuple
from pathlib import Path

import pytest

from liveledger.bindings.constants import ALLOWANCES_ADDRESS
from liveledger.domain.hashing import hex_bytes
from tests.support.network import RunningNetwork, running_network

pytestmark = pytest.mark.network
Pair = tuple[RunningNetwork, RunningNetwork]


@pytest.fixture(scope="module")
def ledgers(one: RunningNetwork) -> Iterator[Pair]:
    """The ledger of this folder, and another one below the same home, running at once."""
    with running_network(one.home.root, name="wine") as two:
        yield one, two


def test_both_make_blocks_at_once(ledgers: Pair) -> None:
    heights = [net.height() for net in ledgers]
    for net, height in zip(ledgers, heights, strict=True):
        net.wait_height(height + 3)


def test_nothing_is_shared(ledgers: Pair) -> None:
    one, two = ledgers
    assert one.home.root == two.home.root
    assert not set(astuple(one.home.node().ports())) & set(astuple(two.home.node().ports()))
    for name in ("chain_id", "evm_chain_id", "genesis_hash", "administrator"):
        assert getattr(one.network, name) != getattr(two.network, name)
    for name in ("node_id", "validator_key"):
        assert getattr(one.network.member(0), name) != getattr(two.network.member(0), name)
    assert [net.comet("net_info")["n_peers"] for net in ledgers] == ["0", "0"]
    assert one.block_hash(1) != two.block_hash(1)
    assert not _files(one.home.directory) & _files(two.home.directory)


def _files(folder: Path) -> set[tuple[int, int]]:
    """Device and number of every file, so that a link to another ledger's would show."""
    found = set()
    for path in folder.rglob("*"):
        if path.is_file():
            stat = path.stat()
            found.add((stat.st_dev, stat.st_ino))
    return found


def test_a_transaction_counts_on_its_own_ledger_only(ledgers: Pair) -> None:
    one, two = ledgers
    raw = one.sign(to=ALLOWANCES_ADDRESS, value=5)
    before = two.rpc("eth_getTransactionCount", one.administrator.address, "latest")
    refused = two.try_rpc("eth_sendRawTransaction", hex_bytes(raw))
    assert "chain" in refused["error"]["message"].lower()
    assert one.receipt(one.submit(raw))["status"] == "0x1"
    two.wait_blocks(2)
    assert two.rpc("eth_getTransactionCount", one.administrator.address, "latest") == before
