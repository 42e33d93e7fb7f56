"""How good a forecast was. WAPE never stands without its bias: a low forecast can win WAPE and still be useless."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from liveledger.domain.errors import InvalidInput
from liveledger_oracles.forecast.sales import Units


@dataclass(frozen=True, slots=True)
class Score:
    """``wape`` = Σ|forecast − actual| / Σ actual, ``bias`` = Σ(forecast − actual) / Σ actual; both are ratios."""

    wape: float
    bias: float

    def rounded(self) -> dict[str, float]:
        """Both, with four decimals."""
        return {name: round(value, 4) for name, value in asdict(self).items()}


def score(forecast: Units, actual: Units) -> Score:
    """Scores equal shapes, cell by cell. Raises InvalidInput on other shapes and when nothing was sold."""
    if forecast.shape != actual.shape:
        raise InvalidInput(f"a forecast of shape {forecast.shape} against sales of {actual.shape}")
    total = float(actual.sum())
    if total <= 0:
        raise InvalidInput("nothing was sold, so no ratio can be given")
    return Score(float(np.abs(forecast - actual).sum()) / total, float((forecast - actual).sum()) / total)


def score_both(forecast: Units, actual: Units) -> dict[str, dict[str, float]]:
    """Scores by SKU and day, and by SKU over the whole window."""
    return {
        "sku_day": score(forecast, actual).rounded(),
        "sku_window": score(forecast.sum(axis=1), actual.sum(axis=1)).rounded(),
    }
