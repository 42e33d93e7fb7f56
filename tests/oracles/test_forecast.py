"""The forecast sees nothing of the session's days, fills gaps, and is scored with its bias."""

from __future__ import annotations

import gzip
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liveledger.domain.errors import InvalidInput
from liveledger_oracles.forecast.features import NAMES, feature_block, same_weekday
from liveledger_oracles.forecast.model import Forecast, ForecastSettings, baseline, forecast_session, training_rows
from liveledger_oracles.forecast.sales import DailySales, fill_gaps, read_history
from liveledger_oracles.forecast.scores import score, score_both

FIRST = date(2011, 1, 3)
FAST = ForecastSettings(horizon=5, origins=4, rounds=8, threads=1)


def weekly_sales(days: int, skus: int = 6, seed: int = 1) -> DailySales:
    noise = np.random.default_rng(seed)
    level = np.arange(1, skus + 1)[:, None] * 10.0
    weekday = np.array([(FIRST + timedelta(days=d)).weekday() < 5 for d in range(days)])
    return DailySales(tuple(f"S{i}" for i in range(skus)), FIRST, noise.poisson(level * (1 + weekday)).astype(float))


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), tail=st.integers(1, 20))
def test_no_row_of_the_session_is_used(seed: int, tail: int) -> None:
    known = weekly_sales(90)
    start = known.end
    future = np.random.default_rng(seed).integers(0, 10_000, (len(known.skus), tail)).astype(float)
    leaky = DailySales(known.skus, known.first_day, np.hstack([known.units, future]))
    without, with_future = (forecast_session(sales, start, FAST) for sales in (known, leaky))
    np.testing.assert_array_equal(without.model, with_future.model)
    np.testing.assert_array_equal(without.baseline, with_future.baseline)


def test_each_training_row_has_only_its_own_past() -> None:
    sales = weekly_sales(90)
    features, targets = training_rows(sales, FAST)
    last_origin = 90 - FAST.horizon
    changed = sales.units.copy()
    changed[:, last_origin:] = 9_999
    again, other_targets = training_rows(DailySales(sales.skus, FIRST, changed), FAST)
    rows = FAST.horizon * len(sales.skus)
    np.testing.assert_array_equal(features[:rows], again[:rows])
    assert (other_targets[:rows] == 9_999).all()
    assert targets.max() < 9_999


def test_features_have_a_name_each() -> None:
    assert feature_block(weekly_sales(80), 3).shape == (6, len(NAMES))


@given(ahead=st.integers(1, 30), days=st.integers(1, 70))
def test_same_weekday_takes_known_days_of_that_weekday(ahead: int, days: int) -> None:
    units = np.arange(days, dtype=float)[None, :]
    sales = DailySales(("S",), FIRST, units)
    chosen = same_weekday(sales, ahead, 4)[0]
    if days >= 7:
        target = days + ahead - 1
        assert [(target - day) % 7 for day in chosen] == [0] * len(chosen)
        assert chosen[0] >= days - 7


def test_baseline_of_a_steady_week_is_that_week() -> None:
    week = np.tile(np.arange(7.0), 8)[None, :]
    assert baseline(DailySales(("S",), FIRST, week), 7).tolist() == [list(map(float, range(7)))]


def test_learns_the_weekend() -> None:
    sales = weekly_sales(140)
    forecast = forecast_session(sales, sales.end, ForecastSettings(horizon=7, origins=9, rounds=60, threads=1))
    assert (forecast.model[-1, :5] > forecast.model[-1, 5:].max()).all()


def test_forecast_is_the_same_twice() -> None:
    sales = weekly_sales(90)
    first, second = (forecast_session(sales, sales.end, FAST).quantities() for _ in range(2))
    assert first == second


def test_quantities_round_half_up() -> None:
    model = np.array([[0.25, 0.25], [1.0, 1.4], [0.2, 0.2]])
    assert Forecast(("A", "B", "C"), FIRST, model, model).quantities() == [1, 2, 0]


def test_only_keeps_order_and_names_the_unknown() -> None:
    model = np.array([[1.0], [2.0], [3.0]])
    chosen = Forecast(("A", "B", "C"), FIRST, model, model).only(["C", "A"])
    assert chosen.skus == ("C", "A")
    assert chosen.model.tolist() == [[3.0], [1.0]]
    with pytest.raises(InvalidInput, match="Z"):
        chosen.only(["Z"])


def test_gaps_become_zero_and_rows_of_a_day_add_up() -> None:
    day = FIRST + timedelta(days=2)
    sales = fill_gaps([("B", day, 3), ("B", day, 4), ("A", FIRST, 1)], FIRST, FIRST + timedelta(days=4))
    assert sales.skus == ("A", "B")
    assert sales.units.tolist() == [[1, 0, 0, 0], [0, 0, 7, 0]]


@pytest.mark.parametrize("day", [FIRST - timedelta(days=1), FIRST + timedelta(days=4)])
def test_a_row_outside_the_range_is_named(day: date) -> None:
    with pytest.raises(InvalidInput, match="row 1"):
        fill_gaps([("A", FIRST, 1), ("A", day, 1)], FIRST, FIRST + timedelta(days=4))


def test_history_that_ends_early_is_refused() -> None:
    sales = weekly_sales(90)
    with pytest.raises(InvalidInput, match="ends on"):
        forecast_session(sales, sales.end + timedelta(days=1), FAST)


def test_too_little_history_is_refused() -> None:
    sales = weekly_sales(30)
    with pytest.raises(InvalidInput, match="too little"):
        forecast_session(sales, sales.end, FAST)


def test_best_sellers_break_ties_by_code() -> None:
    sales = DailySales(("A", "B", "C"), FIRST, np.array([[1.0], [5.0], [1.0]]))
    assert sales.best_sellers(2).skus == ("A", "B")


def test_bias_stands_beside_wape() -> None:
    forecast, actual = np.array([[8.0, 12.0]]), np.array([[10.0, 10.0]])
    result = score(forecast, actual)
    assert result.wape == pytest.approx(0.2)
    assert result.bias == pytest.approx(0.0)
    assert score_both(forecast, actual)["sku_window"] == {"wape": 0.0, "bias": 0.0}


@pytest.mark.parametrize("actual", [np.zeros((1, 2)), np.ones((2, 1))])
def test_no_score_without_sales_or_with_another_shape(actual: np.ndarray) -> None:
    with pytest.raises(InvalidInput):
        score(np.ones((1, 2)), actual)


def write_history(path: Path, *lines: str) -> Path:
    path.write_bytes(gzip.compress("\n".join(lines).encode()))
    return path


def test_history_file_is_read(tmp_path: Path) -> None:
    path = write_history(tmp_path / "h.gz", "StockCode,D,P,2011-01-03,2011-01-04", "10002,A GLOBE,0.85,3,0")
    products, sales = read_history(path)
    assert (products[0].code, products[0].price_pence) == ("10002", 85)
    assert (sales.first_day, sales.units.tolist()) == (FIRST, [[3.0, 0.0]])


@pytest.mark.parametrize(
    "lines",
    [
        ("StockCode,D,P,2011-01-03,2011-01-05", "10002,A,0.85,3,0"),
        ("StockCode,D,P,2011-01-03", "10002,A,0.85"),
    ],
)
def test_a_broken_history_file_is_refused(tmp_path: Path, lines: tuple[str, ...]) -> None:
    with pytest.raises(InvalidInput):
        read_history(write_history(tmp_path / "h.gz", *lines))
