"""Levels from demand are exact and rounded up."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveledger.domain.errors import InvalidInput, TooLarge
from liveledger.domain.movements import Kind, Movement
from liveledger.rules.replenishment.terms import Settings, Way
from liveledger_oracles.replenishment import demand as demands
from liveledger_oracles.replenishment.demand import DailyStats, Demand, from_movements, parse_csv
from liveledger_oracles.replenishment.levels import Service, compute, from_history, lead_seconds, sqrt_up

GLN = "6901234567892"
HEAD = b"day,place,sku,units\n"
ROW = f"2026-11-01,{GLN},A,3\n".encode()
SETTINGS = Settings(2500, 2500, 2500, 2500, 100, 300, 60, 1000, 9, 432_000, 1000, 86_400)


def test_worked_example() -> None:
    demand = Demand()
    for day, units in enumerate([4, 6, 5, 9, 6], start=1):
        demand.add(("A", 1), date(2026, 11, day), units)
    stats = demand.stats(("A", 1), date(2026, 11, 6), 5)
    assert (stats.mean, stats.variance) == (6, Fraction(7, 2))
    # 1.645 · √(3.5 · 4) = 6.155 → 7; 6 · 4 + 7 = 31; 31 + 6 · 7 = 73
    found = compute(from_history(stats, 4 * 86_400, Service()), Service())
    assert (found.safety, found.threshold, found.target) == (7, 31, 73)


@given(st.lists(st.integers(0, 10_000), min_size=2, max_size=60), st.integers(0, 10_000_000), st.integers(0, 4_000))
def test_levels_cover_what_the_formula_asks_for(series: list[int], lead: int, z_milli: int) -> None:
    demand = Demand()
    for back, units in enumerate(series, start=1):
        demand.add(("A", 1), date.fromordinal(740_000 - back), units)
    stats = demand.stats(("A", 1), date.fromordinal(740_000), len(series))
    found = compute(from_history(stats, lead, Service(z_milli)), Service(z_milli))
    exact = z_milli / 1000 * math.sqrt(stats.variance) * math.sqrt(lead / 86_400)
    assert exact - 1e-6 <= found.safety < exact + 1 + 1e-6
    assert found.threshold - found.safety >= stats.mean * lead / 86_400 > found.threshold - found.safety - 1
    assert found.target >= found.threshold


@given(st.fractions(min_value=0, max_value=10**12))
def test_the_root_is_the_least_whole_number_that_is_enough(value: Fraction) -> None:
    root = sqrt_up(value)
    assert root**2 >= value
    assert root == 0 or (root - 1) ** 2 < value


def test_days_without_a_row_are_days_without_a_sale() -> None:
    stats = parse_csv(HEAD + ROW + ROW).stats(("A", int(GLN)), date(2026, 11, 3), 2)
    assert (stats.mean, stats.variance) == (3, 18)


SPOTS = st.tuples(st.text(min_size=1, max_size=9), st.just(int(GLN)), st.dates(), st.integers(0, 99))


@given(st.lists(SPOTS, max_size=20))
def test_demand_is_read_back_from_its_own_file(rows: list[tuple[str, int, date, int]]) -> None:
    demand = Demand()
    for sku, gln, day, units in rows:
        if all(char not in sku for char in "\r\n\0") and sku.isprintable():
            demand.add((sku, gln), day, units)
    assert parse_csv(demand.as_csv()).units == demand.units


@pytest.mark.parametrize(
    "row",
    ["", "x", "2026-11-01,1,A,3", f"2026-13-01,{GLN},A,3", f"2026-11-01,{GLN},A,-3", f"2026-11-01,{GLN},A,1.5",
     f"2026-11-01,{GLN},,3", f"2026-11-01,{GLN},A,3,4", f"2026-11-01,{GLN},A,{1 << 48}", f'2026-11-01,{GLN},"A,3',
     f"2026-11-01,{GLN},{'A' * 65},3", f"2026-11-01,{GLN},A,²"],
)  # fmt: skip
def test_a_broken_row_is_named(row: str) -> None:
    with pytest.raises(InvalidInput, match="line 3") as refused:
        parse_csv(HEAD + ROW + row.encode() + b"\n")
    assert refused.value.details["line"] == 3


@given(st.binary(max_size=200))
def test_junk_is_refused_or_read(junk: bytes) -> None:
    details: dict[str, object] = {"line": 0}
    try:
        found = parse_csv(HEAD + junk)
    except InvalidInput as refused:
        details = refused.details
    else:
        assert all(units >= 0 for days in found.units.values() for units in days.values())
    assert {"line", "offset"} & set(details)


def test_sizes_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TooLarge):
        parse_csv(bytes(demands.MAX_BYTES + 1))
    monkeypatch.setattr(demands, "MAX_ROWS", 1)
    with pytest.raises(TooLarge):
        parse_csv(HEAD + ROW + ROW)
    with pytest.raises(InvalidInput):
        Demand().stats(("A", 1), date(2026, 11, 1), 1)
    stats = DailyStats(2, Fraction(1 << 47), Fraction(0))
    with pytest.raises(InvalidInput):
        compute(from_history(stats, 86_400, Service()), Service())
    with pytest.raises(InvalidInput):
        Service(z_milli=-1)


def test_only_sales_are_demand() -> None:
    at = 1_793_491_200
    rows = [
        Movement(5, Kind.RECEIVE, 0, 2, 100, at),
        Movement(5, Kind.SELL, 2, 0, 3, at),
        Movement(5, Kind.DELIVER, 2, 0, 4, at),
        Movement(5, Kind.TRANSFER, 2, 3, 50, at),
    ]
    assert [sum(days.values()) for days in from_movements(rows).units.values()] == [7]


def test_a_spot_is_known_since_goods_came_to_it() -> None:
    day = 86_400
    rows = [
        Movement(5, Kind.RECEIVE, 0, 2, 100, 100 * day),
        Movement(5, Kind.TRANSFER, 2, 3, 50, 101 * day),
        Movement(5, Kind.SELL, 2, 0, 3, 103 * day),
        Movement(5, Kind.RESTOCK, 2, 2, 1, 104 * day),
    ]
    found, end = from_movements(rows), date(1970, 1, 1) + timedelta(days=105)
    # A place that sells nothing has no demand, and so no levels that would take a hub's reserve away.
    assert list(found.units) == [(5, 2)]
    assert (found.days_known((5, 2), end), found.days_known((5, 3), end)) == (5, 0)
    assert found.stats((5, 2), end, 5).mean == Fraction(3, 5)


def test_a_row_of_no_units_says_since_when_a_sku_is_there() -> None:
    demand = parse_csv(HEAD + ROW.replace(b",3", b",0") + ROW.replace(b"-01,", b"-04,"))
    assert demand.days_known(("A", int(GLN)), date(2026, 11, 6)) == 5


def test_the_lead_time_is_the_longest_of_ways_and_supplier() -> None:
    ways = [Way(1, 60, 1), Way(1, 3600, 1)]
    assert lead_seconds(ways, replace(SETTINGS, supplier=0)) == 3600
    assert lead_seconds(ways, SETTINGS) == 432_000
    assert lead_seconds([*ways, Way(1, 500_000, 1)], SETTINGS) == 500_000
    assert lead_seconds([], SETTINGS) == 432_000
