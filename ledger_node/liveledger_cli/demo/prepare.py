"""What can be known before the chain is asked: lines read, the forecast trained, terms and quantities set."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from liveledger.domain.money import WHOLE_BPS, Fen
from liveledger_cli.demo.retail import Fortnight, daily_sales, opening_stock, read_fortnight, read_lines
from liveledger_cli.demo.settings import DemoSettings
from liveledger_oracles.forecast.model import Forecast, ForecastSettings, forecast_session
from liveledger_oracles.forecast.sales import DailySales, Product, fill_gaps, read_history
from liveledger_oracles.forecast.scores import score_both

SESSION_DAYS = 14


@dataclass(frozen=True, slots=True)
class Item:
    """One product of the session: forecast, order (full cases) and unit cost of the agreement."""

    code: str
    forecast: int
    ordered: int
    unit_cost: Fen


@dataclass(frozen=True, slots=True)
class Prepared:
    """The demo's material: the fortnight, its first day, opening stock, the session's items, the forecast's scores."""

    fortnight: Fortnight
    first_day: date
    opening: dict[str, int]
    items: tuple[Item, ...]
    scores: dict[str, dict[str, dict[str, float]]]

    @property
    def codes(self) -> tuple[str, ...]:
        """Every product code that the ledger has to know, ascending."""
        return tuple(sorted({*self.fortnight.codes, *(item.code for item in self.items)}))


def prepare(settings: DemoSettings) -> Prepared:
    """Reads the sample and trains the forecast on the days before it."""
    products, history = read_history(settings.history)
    start = history.end
    fortnight = read_fortnight(read_lines(settings.sample))
    sellers = history.best_sellers(settings.session_skus).skus
    training = ForecastSettings(horizon=SESSION_DAYS)
    forecast = forecast_session(history.best_sellers(settings.training_skus), start, training).only(sellers)
    items = session_items(settings, products, forecast)
    return Prepared(fortnight, start, opening_stock(fortnight.facts), items, scores(forecast, fortnight))


def session_items(settings: DemoSettings, products: list[Product], forecast: Forecast) -> tuple[Item, ...]:
    """What the brand orders: the forecast in full cases; a unit costs a share of the median price, at least 1 fen."""
    prices = {product.code: product.price_pence for product in products}
    return tuple(
        Item(
            code,
            quantity,
            -(-quantity // settings.case_units) * settings.case_units,
            Fen(max(1, prices[code] * settings.fen_per_penny * settings.cost_share // WHOLE_BPS)),
        )
        for code, quantity in zip(forecast.skus, forecast.quantities(), strict=True)
    )


def scores(forecast: Forecast, fortnight: Fortnight) -> dict[str, dict[str, dict[str, float]]]:
    """WAPE and bias of the forecast beside those of the base line, against what was then sold."""
    end = forecast.start + timedelta(days=SESSION_DAYS)
    sold = fill_gaps(daily_sales(fortnight.facts), forecast.start, end)
    actual = _rows(sold, forecast.skus)
    return {"xgboost": score_both(forecast.model, actual), "same_weekday_mean": score_both(forecast.baseline, actual)}


def _rows(sold: DailySales, skus: tuple[str, ...]) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    position = {sku: i for i, sku in enumerate(sold.skus)}
    nothing = np.zeros(sold.units.shape[1])
    return np.stack([sold.units[position[sku]] if sku in position else nothing for sku in skus])
