"""Threshold and target of a SKU at a place, from demand and lead time. Exact integers: the same on every machine.

Demand is expected from a forecast, or from the days before; days are independent. Reorder point under a fixed lead
time: safety = z · σ over the lead time, threshold = mean over the lead time + safety (Silver, Pyke, Thomas: Inventory
and Production Management in Supply Chains, 4th edition, chapter 6).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from liveledger.domain.errors import InvalidInput
from liveledger.rules.replenishment.formula import DAY_SECONDS
from liveledger.rules.replenishment.terms import Settings, Way
from liveledger_oracles.replenishment.demand import MAX_UNITS, DailyStats
from liveledger_oracles.replenishment.predicted import DayForecast

MAX_LEAD_SECONDS = (1 << 32) - 1
MAX_Z_MILLI = 10_000


@dataclass(frozen=True, slots=True)
class Service:
    """How safe and how full: ``z_milli`` is the normal quantile in thousandths (1,645 = 95 %), ``cover_days`` how
    many days of mean demand the target lies above the threshold.
    """

    z_milli: int = 1_645
    cover_days: int = 7

    def __post_init__(self) -> None:
        if not 0 <= self.z_milli <= MAX_Z_MILLI or not 0 <= self.cover_days <= 366:
            raise InvalidInput("z is 0 … 10 and the cover 0 … 366 days", z=self.z_milli, days=self.cover_days)


@dataclass(frozen=True, slots=True)
class ComputedLevels:
    """Units, each rounded up; ``threshold`` holds ``safety``."""

    safety: int
    threshold: int
    target: int


@dataclass(frozen=True, slots=True)
class Expected:
    """Units expected: mean and variance over the lead time, mean over the days of cover behind it."""

    mean: Fraction
    variance: Fraction
    cover: Fraction


def from_history(stats: DailyStats, lead_seconds: int, service: Service) -> Expected:
    """What to expect when the days to come are like those before. Raises InvalidInput for a lead time out of range."""
    days = _days(lead_seconds)
    return Expected(stats.mean * days, stats.variance * days, stats.mean * service.cover_days)


def days_needed(lead_seconds: int, service: Service) -> int:
    """Days that a forecast must have: lead time and cover."""
    return math.ceil(_days(lead_seconds) + service.cover_days)


def from_forecast(series: Sequence[DayForecast], lead_seconds: int, service: Service) -> Expected:
    """What a forecast expects from its first day on; of a day that a lead time ends in, its part counts.

    Raises InvalidInput for a lead time out of range, or a series that lead time and cover reach beyond.
    """
    lead, needed = _days(lead_seconds), days_needed(lead_seconds, service)
    if len(series) < needed:
        raise InvalidInput(f"a forecast of {len(series)} days is too short, {needed} are needed", days=len(series))
    parts = [_part(lead, day) for day in range(needed)]
    until = [_part(lead + service.cover_days, day) for day in range(needed)]
    mean = _weighted([day.mean for day in series], parts)
    variance = _weighted([day.variance for day in series], parts)
    return Expected(mean, variance, _weighted([day.mean for day in series], until) - mean)


def _days(lead_seconds: int) -> Fraction:
    if not 0 <= lead_seconds <= MAX_LEAD_SECONDS:
        raise InvalidInput(f"a lead time of {lead_seconds} s is out of range", seconds=lead_seconds)
    return Fraction(lead_seconds, DAY_SECONDS)


def _part(length: Fraction, day: int) -> Fraction:
    """How much of day number ``day`` lies within the first ``length`` days."""
    return min(Fraction(1), max(Fraction(0), length - day))


def _weighted(values: Sequence[Fraction], parts: Sequence[Fraction]) -> Fraction:
    return sum((value * part for value, part in zip(values, parts, strict=False)), Fraction(0))


def compute(expected: Expected, service: Service) -> ComputedLevels:
    """The levels for what is expected. Raises InvalidInput when one has more than 48 bits."""
    safety = sqrt_up(Fraction(service.z_milli, 1000) ** 2 * expected.variance)
    threshold = math.ceil(expected.mean) + safety
    target = threshold + math.ceil(expected.cover)
    if target > MAX_UNITS:
        raise InvalidInput(f"a target of {target} units is more than the chain takes", target=target)
    return ComputedLevels(safety, threshold, target)


def sqrt_up(value: Fraction) -> int:
    """The square root, rounded up to a whole number, without floating point."""
    # ⌈√(a/b)⌉ = ⌈√⌈a/b⌉⌉: whole numbers have whole squares.
    whole = math.ceil(value)
    root = math.isqrt(whole)
    return root if root * root == whole else root + 1


def lead_seconds(ways: Iterable[Way], settings: Settings) -> int:
    """The lead time to plan with: the longest of the links into the place and of the supplier, if one is set.

    Whoever gives in the end is not known beforehand, and the supplier is who gives when the others cannot.
    """
    supplier = [settings.supplier_seconds] if settings.supplier else []
    return max([*(way.transit_seconds for way in ways), *supplier], default=settings.supplier_seconds)
