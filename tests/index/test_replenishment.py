"""Leaves of policies and orders in the index: all there, in order, and compared with the chain's words."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from liveledger.bindings import codec, replenishment
from liveledger.chain.rpc.records import Log
from liveledger.domain.hashing import address_word, keccak, uint_word
from liveledger.domain.orders import (
    OrderEnded,
    OrderMade,
    OrderStatus,
    SourceKind,
    orders_stream,
    policy_stream,
)
from liveledger.domain.streams import Leaf, StreamHead, initial_head, next_head, stream_slot
from liveledger.index import columns as index_columns
from liveledger.index.apply import Applier
from liveledger.index.chain import queries as chain_queries
from liveledger.index.database import sqlite_engine
from liveledger.index.heads import IndexDiffers
from liveledger.index.replenishment.handlers import REPLENISHMENT
from liveledger.index.source import Range
from liveledger_oracles.replenishment.closing import OrderHours, order_hours
from tests.index.synthetic import ADDRESSES, BRAND, EVM_CHAIN_ID, MANIFEST, POSTER, SKUS, TIME, one_block

SKU = SKUS[0]
CALL = replenishment.RemovePlace(3).calldata()
MADE = OrderMade(SourceKind.PLACE, 2, 1, 90, 30, 39_305_000, TIME + 9_000).encode()
ENDED = OrderEnded(0, OrderStatus.CLOSED, 90, 90).encode()


def log(height: int, topic: bytes, owner: int, index: int, data: bytes) -> Log:
    topics = (topic, uint_word(owner), uint_word(index), address_word(POSTER))
    return Log(
        ADDRESSES[REPLENISHMENT], topics, codec.encode(("bytes",), (data,)), height, bytes(32), keccak(data), 0, 0
    )


def entry(height: int, index: int, data: bytes) -> Log:
    return log(height, replenishment.OrderRecordedEvent.TOPIC, SKU, index, data)


def blocks(entries: list[bytes]) -> list[Range]:
    """A policy, then an entry a block."""
    policy = log(1, replenishment.PolicyChangedEvent.TOPIC, BRAND, 0, CALL)
    return [one_block(1, [policy]), *(one_block(n + 2, [entry(n + 2, n, data)]) for n, data in enumerate(entries))]


def words(leaves: dict[bytes, list[Leaf]]) -> dict[bytes, int]:
    found = {}
    for stream, rows in leaves.items():
        head = initial_head(EVM_CHAIN_ID, ADDRESSES[REPLENISHMENT], stream)
        for leaf in rows:
            head = next_head(head, leaf.hash(stream))
        found[stream_slot(stream)] = StreamHead(head, len(rows)).word()
    return found


EXPECTED = {
    policy_stream(BRAND): [Leaf(0, 1, 1, TIME + 1, POSTER, CALL)],
    orders_stream(SKU): [Leaf(0, 1, 2, TIME + 2, POSTER, MADE), Leaf(1, 1, 3, TIME + 3, POSTER, ENDED)],
}


def applied(path: Path, ranges: list[Range]) -> tuple[Applier, Session]:
    engine = sqlite_engine(path)
    index_columns.metadata.create_all(engine)
    applier = Applier(EVM_CHAIN_ID, MANIFEST)
    for part in ranges:
        with engine.begin() as connection:
            applier.apply(connection, part)
    return applier, Session(engine)


def test_policies_and_orders_are_leaves(tmp_path: Path) -> None:
    applier, session = applied(tmp_path / "index.db", blocks([MADE, ENDED]))
    with session:
        for stream, leaves in EXPECTED.items():
            rows = chain_queries.leaves(session, REPLENISHMENT, stream, 0, 10)
            found = [Leaf(r.first_index, r.n, r.block_number, r.block_time, r.poster, r.payload) for r in rows]
            assert found == leaves
    chain = words(EXPECTED)
    assert applier.heads.compare(lambda _, slots: [chain[slot] for slot in slots], 3) == 2


def test_hours_from_order_to_close(tmp_path: Path) -> None:
    cancelled = OrderEnded(2, OrderStatus.CANCELLED, 0, 0).encode()
    second = OrderEnded(1, OrderStatus.CLOSED, 90, 90).encode()
    applied(tmp_path / "index.db", blocks([MADE, MADE, MADE, ENDED, cancelled, second]))[1].close()
    engine = sqlite_engine(tmp_path / "index.db")
    # A block a second: three from the first order to its close, four from the second.
    assert order_hours(engine, [SKU], 0) == OrderHours(2, 3.5 / 3_600, 4 / 3_600)
    assert order_hours(engine, [SKU], TIME + 7) == OrderHours(1, 4 / 3_600, 4 / 3_600)
    assert order_hours(engine, [SKU], TIME + 8) is None
    assert order_hours(engine, [SKUS[1]], 0) is None
    assert order_hours(sqlite_engine(tmp_path / "empty.db"), [SKU], 0) is None


@pytest.mark.parametrize("entries", [[ENDED], [MADE], [MADE, ENDED, ENDED], [ENDED, MADE]])
def test_a_false_list_of_orders_is_seen(tmp_path: Path, entries: list[bytes]) -> None:
    applier, session = applied(tmp_path / "index.db", blocks(entries))
    chain = words(EXPECTED)
    with session, pytest.raises(IndexDiffers):
        applier.heads.compare(lambda _, slots: [chain[slot] for slot in slots], 9)
