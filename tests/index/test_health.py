"""Figures of stock health: as a slow reference computes them, on both databases, and back to their movements."""

from __future__ import annotations

import itertools
import time as clocks
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from liveledger.domain.errors import InvalidInput, NotFound
from liveledger.domain.money import Fen
from liveledger.domain.movements import Kind, Movement
from liveledger.domain.prices import Price
from liveledger.index.accuracy import tables as accuracy_tables
from liveledger.index.chain import tables as chain_tables
from liveledger.index.database import sqlite_engine
from liveledger.index.stock_health.heatmap import By, heat_map
from liveledger.index.stock_health.report import HealthReport, health
from liveledger.index.stock_health.scope import DAY, MAX_DAYS, Clock, Period, Scope
from liveledger.index.stock_health.trace import movements_of
from liveledger.rules.stock_state import RULES
from tests.index.movement_tables import BRAND, FOREIGN, OTHER_BRAND, PLACES, SKUS, codes, facts, fill
from tests.index.slow_health import Fact, figures, heat

START = 1_760_000_000
END = START + 200 * DAY
Leaves = list[tuple[int, list[Movement]]]
PRICES = {code: Price(Fen(1250), Fen(1990), "tea") for code in codes().values()}


def _movement(sku: int, kind: Kind, source: int, target: int, quantity: int, at: int) -> Movement:
    """With places as the kind has them."""
    rule = RULES[kind]
    source = 0 if rule.takes is None else source
    target = 0 if rule.gives is None else source if rule.same_place else target
    return Movement(sku, kind, source, target, quantity, at)


