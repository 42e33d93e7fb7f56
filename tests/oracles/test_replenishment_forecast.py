"""Levels from a forecast: exact, of the days that lead time and cover reach, refused when the forecast is not sound."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveledger.domain.errors import InvalidInput
from liveledger_oracles.replenishment.demand import DailyStats
from liveledger_oracles.replenishment.levels import Service, compute, days_needed, from_forecast, from_history
from liveledger_oracles.replenishment.predicted import DayForecast, parse_forecast

GLN = "6901234567892"
HEAD = b"day,place,sku,mean,spread\n"
DAY = 86_400


def rows(*days: str) -> bytes:
    return HEAD + "".join(f"2026-12-{number:02},{GLN},A,{day}\n" for number, day in enumerate(days, 1)).encode()


def test_a_peak_within_the_lead_time_counts_whole() -> None:
    series = parse_forecast(rows("2,1", "40,6", "2,1", "2.5,0", "9,9")).series(("A", int(GLN)), date(2026, 12, 1), 5)
    # Two and a half days: 2 + 40 + 1, variance 1 + 36 + 0.5; then a day and a half of cover from there: 1 + 2.5 / 2.
    service = Service(1_645, cover_days=1)
    assert days_needed(5 * DAY // 2, service) == 4
    expected = from_forecast(series[:4], 5 * DAY // 2, service)
    assert (expected.mean, expected.variance, expected.cover) == (43, Fraction(75, 2), Fraction(9, 4))
    # 1.645 · √37.5 = 10.07 → 11
    found = compute(expected, service)
    assert (found.safety, found.threshold, found.target) == (11, 54, 57)


@given(st.fractions(0, 1_000), st.fractions(0, 1_000), st.integers(0, 20 * DAY), st.integers(0, 9))
def test_a_flat_forecast_is_a_history(mean: Fraction, variance: Fraction, lead: int, cover: int) -> None:
    service = Service(cover_days=cover)
    series = [DayForecast(mean, variance)] * days_needed(lead, service)
    assert from_forecast(series, lead, service) == from_history(DailyStats(9, mean, variance), lead, service)


def test_a_forecast_that_ends_too_early_is_refused() -> None:
    found = parse_forecast(rows("2,1", "3,1"))
    with pytest.raises(InvalidInput, match="2026-12-03"):
        found.series(("A", int(GLN)), date(2026, 12, 1), 3)
    with pytest.raises(InvalidInput, match="3 are needed"):
        from_forecast(found.series(("A", int(GLN)), date(2026, 12, 1), 2), 3 * DAY, Service(cover_days=0))


@pytest.mark.parametrize(
    "row",
    ["", "2026-12-02,1,A,3,1", f"2026-12-02,{GLN},A,-3,1", f"2026-12-02,{GLN},A,3", f"2026-12-02,{GLN},A,1e3,1",
     f"2026-12-02,{GLN},A,1/3,1", f"2026-12-02,{GLN},A,1.1234567,1", f"2026-12-02,{GLN},,3,1",
     f"2026-12-01,{GLN},A,3,1", f"2026-12-02,{GLN},A,3,²"],
)  # fmt: skip
def test_a_broken_row_is_named(row: str) -> None:
    with pytest.raises(InvalidInput, match="line 3"):
        parse_forecast(rows("3,1") + row.encode() + b"\n")
