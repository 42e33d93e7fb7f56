"""Alert levels at, below and above each documented threshold."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveledger.domain.errors import InvalidInput
from liveledger_oracles.alerts.levels import (
    MILLI_ZERO_CELSIUS,
    CoverLimits,
    Level,
    TemperatureLimits,
    stock_cover,
    temperature,
)


@pytest.mark.parametrize(
    ("available", "level", "limit"),
    [
        (140, None, 0),
        (139, Level.NOTICE, 140),
        (70, Level.NOTICE, 140),
        (69, Level.WARNING, 70),
        (20, Level.WARNING, 70),
        (19, Level.CRITICAL, 20),
        (0, Level.CRITICAL, 20),
    ],
)
def test_stock_cover_of_ten_a_day(available: int, level: Level | None, limit: int) -> None:
    alert = stock_cover(available, expected=140, days=14)
    assert (alert and alert.level) == level
    assert (alert.limit if alert else 0) == limit
    assert alert is None or alert.value == available


def test_no_demand_needs_no_stock() -> None:
    assert stock_cover(0, expected=0, days=14) is None


def test_the_limit_is_rounded_up() -> None:
    alert = stock_cover(0, expected=1, days=14)
    assert alert is not None
    assert alert.limit == 1


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.integers(1, 400))
def test_less_stock_is_never_less_urgent(available: int, expected: int, days: int) -> None:
    more, less = stock_cover(available + 1, expected, days), stock_cover(available, expected, days)
    assert (more.level if more else 0) <= (less.level if less else 0)
    assert less is None or less.value < less.limit


@pytest.mark.parametrize(
    ("milli", "seconds", "level"),
    [
        (8_000, 99_999, None),
        (2_000, 99_999, None),
        (8_001, 0, Level.NOTICE),
        (1_999, 0, Level.NOTICE),
        (9_999, 1_799, Level.NOTICE),
        (10_000, 0, Level.WARNING),
        (8_001, 1_800, Level.WARNING),
        (12_999, 7_199, Level.WARNING),
        (13_000, 0, Level.CRITICAL),
        (-3_000, 0, Level.CRITICAL),
        (8_001, 7_200, Level.CRITICAL),
    ],
)
def test_temperature_levels(milli: int, seconds: int, level: Level | None) -> None:
    alert = temperature(milli, seconds)
    assert (alert and alert.level) == level


def test_temperatures_are_given_in_thousandths_of_a_kelvin() -> None:
    alert = temperature(-30_000, 0)
    assert alert is not None
    assert (alert.value, alert.limit) == (MILLI_ZERO_CELSIUS - 30_000, MILLI_ZERO_CELSIUS + 2_000)


@pytest.mark.parametrize("days", [(7, 7, 2), (14, 2, 7), (14, 7, 0)])
def test_cover_limits_must_fall(days: tuple[int, int, int]) -> None:
    with pytest.raises(InvalidInput):
        CoverLimits(*days)


@pytest.mark.parametrize("changed", [{"low_milli": 8_000}, {"warning_milli": 5_000}, {"warning_seconds": 0}])
def test_temperature_limits_must_rise(changed: dict[str, int]) -> None:
    with pytest.raises(InvalidInput):
        TemperatureLimits(**changed)


@pytest.mark.parametrize("figures", [(-1, 1, 1), (1, -1, 1), (1, 1, 0)])
def test_nonsense_is_refused(figures: tuple[int, int, int]) -> None:
    with pytest.raises(InvalidInput):
        stock_cover(*figures)
