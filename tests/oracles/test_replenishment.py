"""Levels from demand are exact and rounded up; a pass proposes, orders, and says how long it took."""

from __future__ import annotations

import math
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from liveledger.domain.errors import InvalidInput, RuleViolation, TooLarge
from liveledger.domain.movements import Kind, Movement
from liveledger.domain.orders import SourceKind
from liveledger.rules.replenishment import Choice, Settings, Way
from liveledger_oracles.replenishment import demand as demands
from liveledger_oracles.replenishment.demand import DailyStats, Demand, from_movements, parse_csv
from liveledger_oracles.replenishment.levels import Service, compute, lead_seconds, sqrt_up
from liveledger_oracles.replenishment.planning import (
    Pass,
    ReplenishmentMetrics,
    Spot,
    Stopwatch,
    carry_out,
    propose,
)

GLN = "6901234567892"
HEAD = b"day,place,sku,units\n"
ROW = f"2026-11-01,{GLN},A,3\n".encode()
SETTINGS = Settings(2500, 2500, 2500, 2500, 100, 300, 60, 1000, 9, 432_000, 1000)
CHOICE = Choice(SourceKind.PLACE, 7, 40, 10, 123)


def test_worked_example() -> None:
    demand = Demand()
    for day, units in enumerate([4, 6, 5, 9, 6], start=1):
        demand.add(("A", 1), date(2026, 11, day), units)
    stats = demand.stats(("A", 1), date(2026, 11, 6), 5)
    assert (stats.mean, stats.variance) == (6, Fraction(7, 2))
    # 1.645 · √(3.5 · 4) = 6.155 → 7; 6 · 4 + 7 = 31; 31 + 6 · 7 = 73
    found = compute(stats, 4 * 86_400, Service())
    assert (found.safety, found.threshold, found.target) == (7, 31, 73)


@given(st.lists(st.integers(0, 10_000), min_size=2, max_size=60), st.integers(0, 10_000_000), st.integers(0, 4_000))
def test_levels_cover_what_the_formula_asks_for(series: list[int], lead: int, z_milli: int) -> None:
    demand = Demand()
    for back, units in enumerate(series, start=1):
        demand.add(("A", 1), date.fromordinal(740_000 - back), units)
    stats = demand.stats(("A", 1), date.fromordinal(740_000), len(series))
    found = compute(stats, lead, Service(z_milli))
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
        compute(stats, 86_400, Service())
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


def test_the_lead_time_is_that_of_the_longest_way() -> None:
    assert lead_seconds([Way(1, 60, 1), Way(1, 3600, 1)], SETTINGS) == 3600
    assert lead_seconds([], SETTINGS) == 432_000


class Rule:
    """Gives an order for even places, and refuses the second order."""

    def __init__(self) -> None:
        self.orders: list[tuple[int, int, Choice]] = []

    def choice(self, sku: int, place: int, block: int) -> Choice:
        if place % 2:
            raise RuleViolation("no", reason="ReplenishmentAboveThreshold")
        return CHOICE

    def order(self, sku: int, place: int, choice: Choice) -> None:
        if self.orders:
            raise RuleViolation("no", reason="ReplenishmentNotTheChoice")
        self.orders.append((sku, place, choice))


def test_a_pass_proposes_and_orders_and_takes_its_time() -> None:
    ticks = iter([100.0, 101.0, 151.0, 154.5])
    watch, metrics, rule = Stopwatch(lambda: next(ticks)), ReplenishmentMetrics(), Rule()
    made = propose(rule, [Spot(1, 2), Spot(1, 3), Spot(1, 4)], 77)
    assert [proposal.reason for proposal in made.proposals] == ["", "ReplenishmentAboveThreshold", ""]
    assert watch.wait_for(lambda: True)
    carry_out(made, rule)
    watch.stop(made, metrics)
    assert (made.ordered, rule.orders) == ([Spot(1, 2)], [(1, 2, CHOICE)])
    assert [proposal.reason for proposal in made.refused] == ["ReplenishmentNotTheChoice"]
    assert made.as_dict()["decision_seconds"] == 4.5
    assert metrics.registry.get_sample_value("liveledger_replenishment_decision_seconds") == 4.5


def test_a_shadow_orders_nothing() -> None:
    made = propose(Rule(), [Spot(1, 2)], 77)
    assert made.as_dict()["ordered"] == []
    assert isinstance(made, Pass)