MOVEMENTS = st.builds(
    _movement,
    sku=st.just(0),
    kind=st.sampled_from([*Kind, Kind.RECEIVE, Kind.RECEIVE, Kind.SELL, Kind.SHIP]),
    source=st.sampled_from([1, 2]),
    target=st.sampled_from([1, 2]),
    quantity=st.integers(1, 40) | st.just((1 << 24) - 1),
    at=st.integers(0, 400).map(lambda half_days: START - 50 * DAY + half_days * DAY // 2) | st.integers(START, END),
)


@st.composite
def histories(draw: st.DrawFn) -> Leaves:
    """Leaves in the order of the chain: block times grow, facts lie anywhere."""
    leaves, time = [], START - 60 * DAY
    for rows in draw(st.lists(st.lists(MOVEMENTS, min_size=1, max_size=3), max_size=25)):
        time += draw(st.integers(0, 12 * DAY))
        sku = draw(st.sampled_from((*SKUS, FOREIGN)))
        leaves.append((time, [Movement(sku, m.kind, m.source, m.target, m.quantity, m.at) for m in rows]))
    return leaves or [(time, [Movement(FOREIGN, Kind.RECEIVE, 0, 1, 1, time)])]


NUMBERS = itertools.count()


@pytest.fixture(scope="module")
def engine_of(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    folder: Path = tmp_path_factory.mktemp("health")
    return sqlite_engine(folder / "index.db")


def _ratios(report: HealthReport) -> dict[str, object]:
    names = ("turnover_days", "sell_through", "stock_out_rate", "dead_stock_share", "reserve_share")
    ratios: dict[str, object] = {
        name: (report.figures[name].numerator, report.figures[name].denominator) for name in names
    }
    return ratios | {"ages": report.ages}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    leaves=histories(),
    by_block=st.booleans(),
    sku=st.sampled_from([None, *SKUS]),
    place=st.sampled_from([None, 1, 2]),
    length=st.integers(1, 150 * DAY),
)
def test_figures_are_those_of_the_slow_reference(
    engine_of: Engine, leaves: Leaves, by_block: bool, sku: int | None, place: int | None, length: int
) -> None:
    fill(engine_of, leaves)
    period, clock = Period(START, START + length), Clock.BLOCK if by_block else Clock.FACT
    wanted = [SKUS[sku_at] for sku_at in range(len(SKUS)) if sku in (None, SKUS[sku_at])]
    chosen = [fact for fact in facts(leaves, by_block=by_block) if fact.sku in wanted]
    with Session(engine_of) as session:
        report = health(session, Scope(BRAND, sku, place), period, clock, prices=PRICES)
        listed = [
            Fact(m.sku, row.index, row.block_time if by_block else m.at, m.kind, m.source, m.target, m.quantity)
            for row in movements_of(session, report.figures["turnover_days"].query or report.ages_query, report.skus)
            for m in (row.movement,)
        ]
    expected = figures(chosen, place, period.start, period.end)
    assert _ratios(report) == expected
    # Whoever recomputes from the movements that the figures name comes to the same.
    assert figures(listed, place, period.start, period.end) == expected
    assert len(listed) == report.ages_query.movements
    _check_capital(report)


def _check_capital(report: HealthReport) -> None:
    figure = report.figures["capital_share"]
    assert figure.numerator == sum(row.units for row in report.skus) * 1250
    assert figure.denominator == sum(row.sold for row in report.skus) * 1990


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(leaves=histories(), place=st.sampled_from([1, 2]), length=st.integers(1, 100 * DAY))
def test_the_heat_map_is_that_of_the_slow_reference(engine_of: Engine, leaves: Leaves, place: int, length: int) -> None:
    fill(engine_of, leaves)
    period = Period(START, START + length)
    with Session(engine_of) as session:
        found = heat_map(session, Scope(BRAND), period, By.PLACE)
        one = heat_map(session, Scope(BRAND, None, place), period, By.PLACE)
        skus = heat_map(session, Scope(BRAND, None, place), period, By.SKU)
        tea = heat_map(session, Scope(BRAND, None, place), period, By.CATEGORY, prices=PRICES)
    own = [fact for fact in facts(leaves, by_block=False) if fact.sku in SKUS]
    expected = heat(own, place, period.start, period.end)
    cells = found.rows.get(f"{PLACES[place]:013}", tuple((0, 0) for _ in found.months))
    assert dict(zip((month.name for month in found.months), cells, strict=True)) == expected
    assert set(one.rows) <= {f"{PLACES[place]:013}"}
    assert all(found.rows[name] == row for name, row in one.rows.items())
    for rows in (skus.rows, tea.rows):
        sums = [[sum(part) for part in zip(*cell, strict=True)] for cell in zip(*rows.values(), strict=True)]
        assert sums == [list(cell) for cell in cells] or not rows


def _example() -> Leaves:
    """Ten come, four are sold, two reserved, one is shipped: one SKU at place 1, then nothing for 100 days."""
    sku = SKUS[0]
    return [
        (START, [Movement(sku, Kind.RECEIVE, 0, 1, 10, START)]),
        (START + DAY, [Movement(sku, Kind.SELL, 1, 0, 4, START + DAY)]),
        (START + 2 * DAY, [Movement(sku, Kind.RESERVE, 1, 1, 2, START + 2 * DAY)]),
        (START + 3 * DAY, [Movement(SKUS[1], Kind.RECEIVE, 0, 2, 6, START + 3 * DAY)]),
    ]


@pytest.mark.chain
def test_a_worked_example_on_every_database(new_engine: Callable[[], Engine]) -> None:
    engine = new_engine()
    fill(engine, _example())
    with Session(engine) as session:
        report = health(session, Scope(BRAND), Period(START, START + 10 * DAY), prices=PRICES)
        month = heat_map(session, Scope(BRAND), Period(START, START + 10 * DAY), By.CATEGORY, prices=PRICES)
    values = {name: figure.value for name, figure in report.figures.items()}
    # 10 for a day, 6 for nine, and 6 for seven: 106 unit-days, of which 4 were sold: 26.5 days.
    assert values == {
        "turnover_days": 2650,
        "sell_through": 2500,
        "stock_out_rate": 0,
        "dead_stock_share": 0,
        "reserve_share": 1667,
        "capital_share": 18845,
        "accuracy": None,
    }
    assert report.ages == (12, 0, 0, 0)
    assert [(row.code, row.units, row.sold, row.first, row.last) for row in report.skus] == [
        ("SKU-1", 6, 4, 0, 2),
        ("SKU-2", 6, 0, 0, 0),
    ]
    assert month.rows["tea"][0] == (4, 0)
    answer = report.as_dict()
    assert answer["figures"]["accuracy"]["reason"] == "no comparison of these places is recorded"
    assert answer["figures"]["turnover_days"]["numerator"] == {
        "value": str(106 * DAY),
        "is": "unit-seconds of stock",
    }
    assert (answer["block"], answer["time"]) == ("4", str(START + 3 * DAY))


def test_dead_after_ninety_days_and_no_sooner(engine_of: Engine) -> None:
    fill(engine_of, _example())
    sale, came = START + DAY, START + 3 * DAY
    expected = {sale + 90 * DAY - 1: 0, sale + 90 * DAY: 6, came + 90 * DAY - 1: 6, came + 90 * DAY: 12}
    with Session(engine_of) as session:
        for end, dead in expected.items():
            figure = health(session, Scope(BRAND), Period(START, end)).figures["dead_stock_share"]
            assert (figure.numerator, figure.denominator) == (dead, 12)


def _at(*rows: tuple[int, Kind, int]) -> Leaves:
    """Movements of one SKU at place 1, given as (time, kind, quantity)."""
    return [(time, [_movement(SKUS[0], kind, 1, 1, quantity, time)]) for time, kind, quantity in rows]


def test_ages_change_with_the_day(engine_of: Engine) -> None:
    ages = (30 * DAY, 31 * DAY - 1, 31 * DAY, 61 * DAY - 1, 61 * DAY, 91 * DAY - 1, 91 * DAY)
    rows = sorted((END - age, Kind.RECEIVE, 1 << number) for number, age in enumerate(ages))
    fill(engine_of, _at(*rows))
    with Session(engine_of) as session:
        assert health(session, Scope(BRAND), Period(START, END)).ages == (1 + 2, 4 + 8, 16 + 32, 64)


def test_a_day_that_ends_with_nothing_is_out_of_stock(engine_of: Engine) -> None:
    half = DAY // 2
    fill(
        engine_of, _at((START - DAY, Kind.RECEIVE, 5), (START + half, Kind.SELL, 5), (START + 5 * half, Kind.FOUND, 1))
    )
    with Session(engine_of) as session:
        figure = health(session, Scope(BRAND), Period(START, START + 3 * DAY)).figures["stock_out_rate"]
        assert (figure.numerator, figure.denominator, figure.value) == (2, 3, 6667)
        short = health(session, Scope(BRAND), Period(START, START + 3 * DAY - 1)).figures["stock_out_rate"]
        assert (short.numerator, short.denominator) == (2, 2)


def test_the_heat_map_looks_at_midnight_and_not_at_the_period(engine_of: Engine) -> None:
    midnight = START // DAY * DAY + DAY
    assert midnight - 1 > START + 1
    fill(engine_of, _at((START - DAY, Kind.RECEIVE, 5), (midnight - 1, Kind.SELL, 5), (midnight, Kind.RECEIVE, 5)))
    with Session(engine_of) as session:
        found = heat_map(session, Scope(BRAND), Period(START, START + DAY), By.SKU)
    assert found.rows == {"SKU-1": ((5, 1),)}
    # Goods that are reserved before they came (their receipt is not posted yet) were never in stock.
    fill(engine_of, _at((START, Kind.RESERVE, 1)))
    with Session(engine_of) as session:
        early = heat_map(session, Scope(BRAND), Period(START, START + DAY), By.PLACE)
    assert early.rows == {f"{PLACES[1]:013}": ((0, 0),)}


def test_a_period_has_its_first_second_and_not_its_last(engine_of: Engine) -> None:
    fill(
        engine_of,
        _at((START - 1, Kind.RECEIVE, 9), (START, Kind.SELL, 2), (END - 1, Kind.SELL, 3), (END, Kind.SELL, 4)),
    )
    with Session(engine_of) as session:
        figure = health(session, Scope(BRAND), Period(START, END)).figures["sell_through"]
    assert (figure.numerator, figure.denominator) == (5, 9)


def test_figures_that_cannot_be_say_why(engine_of: Engine) -> None:
    fill(engine_of, [(START, [Movement(FOREIGN, Kind.RECEIVE, 0, 1, 1, START)])])
    with Session(engine_of) as session:
        report = health(session, Scope(BRAND), Period(START, END))
        assert all(figure.value is None and figure.reason for figure in report.figures.values())
        assert report.ages == (0, 0, 0, 0)
        assert heat_map(session, Scope(BRAND), Period(START, END), By.PLACE).rows == {}
        other = health(session, Scope(OTHER_BRAND), Period(START, END), prices={})
    assert other.figures["capital_share"].reason == "no price was given for the SKU SKU-1"


def test_accuracy_is_that_of_the_newest_comparisons_of_the_places(engine_of: Engine) -> None:
    fill(engine_of, _example())
    nothing = dict.fromkeys((column.name for column in accuracy_tables.accuracy_records.columns), 0)
    nothing |= {"poster": bytes(20), "snapshot_root": bytes(32), "audited": False}
    counted = [
        (1, 0, DAY, 10, 1),
        (1, 1, 2 * DAY, 10, 9),
        (1, 2, 20 * DAY, 10, 0),
        (2, 0, DAY, 5, 5),
        (3, 0, DAY, 9, 0),
    ]
    rows = [
        nothing | {"place": place, "sequence": number, "as_of": START + at, "skus": skus, "skus_matching": matching}
        for place, number, at, skus, matching in counted
    ]
    with engine_of.begin() as connection:
        connection.execute(accuracy_tables.accuracy_records.delete())
        connection.execute(accuracy_tables.accuracy_records.insert(), rows)
    with Session(engine_of) as session:
        period = Period(START, START + 10 * DAY)
        found = health(session, Scope(BRAND), period).figures["accuracy"]
        assert (found.numerator, found.denominator, found.value) == (14, 15, 9333)
        there = health(session, Scope(BRAND, place=2), period).figures["accuracy"]
        assert (there.numerator, there.denominator, there.value) == (5, 5, 10_000)
    with engine_of.begin() as connection:
        connection.execute(accuracy_tables.accuracy_records.delete())


def test_an_index_without_blocks_is_not_answered_from(tmp_path: Path) -> None:
    engine = sqlite_engine(tmp_path / "index.db")
    fill(engine, [(START, [Movement(FOREIGN, Kind.RECEIVE, 0, 1, 1, START)])])
    with engine.begin() as connection:
        connection.execute(chain_tables.blocks.delete())
    with Session(engine) as session, pytest.raises(NotFound, match="no block yet"):
        health(session, Scope(BRAND), Period(START, END))
    engine.dispose()


def test_categories_need_their_file(engine_of: Engine) -> None:
    with Session(engine_of) as session, pytest.raises(InvalidInput) as refused:
        heat_map(session, Scope(BRAND), Period(START, END), By.CATEGORY)
    assert refused.value.stable_code == "no-categories"


@pytest.mark.parametrize(("start", "end"), [(5, 5), (6, 5), (-1, 5), (0, 1 << 32), (0, MAX_DAYS * DAY + 1)])
def test_periods_that_cannot_be(start: int, end: int) -> None:
    with pytest.raises(InvalidInput) as refused:
        Period(start, end)
    assert refused.value.stable_code == "bad-period"


@pytest.mark.slow
def test_a_million_movements(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    """Not timed by an assertion; the seconds that it took stand in the test's properties."""
    skus = [BRAND << 20 | serial for serial in range(1, 4001)]
    leaves: list[tuple[int, list[Movement]]] = []
    for number in range(500_000):
        sku, at = skus[number * 7919 % 4000], START + number * 20
        kind = Kind.RECEIVE if number % 10 < 5 else Kind.SELL
        leaves.append((at, [_movement(sku, kind, 1, 1, 1 + number % 9, at + extra) for extra in (0, 1)]))
    engine = sqlite_engine(tmp_path / "index.db")
    fill(engine, leaves)
    figures_of: dict[str, Any] = {}
    with Session(engine) as session:
        for name, scope in {
            "brand": Scope(BRAND),
            "place": Scope(BRAND, None, 1),
            "sku": Scope(BRAND, skus[0]),
        }.items():
            began = clocks.perf_counter()
            report = health(session, scope, Period(START + 30 * DAY, START + 100 * DAY))
            figures_of[name] = round(clocks.perf_counter() - began, 2)
            assert report.ages_query.movements > 0
        began = clocks.perf_counter()
        assert heat_map(session, Scope(BRAND), Period(START, START + 100 * DAY), By.PLACE).rows
        figures_of["heat map"] = round(clocks.perf_counter() - began, 2)
    record_property("seconds", figures_of)
    engine.dispose()
