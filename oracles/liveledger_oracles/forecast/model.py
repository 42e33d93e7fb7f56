"""The forecast: one gradient-boosted model over all SKUs, trained on the days before the session and on no other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import xgboost

from liveledger.domain.errors import InvalidInput
from liveledger_oracles.forecast.features import HISTORY_DAYS, feature_block, same_weekday
from liveledger_oracles.forecast.sales import DailySales, Units

BASELINE_WEEKS = 4


@dataclass(frozen=True, slots=True)
class ForecastSettings:
    """How to train: ``horizon`` days to forecast, ``origins`` weekly origins to learn from, ``rounds`` trees."""

    horizon: int = 14
    origins: int = 12
    rounds: int = 60
    threads: int = 2
    seed: int = 7


@dataclass(frozen=True, slots=True)
class Forecast:
    """Expected units (SKUs × days) by the model and by the base line, beside each other; ``start`` is the first day."""

    skus: tuple[str, ...]
    start: date
    model: Units
    baseline: Units

    def only(self, skus: Sequence[str]) -> Forecast:
        """The same forecast for ``skus`` alone, in their order. Raises InvalidInput for one that was not forecast."""
        position = {sku: i for i, sku in enumerate(self.skus)}
        unknown = [sku for sku in skus if sku not in position]
        if unknown:
            raise InvalidInput(f"no forecast was made for {unknown[0]}", skus=unknown)
        rows = [position[sku] for sku in skus]
        return Forecast(tuple(skus), self.start, self.model[rows], self.baseline[rows])

    def quantities(self) -> list[int]:
        """Whole units a SKU over all days: the sum of the days, rounded half up."""
        return [int(total) for total in np.floor(self.model.sum(axis=1) + 0.5)]


def forecast_session(sales: DailySales, start: date, settings: ForecastSettings | None = None) -> Forecast:
    """Forecasts each SKU and day of a session that begins on ``start``.

    ``sales`` may reach into the session (a live feed does); whatever is not before ``start`` is cut off first.
    Raises InvalidInput when the history is too short or ends before the day ahead of ``start``.
    """
    chosen = settings or ForecastSettings()
    known = sales.before(start)
    if known.end != start:
        raise InvalidInput(f"the history ends on {known.end}, the session starts on {start}", hint="fill the gap first")
    booster = _train(known, chosen)
    blocks = [feature_block(known, ahead) for ahead in range(1, chosen.horizon + 1)]
    predicted = booster.predict(xgboost.DMatrix(np.vstack(blocks), nthread=chosen.threads))
    model = predicted.reshape(chosen.horizon, len(known.skus)).T.astype(np.float64)
    return Forecast(known.skus, start, np.maximum(model, 0.0), baseline(known, chosen.horizon))


def baseline(sales: DailySales, horizon: int) -> Units:
    """Base line (SKUs × days): the mean of the same weekday over the last four weeks."""
    days = [same_weekday(sales, ahead, BASELINE_WEEKS).mean(axis=1) for ahead in range(1, horizon + 1)]
    return np.column_stack(days)


def _train(known: DailySales, settings: ForecastSettings) -> xgboost.Booster:
    features, targets = training_rows(known, settings)
    parameters = {
        "objective": "reg:tweedie",
        "tweedie_variance_power": 1.3,
        "eta": 0.08,
        "max_depth": 6,
        "min_child_weight": 20,
        "subsample": 0.8,
        "tree_method": "hist",
        "nthread": settings.threads,
        "seed": settings.seed,
    }
    data = xgboost.DMatrix(features, label=targets, nthread=settings.threads)
    return xgboost.train(parameters, data, num_boost_round=settings.rounds)


def training_rows(known: DailySales, settings: ForecastSettings) -> tuple[Units, Units]:
    """Features (rows × len(NAMES)) and targets (rows): weekly origins, each with its own past and its next days."""
    days = known.units.shape[1]
    origins = [days - settings.horizon - 7 * week for week in range(settings.origins)]
    usable = [origin for origin in origins if origin >= HISTORY_DAYS]
    if not usable or not known.skus:
        raise InvalidInput(f"{days} days of {len(known.skus)} SKUs are too little to learn from", days=days)
    features, targets = [], []
    for origin in usable:
        past = DailySales(known.skus, known.first_day, known.units[:, :origin])
        for ahead in range(1, settings.horizon + 1):
            features.append(feature_block(past, ahead))
            targets.append(known.units[:, origin + ahead - 1])
    return np.vstack(features), np.concatenate(targets)
