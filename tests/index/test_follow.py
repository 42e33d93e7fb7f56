"""The index on a real chain: whole, checked against the chain, rebuilt equal (O5), and never fooled (fault 11)."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import Engine, update
from sqlalchemy.orm import Session

from liveledger.bindings import provenance, report_hub
from liveledger.bindings.constants import FeedKind, OrganisationKind
from liveledger.chain.accounts.accounts import address_of
from liveledger.chain.contracts.ledger import Contracts, final_height
from liveledger.chain.rpc.nodes import ExecutionRpc
from liveledger.chain.rpc.transport import JsonRpc, MalformedAnswer, NodeUnreachable, RpcError
from liveledger.domain.errors import ConfigurationError
from liveledger.domain.hashing import keccak, uint_word
from liveledger.domain.item_keys import ItemKey
from liveledger.domain.movements import Kind
from liveledger.domain.payloads import id_of
from liveledger.domain.streams import sku_stream
from liveledger.domain.typed_data import ReportMessage, sign
from liveledger.domain.waiting import comes_true
from liveledger.index import columns as index_columns
from liveledger.index import ranges
from liveledger.index.chain import queries as chain_queries
from liveledger.index.chain import tables as t
from liveledger.index.database import sqlite_engine
from liveledger.index.follower import Index
from liveledger.index.fsck import fsck
from liveledger.index.heads import IndexDiffers
from liveledger.index.members import queries as members_queries
from liveledger.index.provenance import queries as provenance_queries
from liveledger.index.reports import queries as reports_queries
from liveledger.index.source import BrokenChain
from liveledger.index.stock import queries as stock_queries
from liveledger.index.stock.queries import Balance, Counters
from tests.index.liars import LIES, Forgetful, lied_to
from tests.support.commands import liveledger
from tests.support.trading import BRAND_GLN, PLACE_GLN, SKUS, Trading

pytestmark = pytest.mark.network

FEED = id_of(1, b"feed of tests/index")
ITEM, LOT = "https://id.example/01/06901234567892/21/1", "https://id.example/01/06901234567892/10/A"


@pytest.fixture(scope="module")
def busy(trading: Trading) -> Trading:
    """The ledger after some trade, events and a report."""
    poster, sku = trading.poster(1), trading.skus["SKU-000"]
    poster.post([trading.receive(f"open-{code}", number, 100) for code, number in trading.skus.items()])
    for number in range(5):
        poster.post([trading.sell(f"sell-{number}-{step}", sku, 2) for step in range(3)])
    poster.wait()
    _capture(trading)
    _report(trading)
    return trading


def _capture(trading: Trading) -> None:
    contract = trading.ledger.manifest.address("Provenance")
    items = sorted([ItemKey.of(ITEM), ItemKey.of(LOT)])
    gtins, uris = [item.gtin for item in items], [item.uri for item in items]
    first, second = keccak(b"first event"), keccak(b"second event")
    sender = trading.sender()
    sender.run("anchor-1", contract, provenance.Anchor(first, bytes(32), gtins, uris).calldata())
    sender.run("anchor-2", contract, provenance.Anchor(second, first, gtins, uris).calldata())


def _report(trading: Trading) -> None:
    hub, sender = trading.ledger.manifest.address("ReportHub"), trading.sender()
    opening = report_hub.OpenFeed(FEED, FeedKind.ALERT, 0, [address_of(trading.account)], 1, 1)
    sender.run("open-feed", hub, opening.calldata())
    height = final_height(trading.ledger)
    digest = trading.ledger.execution.call(
        hub, report_hub.ConfigDigest(FEED, [address_of(trading.account)], 1, 1).calldata(), height
    )
    now = trading.ledger.execution.block(height).time
    payload = b"".join(value.to_bytes(32) for value in (1, trading.skus["SKU-000"], trading.places[0], 70, 80))
    message = ReportMessage(digest, FEED, 0, keccak(payload), now, now + 600)
    signature = sign(message, trading.account, chain_id=trading.ledger.evm_chain_id, contract=hub)
    report = report_hub.Report(digest, FEED, 0, keccak(payload), now, now + 600)
    sender.run("report", hub, report_hub.Submit(report, payload, [signature]).calldata())


def test_everything_is_in_it(busy: Trading, engine: Engine) -> None:
    index = Index(engine, busy.ledger)
    height = index.catch_up()
    assert index.movements >= SKUS + 15
    with Session(engine) as session:
        assert chain_queries.height(session) == height
        place, sku = (
            members_queries.place_by_gln(session, PLACE_GLN),
            stock_queries.sku_by_code(session, busy.brand, "SKU-000"),
        )
        assert place is not None
        assert sku is not None
        assert stock_queries.balance(session, sku.sku, place.number) == Balance(available=70)
        assert stock_queries.balance(session, sku.sku, 999) == Balance()
        assert stock_queries.counters(session, sku.sku) == Counters(received=100, sold=30)
        movements = stock_queries.movements(session, sku.sku, 0, 100)
        assert [row.movement.kind for row in movements] == [Kind.RECEIVE] + [Kind.SELL] * 15
        stream, blocks = sku_stream(sku.sku), [row.block for row in movements]
        found = [
            chain_queries.leaf_block(session, "StockLedger", stream, 0, offset) for offset in range(len(blocks) + 1)
        ]
        leaves = [block for block in found if block is not None]
        assert leaves == sorted(leaves)
        assert (leaves[0], leaves[-1], found[-1]) == (blocks[0], blocks[-1], None)
        organisation = members_queries.organisation_by_gln(session, BRAND_GLN)
        account = members_queries.account(session, address_of(busy.account))
        assert organisation is not None
        assert account is not None
        assert account.organisation == organisation.number == busy.brand
        assert stock_queries.sku_by_code(session, busy.brand, "nothing") is None
        assert len(stock_queries.skus_of(session, busy.brand, 0, 1_000)) == SKUS
        assert chain_queries.set_changes(session, 0, height + 1) == []
        block = chain_queries.block(session, height)
        assert block is not None
        assert block.hash == busy.ledger.execution.block_hash(height)


def test_events_and_reports_are_in_it(busy: Trading, engine: Engine) -> None:
    Index(engine, busy.ledger).catch_up()
    first, second = keccak(b"first event"), keccak(b"second event")
    with Session(engine) as session:
        streams = [ItemKey.of(item).stream(busy.brand) for item in (ITEM, LOT)]
        standing = uint_word(busy.brand | OrganisationKind.BRAND << 16 | busy.brand << 24)
        events = chain_queries.leaves(session, "Provenance", streams[0], 0, 10)
        assert [leaf.payload for leaf in events] == [first + bytes(32) + standing, second + first + standing]
        assert [event.event_hash for event in provenance_queries.corrections(session, first)] == [second]
        items = provenance_queries.items_of(session, address_of(busy.account), first)
        assert items == sorted(streams)
        (report,) = reports_queries.reports(session, FEED, 0, 10)
        feed = reports_queries.feed(session, FEED)
        assert feed is not None
        assert (feed.kind, feed.quorum, feed.version) == (FeedKind.ALERT, 1, 1)
        assert feed.signers == report.poster == address_of(busy.account)
        assert report.config_digest == feed.config_digest


def test_fsck_finds_nothing(busy: Trading, engine: Engine) -> None:
    Index(engine, busy.ledger).catch_up()
    report = fsck(engine, busy.ledger)
    assert report.differences == []
    assert report.rows["leaves"] >= SKUS + 6
    assert report.words["streams"] >= SKUS + 4
    assert report.words["balances"] == SKUS


def _tamper(engine: Engine, table: str, **values: Any) -> None:
    with engine.begin() as connection:
        connection.execute(update(index_columns.metadata.tables[table]).values(**values))


@pytest.mark.parametrize(
    ("table", "values", "also_on_chain"),
    [
        ("balances", {"available": 1}, True),
        ("counters", {"sold": 9}, True),
        ("streams", {"head": bytes(24)}, True),
        ("leaves", {"payload": b"other"}, False),
        ("skus", {"gtin": 5}, False),
        ("blocks", {"set_change": True}, False),
    ],
)
def test_fsck_finds_what_was_changed(
    busy: Trading, engine: Engine, table: str, values: dict[str, Any], also_on_chain: bool
) -> None:
    Index(engine, busy.ledger).catch_up()
    _tamper(engine, table, **values)
    report = fsck(engine, busy.ledger)
    assert any(line.startswith(f"{table}:") for line in report.differences)
    assert any("on the chain" in line for line in report.differences) is also_on_chain


def test_the_command_ends_with_1_on_a_difference(busy: Trading) -> None:
    home = busy.ledger.home
    engine = sqlite_engine(home.index)
    Index(engine, busy.ledger).catch_up()
    clean = liveledger("fsck", "--json", home=home)
    assert (clean.returncode, json.loads(clean.stdout)["ok"]) == (0, True), clean.stderr
    _tamper(engine, "skus", unit=77)
    engine.dispose()
    dirty = liveledger("fsck", "--json", home=home)
    assert (dirty.returncode, json.loads(dirty.stdout)["ok"]) == (1, False)
    for suffix in ("", "-wal", "-shm"):
        Path(f"{home.index}{suffix}").unlink(missing_ok=True)


def test_following_in_steps_and_in_turn_with_another(busy: Trading, engine: Engine) -> None:
    one, other = Index(engine, busy.ledger), Index(engine, busy.ledger)
    goal = final_height(busy.ledger)
    for height in range(3, goal + 1, 3):
        assert (one, other)[height % 2].catch_up(height) == height
    one.catch_up(goal)
    assert fsck(engine, busy.ledger).differences == []


def test_two_at_once_do_not_harm(busy: Trading, engine: Engine) -> None:
    indexes = [Index(engine, busy.ledger), Index(engine, busy.ledger)]
    for index in indexes:
        index._ranges._chunk = 2
    threads = [threading.Thread(target=index.catch_up) for index in indexes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert fsck(engine, busy.ledger).differences == []


def test_follow_goes_on_until_it_is_stopped(busy: Trading, engine: Engine) -> None:
    index, stop = Index(engine, busy.ledger), threading.Event()
    thread = threading.Thread(target=index.follow, args=(stop,))
    thread.start()
    goal = final_height(busy.ledger) + 2
    comes_true(lambda: index.cursor().height >= goal, 60.0)
    stop.set()
    thread.join(30)
    assert not thread.is_alive()
    assert index.cursor().height >= goal


@pytest.mark.parametrize(("method", "lie"), LIES)
def test_a_lying_node_stops_the_index(busy: Trading, engine: Engine, method: str, lie: Callable[[Any], Any]) -> None:
    goal = final_height(busy.ledger)
    index = Index(engine, busy.ledger)
    index.ledger = lied_to(busy.ledger, method, lie)
    index._ranges._chunk = 1
    with pytest.raises((BrokenChain, MalformedAnswer)):
        index.catch_up(goal)
    # Nothing of the range was kept, and an honest node brings the index on.
    index.ledger = busy.ledger
    index.catch_up(goal)
    assert fsck(engine, busy.ledger).differences == []


def test_words_of_the_chain_are_the_last_resort(busy: Trading, engine: Engine) -> None:
    """Should the index itself ever apply an event wrongly, its streams show it before anything is written."""
    index = Index(engine, busy.ledger)
    lied = lied_to(busy.ledger, "eth_call", lambda words: "0x" + bytes(len(words) // 2 - 1).hex())
    # What the Directory lists was asked before the node lied.
    index.ledger = dataclasses.replace(lied, contracts=Contracts(busy.ledger.contracts.now, followed=1 << 62))
    with pytest.raises(IndexDiffers, match="its events lead to"):
        index.catch_up()
    with Session(engine) as session:
        assert stock_queries.sku_by_code(session, busy.brand, "SKU-000") is None or chain_queries.height(session) > 0
        assert stock_queries.movements(session, busy.skus["SKU-000"], 0, 10) == []


def test_ranges_are_halved_when_the_node_has_trouble(busy: Trading, engine: Engine) -> None:
    troubles: list[RpcError | NodeUnreachable] = [
        RpcError("response too large", rpc_code=-32003),
        NodeUnreachable("slow"),
    ]

    def lie(receipts: Any) -> Any:
        if troubles:
            raise troubles.pop()
        return receipts

    index = Index(engine, busy.ledger)
    index.ledger = lied_to(busy.ledger, "eth_getBlockReceipts", lie)
    assert index.catch_up() > 0
    assert not troubles
    assert fsck(engine, busy.ledger).differences == []


def test_a_rebuild_may_take_longer_than_a_compact_node_remembers(
    busy: Trading, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ranges, "_RECENT_BLOCKS", 2)
    execution = ExecutionRpc(busy.ledger.execution.url)
    execution._rpc = cast(JsonRpc, Forgetful(busy.ledger, 4))
    index = Index(engine, busy.ledger)
    index.ledger = dataclasses.replace(busy.ledger, execution=execution)
    goal = final_height(busy.ledger) - 5  # as far as the chain was when it began
    assert index.catch_up(goal) == goal
    # What it can speak of is compared again.
    assert index.catch_up() > goal
    assert index._applier.heads._unchecked == {}


def test_an_index_belongs_to_its_chain(busy: Trading, engine: Engine) -> None:
    Index(engine, busy.ledger).catch_up()
    with pytest.raises(ConfigurationError, match="of the chain"):
        Index(engine, dataclasses.replace(busy.ledger, chain_id="other"))


def test_a_damaged_index_is_named(busy: Trading, tmp_path: Path) -> None:
    (tmp_path / "damaged.db").write_bytes(b"this is no database" * 100)
    with pytest.raises(ConfigurationError, match="cannot be opened"):
        Index(sqlite_engine(tmp_path / "damaged.db"), busy.ledger)


def test_another_schema_is_built_anew(busy: Trading, engine: Engine) -> None:
    Index(engine, busy.ledger).catch_up()
    with engine.begin() as connection:
        connection.execute(update(t.cursor).values(schema_version=0))
    index = Index(engine, busy.ledger)
    assert index.cursor().height == 0
    index.catch_up()
    assert fsck(engine, busy.ledger).differences == []


def test_killed_at_random_it_goes_on(busy: Trading, tmp_path: Path) -> None:
    """The follower's process is killed −9 again and again; the index it leaves is always whole."""
    home = busy.ledger.home
    command = [
        sys.executable,
        "-m",
        "liveledger_cli.main",
        "index",
        "run",
        "-q",
        "--home",
        str(home.root),
        "--ledger",
        home.name,
    ]
    for number in range(4):
        process = subprocess.Popen(command, start_new_session=True, stderr=subprocess.DEVNULL)
        time.sleep(1.5 + number / 2)
        os.kill(process.pid, 9)
        process.wait()
    engine = sqlite_engine(home.index)
    Index(engine, busy.ledger).catch_up()
    assert fsck(engine, busy.ledger).differences == []
    engine.dispose()
