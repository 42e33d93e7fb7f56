"""What the model sees: lags, rolling means and weekdays, all known on the evening before the first day forecast."""

from __future__ import annotations

from datetime import timedelta

import numpy as np

from liveledger_oracles.forecast.sales import DailySales, Units

WINDOWS = (7, 14, 28, 56)
WEEKDAY_WEEKS = (1, 2, 4, 8)
HISTORY_DAYS = max(*WINDOWS, 7 * max(WEEKDAY_WEEKS))
NAMES = (
    *(f"mean_{days}d" for days in WINDOWS),
    *(f"sold_share_{days}d" for days in WINDOWS[2:]),
    *(f"same_weekday_mean_{weeks}w" for weeks in WEEKDAY_WEEKS),
    "peak_28d",
    "days_since_sale",
    "weekday",
    "horizon",
)


def feature_block(sales: DailySales, ahead: int) -> Units:
    """Features (SKUs × len(NAMES)) for the day ``ahead`` (1, 2, …) days after the last day of ``sales``.

    A pure function of ``sales``: cut the sales before the session and no later day can leak in.
    """
    recent = sales.units[:, -HISTORY_DAYS:]
    columns = [recent[:, -days:].mean(axis=1) for days in WINDOWS]
    columns += [(recent[:, -days:] > 0).mean(axis=1) for days in WINDOWS[2:]]
    columns += [same_weekday(sales, ahead, weeks).mean(axis=1) for weeks in WEEKDAY_WEEKS]
    columns += [recent[:, -28:].max(axis=1), _days_since_sale(recent)]
    weekday = (sales.end + timedelta(days=ahead - 1)).weekday()
    columns += [np.full(len(sales.skus), float(weekday)), np.full(len(sales.skus), float(ahead))]
    return np.column_stack(columns)


def same_weekday(sales: DailySales, ahead: int, weeks: int) -> Units:
    """Units (SKUs × weeks) on the last ``weeks`` days of history that fall on the weekday of the day ``ahead``."""
    back = -ahead % 7 + 1
    days = sales.units.shape[1]
    chosen = [days - back - 7 * week for week in range(weeks) if days - back - 7 * week >= 0]
    return sales.units[:, chosen] if chosen else np.zeros((len(sales.skus), 1))


def _days_since_sale(recent: Units) -> Units:
    sold = recent[:, ::-1] > 0
    return np.asarray(np.where(sold.any(axis=1), sold.argmax(axis=1), recent.shape[1]), dtype=np.float64)
