"""What has been in transit for long: the least that was on its way at all times since a moment, lot by lot."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from liveledger.domain.movements import Kind, Lane, Movement
from liveledger.index.stock.in_transit import Standing, standing
from liveledger.index.stock.lot_stock import balances_by_lot, newest_sequences
from tests.index.synthetic import POSTER, SKUS, TIME, SyntheticChain
from tests.index.test_apply import apply, fresh

SKU, FROM, TO = SKUS[0], 1, 2
# A step is how many are shipped and how many arrive in a block, of which lot.
STEPS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.sampled_from([0, 1])), max_size=25)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Databases of this file."""
    return tmp_path_factory.mktemp("in-transit")


def moved(chain: SyntheticChain, kind: Kind, quantity: int, lot: int = 0) -> bool:
    """A block with one movement; its fact is a hundred seconds before its block."""
    places = {Kind.SHIP: (FROM, TO), Kind.ARRIVE: (TO, TO), Kind.DELIVER: (TO, 0), Kind.LOST_IN_TRANSIT: (TO, 0)}
    source, target = places[kind]
    at = TIME + chain.height + 1 - 100
    return quantity > 0 and chain.post([Movement(SKU, kind, source, target, quantity, at, lot)])


def stocked() -> SyntheticChain:
    """A chain whose first place has enough reserved of each lot."""
    chain = SyntheticChain()
    for lot in (0, 1):
        chain.post([Movement(SKU, Kind.RECEIVE, 0, FROM, 500, TIME, lot)])
        chain.post([Movement(SKU, Kind.RESERVE, FROM, FROM, 400, TIME, lot)])
    return chain


def found(folder: Path, chain: SyntheticChain, since: int) -> list[Standing]:
    """What was in transit to the second place since a block's time."""
    engine = fresh(folder)
    apply(engine, chain.ranges)
    with Session(engine) as session:
        return standing(session, SKU, 2, TIME + since)


def test_a_unit_that_never_came_is_named_among_shipments_that_did(folder: Path) -> None:
    chain = stocked()
    moved(chain, Kind.SHIP, 4)
    moved(chain, Kind.ARRIVE, 3)
    lost = chain.height - 1
    for _ in range(5):
        moved(chain, Kind.SHIP, 9)
        moved(chain, Kind.DELIVER, 9)
    moved(chain, Kind.SHIP, 7, lot=1)
    assert found(folder, chain, chain.height - 4) == [Standing(0, "", 1, TIME + lost - 100)]
    # Of what was shipped since then nothing is for long, of what was shipped before all is.
    assert found(folder, chain, lost - 1) == []
    assert [one.units for one in found(folder, chain, chain.height)] == [1, 7]


def test_what_is_written_off_is_on_its_way_no_more(folder: Path) -> None:
    chain = stocked()
    moved(chain, Kind.SHIP, 4)
    moved(chain, Kind.ARRIVE, 3)
    assert [one.units for one in found(folder, chain, chain.height)] == [1]
    assert moved(chain, Kind.LOST_IN_TRANSIT, 1)
    assert found(folder, chain, chain.height) == []


def test_nothing_is_named_where_nothing_is_missing(folder: Path) -> None:
    chain = stocked()
    for _ in range(3):
        moved(chain, Kind.SHIP, 4)
        moved(chain, Kind.ARRIVE, 4)
    moved(chain, Kind.SHIP, 4)
    assert found(folder, chain, chain.height - 3) == []
    assert found(folder, SyntheticChain(), 0) == []


@given(steps=STEPS, back=st.integers(0, 30))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_it_is_the_least_that_there_was(folder: Path, steps: list[tuple[int, int, int]], back: int) -> None:
    chain = stocked()
    history: list[dict[int, int]] = []
    for shipped, arrived, lot in steps:
        for kind, quantity in ((Kind.SHIP, shipped), (Kind.ARRIVE, arrived)):
            if moved(chain, kind, quantity, lot):
                balances = chain.state.balances
                history.append({one: balances.get((SKU, one, TO), (0,) * 4)[Lane.IN_TRANSIT] for one in (0, 1)})
    since = chain.height - back
    before = len(history) - back - 1
    recent = history[max(0, before) :] if before >= 0 else [{0: 0, 1: 0}, *history]
    expected = {lot: least for lot in (0, 1) if history and (least := min(one[lot] for one in recent)) > 0}
    assert {one.lot: one.units for one in found(folder, chain, since)} == expected


def test_lots_of_a_place_and_the_batches_that_they_include(folder: Path) -> None:
    chain, engine = stocked(), fresh(folder)
    apply(engine, chain.ranges)
    with Session(engine) as session:
        there = balances_by_lot(session, SKU, FROM, Lane.AVAILABLE)
        assert [(one.lot, one.units) for one in there] == [(0, 100), (1, 100)]
        assert balances_by_lot(session, SKU, TO, Lane.AVAILABLE) == []
        newest = newest_sequences(session, {(POSTER, 0), (POSTER, 5)})
        assert newest == {(POSTER, 0): len(chain.ranges) - 1}
