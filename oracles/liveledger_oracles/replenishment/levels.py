"""Threshold and target of a SKU at a place, from demand and lead time. Exact integers: the same on every machine.

Reorder point under a fixed lead time and independent days: safety = z · σ · √L, threshold = mean · L + safety
(Silver, Pyke, Thomas: Inventory and Production Management in Supply Chains, 4th edition, chapter 6).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from liveledger.domain.errors import InvalidInput
from liveledger.rules.replenishment import DAY_SECONDS, Settings, Way

from liveledger_oracles.replenishment.demand import MAX_UNITS, DailyStats

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


def compute(stats: DailyStats, lead_seconds: int, service: Service) -> ComputedLevels:
    """The levels for a lead time. Raises InvalidInput when it is out of range or a level has more than 48 bits."""
    if not 0 <= lead_seconds <= MAX_LEAD_SECONDS:
        raise InvalidInput(f"a lead time of {lead_seconds} s is out of range", seconds=lead_seconds)
    days = Fraction(lead_seconds, DAY_SECONDS)
    safety = sqrt_up(Fraction(service.z_milli, 1000) ** 2 * stats.variance * days)
    threshold = math.ceil(stats.mean * days) + safety
    target = threshold + math.ceil(stats.mean * service.cover_days)
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
    """The lead time to plan with: the longest link into the place, and the supplier's where there is none."""
    return max((way.transit_seconds for way in ways), default=settings.supplier_seconds)
