"""What a brand sets for its replenishment: weights, caps and times, and the links between its places.

Quantities are base units, distances metres, times seconds, carbon grams a unit, weights and reserve basis points.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Settings:
    """A brand's settings; the four weights add up to 10,000. ``supplier`` 0 = none."""

    stock_bps: int
    distance_bps: int
    time_bps: int
    carbon_bps: int
    transfer_units: int
    day_units: int
    cool_down_seconds: int
    hub_reserve_bps: int
    supplier: int
    supplier_seconds: int
    order_seconds: int
    max_level_age_seconds: int


@dataclass(frozen=True, slots=True)
class Way:
    """A link: metres, seconds in transit, grams of carbon a unit."""

    metres: int
    transit_seconds: int
    carbon_grams: int
