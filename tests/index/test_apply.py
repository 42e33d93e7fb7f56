"""Whatever batches the rules of stock accept, the index says what the rules say; however the blocks are cut."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from liveledger.chain.contracts.succession import StockLine
from liveledger.domain.movements import Kind, Movement, unpack
from liveledger.domain.streams import StreamHead, poster_stream, sku_stream
from liveledger.index import columns as index_columns
from liveledger.index.apply import Applier
from liveledger.index.chain import queries as chain_queries
from liveledger.index.database import sqlite_engine
from liveledger.index.heads import IndexDiffers
from liveledger.index.source import Range
from liveledger.index.stock import queries as stock_queries
from liveledger.index.stock.queries import Balance, Counters
from tests.index.synthetic import (
    ADDRESSES,
    EVM_CHAIN_ID,
    LOTS,
    MANIFEST,
    PLACES,
    POSTER,
    SKUS,
    TIME,
    SyntheticChain,
    merge,
)

COUNTER = itertools.count()
OLDER = b"\x66" * 20


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("index")


def fresh(folder: Path) -> Engine:
    engine = sqlite_engine(folder / f"{next(COUNTER)}.db")
    index_columns.metadata.create_all(engine)
    return engine


def apply(engine: Engine, ranges: list[Range], *, restart: bool = False, line: StockLine | None = None) -> int:
    applier, movements = Applier(EVM_CHAIN_ID, MANIFEST, line), 0
    for part in ranges:
        if restart:
            applier = Applier(EVM_CHAIN_ID, MANIFEST, line)
        with engine.begin() as connection:
            movements += applier.apply(connection, part)
    return movements


def dump(engine: Engine) -> dict[str, list[object]]:
    with engine.connect() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key.columns))]
            for table in index_columns.metadata.sorted_tables
        }


ANY_LOT = st.integers(0, LOTS)
RECEIPTS = st.builds(
    Movement,
    sku=st.sampled_from(SKUS),
    kind=st.sampled_from([Kind.RECEIVE, Kind.RETURN, Kind.FOUND]),
    source=st.just(0),
    target=st.sampled_from(PLACES),
    quantity=st.integers(1, 50),
    at=st.just(TIME),
    lot=ANY_LOT,
)
WITHIN = st.builds(
    lambda sku, kind, place, quantity, lot: Movement(sku, kind, place, place, quantity, TIME, lot),
    st.sampled_from(SKUS),
    st.sampled_from([Kind.RESERVE, Kind.RELEASE, Kind.HOLD, Kind.RESTOCK]),
    st.sampled_from(PLACES),
    st.integers(1, 20),
    ANY_LOT,
)
BETWEEN = st.builds(
    Movement,
    sku=st.sampled_from(SKUS),
    kind=st.sampled_from([Kind.SHIP, Kind.ARRIVE, Kind.TRANSFER]),
    source=st.sampled_from(PLACES),
    target=st.sampled_from(PLACES),
    quantity=st.integers(1, 20),
    at=st.just(TIME),
    lot=ANY_LOT,
)
OUT = st.builds(
    Movement,
    sku=st.sampled_from(SKUS),
    kind=st.sampled_from([Kind.SELL, Kind.DELIVER, Kind.LOST, Kind.SCRAP, Kind.SEND_BACK]),
    source=st.sampled_from(PLACES),
    target=st.just(0),
    quantity=st.integers(1, 20),
    at=st.just(TIME),
    lot=ANY_LOT,
)
BATCHES = st.lists(st.lists(RECEIPTS | WITHIN | BETWEEN | OUT, min_size=1, max_size=4), max_size=25)


def built(batches: list[list[Movement]], lots: range = range(1)) -> SyntheticChain:
    chain = SyntheticChain()
    chain.post(
        [Movement(sku, Kind.RECEIVE, 0, place, 60, TIME, lot) for sku in SKUS for place in PLACES for lot in lots]
    )
    for batch in batches:
        chain.post(batch)
    return chain


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=BATCHES, sizes=st.lists(st.integers(1, 6), max_size=6), restart=st.booleans())
def test_the_index_says_what_the_rules_say(
    folder: Path, batches: list[list[Movement]], sizes: list[int], restart: bool
) -> None:
    chain = built(batches, range(LOTS + 1))
    engine = fresh(folder)
    apply(engine, chain.merged(sizes), restart=restart)
    with Session(engine) as session:
        for sku, lot, place in itertools.product(SKUS, range(LOTS + 1), PLACES):
            lanes = chain.state.balances.get((sku, lot, place), (0, 0, 0, 0))
            assert stock_queries.balance(session, sku, place, lot) == Balance(*lanes)
        for sku in SKUS:
            counters = chain.state.counters[sku]
            assert stock_queries.counters(session, sku) == Counters(
                counters.received, counters.sold, counters.returned, counters.adjusted
            )
            total = sum(
                sum((b.available, b.reserved, b.in_transit, b.held))
                for b in stock_queries.balances_of(session, sku).values()
            )
            assert total == counters.expected_stock()
        for stream_id, head in chain.state.streams.items():
            row = chain_queries.stream(session, "StockLedger", stream_id)
            assert row is not None
            assert StreamHead(row.head, row.count) == head
    engine.dispose()


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=BATCHES, after=BATCHES, sizes=st.lists(st.integers(1, 6), max_size=6), restart=st.booleans())
def test_a_history_goes_on_in_the_stock_ledger_that_took_over(
    folder: Path, before: list[list[Movement]], after: list[list[Movement]], sizes: list[int], restart: bool
) -> None:
    """Streams go on from their heads, and begin with the version that took their first batch."""
    chain, newest = SyntheticChain(ledger=OLDER), ADDRESSES["StockLedger"]
    for ledger, batches in ((OLDER, before), (newest, after)):
        chain.ledger = ledger
        # The first version knows half of the SKUs at least.
        for sku in SKUS[:3] if ledger == OLDER else SKUS:
            chain.post([Movement(sku, Kind.RECEIVE, 0, place, 60, TIME) for place in PLACES])
        for batch in batches:
            chain.post(batch)
    engine = fresh(folder)
    apply(engine, chain.merged(sizes), restart=restart, line=StockLine((newest, OLDER)))
    with Session(engine) as session:
        assert len(chain.state.streams) == len(SKUS) + 1
        for stream_id, head in chain.state.streams.items():
            row = chain_queries.stream(session, "StockLedger", stream_id)
            assert row is not None
            assert StreamHead(row.head, row.count) == head
        for sku, counters in chain.state.counters.items():
            assert stock_queries.counters(session, sku).received == counters.received
    engine.dispose()


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=BATCHES, sizes=st.lists(st.integers(1, 6), max_size=6))
def test_ranges_do_not_matter(folder: Path, batches: list[list[Movement]], sizes: list[int]) -> None:
    chain = built(batches)
    one, other = fresh(folder), fresh(folder)
    apply(one, chain.merged(sizes))
    apply(other, [merge(chain.ranges)])
    assert dump(one) == dump(other)
    one.dispose()
    other.dispose()


@pytest.fixture(scope="module")
def busy(folder: Path) -> Iterator[tuple[SyntheticChain, Engine]]:
    chain = built([[Movement(SKUS[0], Kind.SELL, place, 0, number, TIME)] for number in (1, 2, 3) for place in PLACES])
    engine = fresh(folder)
    apply(engine, chain.ranges)
    yield chain, engine
    engine.dispose()


def test_movements_come_in_order_and_in_pages(busy: tuple[SyntheticChain, Engine]) -> None:
    _, engine = busy
    with Session(engine) as session:
        whole = stock_queries.movements(session, SKUS[0], 0, 100)
        assert [row.index for row in whole] == list(range(12))
        assert [row.movement.quantity for row in whole] == [60, 60, 60, 1, 1, 1, 2, 2, 2, 3, 3, 3]
        assert [row.block for row in whole] == [1, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
        for start, limit in ((0, 1), (1, 1), (2, 5), (11, 5), (12, 5)):
            assert stock_queries.movements(session, SKUS[0], start, limit) == whole[start : start + limit]
        assert stock_queries.movements(session, 999, 0, 10) == []


def test_leaves_and_their_pages(busy: tuple[SyntheticChain, Engine]) -> None:
    _, engine = busy
    stream_id = sku_stream(SKUS[0])
    with Session(engine) as session:
        whole = chain_queries.leaves(session, "StockLedger", stream_id, 0, 100)
        assert [leaf.first_index for leaf in whole] == [0, 3, 4, 5, 6, 7, 8, 9, 10, 11]
        # The leaf that holds an entry comes first, also when the entry is in its middle.
        assert chain_queries.leaves(session, "StockLedger", stream_id, 2, 2) == whole[:2]
        assert chain_queries.leaves_between(session, "StockLedger", stream_id, 2, 4) == whole[:2]
        assert chain_queries.leaves_between(session, "StockLedger", stream_id, 3, 4) == whole[1:2]
        hashes = [leaf.leaf_hash for leaf in whole]
        assert chain_queries.leaf_hashes(session, "StockLedger", stream_id, 3, 12) == hashes[1:]
        assert chain_queries.leaves(session, "Provenance", stream_id, 0, 100) == []
        batches = chain_queries.leaves(session, "StockLedger", poster_stream(POSTER, 0), 0, 100)
        assert [leaf.first_index for leaf in batches] == list(range(10))


def test_a_batch_has_its_records(busy: tuple[SyntheticChain, Engine]) -> None:
    _, engine = busy
    with Session(engine) as session:
        batch = stock_queries.batch(session, POSTER, 0, 1)
        assert batch is not None
        assert (batch.block, batch.movements) == (2, 1)
        assert unpack(batch.records) == [Movement(SKUS[0], Kind.SELL, 1, 0, 1, TIME)]
        assert stock_queries.batch(session, POSTER, 0, 99) is None
        assert stock_queries.batch(session, POSTER, 1, 0) is None


def test_a_missing_event_shows_below_zero(folder: Path) -> None:
    chain = built([])
    chain.post([Movement(SKUS[0], Kind.SELL, 1, 0, 5, TIME)])
    engine = fresh(folder)
    with pytest.raises(IndexDiffers, match="below zero"):
        apply(engine, chain.ranges[1:])
    assert dump(engine)["balances"] == []
    engine.dispose()
