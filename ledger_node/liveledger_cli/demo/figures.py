"""Figures of a run: percentiles by nearest rank, no interpolation."""

from __future__ import annotations

import math
from collections.abc import Sequence

from liveledger.domain.errors import InvalidInput


def percentile(values: Sequence[float], percent: int) -> float:
    """The smallest value that at least ``percent`` per cent of all values do not exceed (nearest rank)."""
    if not values or not 0 < percent <= 100:
        raise InvalidInput(f"no {percent}th percentile of {len(values)} values")
    return sorted(values)[math.ceil(len(values) * percent / 100) - 1]
