"""Whatever calls the rules of returns accept, the index has their entries and heads; however the blocks are cut."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from liveledger.bindings import codec
from liveledger.bindings.constants import Role
from liveledger.bindings.returns import ClosedEvent, GradedEvent
from liveledger.chain.rpc.records import Log
from liveledger.domain.errors import InvalidInput
from liveledger.domain.hashing import address_word, keccak, uint_word
from liveledger.domain.returns import DISPOSITIONS, Grade, GradeEntry, Grading, ReturnAct
from liveledger.domain.streams import StreamHead, return_stream
from liveledger.index import columns as index_columns
from liveledger.index.apply import Applier
from liveledger.index.chain import queries as chain_queries
from liveledger.index.database import sqlite_engine
from liveledger.index.returns import queries as returns_queries
from liveledger.index.returns.queries import GradingRow
from liveledger.index.source import Range
from liveledger.rules import stock_state as stock
from liveledger.rules.returns import contract as rules
from tests.index.synthetic import ADDRESSES, BRAND, EVM_CHAIN_ID, MANIFEST, PLACES, POSTER, SKUS, TIME, merge, one_block

LOTS = 2
ROOT = keccak(b"documents")
COUNTER = itertools.count()
GOODS = stock.StockState(
    skus=dict.fromkeys(SKUS, LOTS),
    balances={(s, lot, p): (0, 0, 0, 40) for s in SKUS for lot in range(LOTS + 1) for p in PLACES},
    counters={sku: stock.Counters(returned=400) for sku in SKUS},
)
REGISTRY = stock.Registry(
    accounts={POSTER: stock.Account(BRAND, roles=Role.POST_MOVEMENTS)},
    places={place: stock.Place(BRAND) for place in PLACES},
    approvals={},
    organisations={BRAND: 1},
)
ENTRIES = st.builds(
    GradeEntry,
    st.sampled_from(SKUS[:3]),
    st.integers(0, LOTS),
    st.sampled_from(PLACES),
    st.integers(1, 15),
    st.sampled_from(Grade),
)
CALLS = st.lists(st.tuples(st.sampled_from(ReturnAct), st.lists(ENTRIES, min_size=1, max_size=5)), max_size=20)


@dataclass
class Desk:
    """Blocks with one accepted call each, and what must come of them."""

    state: rules.ReturnsState = field(default_factory=rules.ReturnsState)
    ranges: list[Range] = field(default_factory=list)
    expected: dict[int, list[GradingRow]] = field(default_factory=dict)

    def call(self, act: ReturnAct, given: Sequence[GradeEntry]) -> None:
        """A block with a call; nothing when the rules refuse it."""
        entries = sorted(given, key=lambda entry: entry.sku)
        height = len(self.ranges) + 1
        block = stock.Block(height, TIME + height, EVM_CHAIN_ID, ADDRESSES["Returns"])
        raw = [rules.RawEntry(e.sku, e.lot, e.place, e.quantity, e.grade, DISPOSITIONS[e.grade]) for e in entries]
        try:
            self.state = rules.act(self.state, GOODS, REGISTRY, block, rules.ReturnCall(act, POSTER, raw, ROOT))
        except rules.ReturnsRefusal:
            return
        logs = []
        for index, (sku, run) in enumerate(itertools.groupby(entries, key=lambda entry: entry.sku)):
            grading = Grading(act, BRAND, ROOT, tuple(run))
            logs.append(event(height, index, sku, grading))
            rows = self.expected.setdefault(sku, [])
            rows += [
                _row(sku, len(rows) + at, grading, entry, height, index) for at, entry in enumerate(grading.entries)
            ]
        self.ranges.append(one_block(height, logs))


def _row(sku: int, position: int, grading: Grading, entry: GradeEntry, height: int, log_index: int) -> GradingRow:
    return GradingRow(
        sku=sku,
        position=position,
        act=int(grading.act),
        organisation=BRAND,
        poster=POSTER,
        lot=entry.lot,
        place=entry.place,
        quantity=entry.quantity,
        grade=int(entry.grade),
        disposition=int(entry.disposition),
        documents_root=ROOT,
        block=height,
        block_time=TIME + height,
        tx_index=log_index,
        log_index=log_index,
    )


def event(height: int, index: int, sku: int, grading: Grading, payload: bytes | None = None) -> Log:
    topic = GradedEvent.TOPIC if grading.act is ReturnAct.GRADED else ClosedEvent.TOPIC
    topics = (topic, uint_word(sku), address_word(POSTER), uint_word(BRAND))
    data = codec.encode(("bytes",), (grading.payload() if payload is None else payload,))
    return Log(ADDRESSES["Returns"], topics, data, height, bytes(32), keccak(data), index, index)


def apply(engine: Engine, ranges: Sequence[Range], *, restart: bool) -> None:
    index_columns.metadata.create_all(engine)
    applier = Applier(EVM_CHAIN_ID, MANIFEST)
    for part in ranges:
        if restart:
            applier = Applier(EVM_CHAIN_ID, MANIFEST)
        with engine.begin() as connection:
            applier.apply(connection, part)


def cut(ranges: Sequence[Range], sizes: Sequence[int]) -> list[Range]:
    parts, rest = [], list(ranges)
    for size in sizes:
        parts.append(rest[:size])
        rest = rest[size:]
    return [merge(part) for part in [*parts, rest] if part]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("returns")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(calls=CALLS, sizes=st.lists(st.integers(1, 6), max_size=6), restart=st.booleans())
def test_the_index_has_every_entry_and_head(
    folder: Path, calls: list[tuple[ReturnAct, list[GradeEntry]]], sizes: list[int], restart: bool
) -> None:
    desk = Desk()
    for act, entries in calls:
        desk.call(act, entries)
    engine = sqlite_engine(folder / f"{next(COUNTER)}.db")
    apply(engine, cut(desk.ranges, sizes), restart=restart)
    with Session(engine) as session:
        for sku in SKUS:
            rows = desk.expected.get(sku, [])
            assert returns_queries.gradings(session, sku, 0, 10_000) == rows
            assert returns_queries.gradings(session, sku, 1, 2) == rows[1:3]
        expected_rows = sorted(itertools.chain(*desk.expected.values()), key=_place)
        assert list(_pages(session, limit=2)) == expected_rows
        for sku in SKUS:
            head = chain_queries.stream(session, "Returns", return_stream(sku))
            expected = desk.state.streams.get(return_stream(sku))
            assert (head and StreamHead(head.head, head.count)) == expected
    engine.dispose()


def _place(row: GradingRow) -> tuple[int, int, int]:
    return row.block, row.log_index, row.position


def _pages(session: Session, limit: int) -> Iterator[GradingRow]:
    """All rows of the brand, page by page; a block may have more than a page."""
    after = (0, -1, -1)
    while rows := returns_queries.gradings_of_brand(session, BRAND, after, limit):
        yield from rows
        after = _place(rows[-1])


def test_an_event_that_the_contract_does_not_make_stops_the_index(folder: Path) -> None:
    grading = Grading(ReturnAct.GRADED, BRAND, ROOT, (GradeEntry(SKUS[0], 0, PLACES[0], 1, Grade.A),))
    made_up = one_block(1, [event(1, 0, SKUS[0], grading, grading.payload()[:-1])])
    engine = sqlite_engine(folder / f"{next(COUNTER)}.db")
    with pytest.raises(InvalidInput, match="no head and whole records"):
        apply(engine, [made_up], restart=False)
    with Session(engine) as session:
        assert returns_queries.gradings(session, SKUS[0], 0, 10) == []
    engine.dispose()
