"""Movements of a place: all of them, in the chain's order, whatever the pages."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from liveledger.domain.movements import Kind, Movement, unpack
from liveledger.index.chain import queries as chain_queries
from liveledger.index.chain import tables as t
from liveledger.index.stock.place_movements import At, PlaceMovement, movements_at
from tests.index.synthetic import LOTS, PLACES, POSTER, SKUS, TIME, SyntheticChain
from tests.index.test_apply import apply, fresh

RECEIPTS = st.builds(
    Movement,
    sku=st.sampled_from(SKUS),
    kind=st.just(Kind.RECEIVE),
    source=st.just(0),
    target=st.sampled_from(PLACES),
    quantity=st.integers(1, 50),
    at=st.just(TIME),
    lot=st.integers(0, LOTS),
)
TRANSFERS = st.builds(
    lambda sku, pair: Movement(sku, Kind.TRANSFER, *pair, 1, TIME),
    st.sampled_from(SKUS),
    st.permutations(PLACES).map(lambda order: order[:2]),
)
BATCHES = st.lists(st.lists(RECEIPTS | TRANSFERS, min_size=1, max_size=6), min_size=1, max_size=12)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("places")


def chain_of(batches: list[list[Movement]]) -> SyntheticChain:
    chain = SyntheticChain()
    chain.post([Movement(sku, Kind.RECEIVE, 0, place, 100, TIME) for sku in SKUS for place in PLACES])
    for batch in batches:
        chain.post(batch)
    return chain


def everything(engine: Engine, place: int, page: int) -> list[PlaceMovement]:
    found: list[PlaceMovement] = []
    with Session(engine) as session:
        while part := movements_at(session, place, found[-1].at if found else None, page):
            found += part
    return found


@given(batches=BATCHES, page=st.integers(1, 9))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_pages_put_together_are_all_of_them(folder: Path, batches: list[list[Movement]], page: int) -> None:
    chain, engine = chain_of(batches), fresh(folder)
    apply(engine, chain.ranges)
    for place in PLACES:
        expected = [
            (height, record, movement)
            for height, part in enumerate(chain.ranges, 1)
            for record, movement in enumerate(unpack(part.logs[0].data[160:][: _size(part)]))
            if place in (movement.source, movement.target)
        ]
        found = everything(engine, place, page)
        assert [(row.at.block, row.at.record, row.movement) for row in found] == expected
        assert {row.poster for row in found} <= {POSTER}
        assert found == sorted(found, key=lambda row: row.at)
    engine.dispose()


def _size(part: object) -> int:
    """Bytes of the records in the event's data: the word before them."""
    return int.from_bytes(part.logs[0].data[128:160])  # type: ignore[attr-defined]


def test_a_place_without_movements(folder: Path) -> None:
    engine = fresh(folder)
    apply(engine, chain_of([]).ranges)
    with Session(engine) as session:
        assert movements_at(session, 60_000, None, 10) == []
        assert movements_at(session, PLACES[0], At(1 << 40, 0, 0, 0), 10) == []
    engine.dispose()


def test_the_block_of_a_time(folder: Path) -> None:
    engine, chain = fresh(folder), chain_of([[Movement(SKUS[0], Kind.RECEIVE, 0, PLACES[0], 1, TIME)]] * 20)
    apply(engine, chain.ranges)
    with engine.begin() as connection:
        row = {"id": 1, "schema_version": 1, "chain_id": "x", "evm_chain_id": 1, "hash": bytes(32)}
        connection.execute(t.cursor.insert().values(height=chain.height, **row))
    with Session(engine) as session:
        assert chain_queries.block_at(session, TIME) is None
        for height in range(1, chain.height + 1):
            found = chain_queries.block_at(session, TIME + height)
            assert found is not None
            assert found.height == height
        last = chain_queries.block_at(session, TIME + 1_000)
        assert last is not None
        assert last.height == chain.height
    engine.dispose()
