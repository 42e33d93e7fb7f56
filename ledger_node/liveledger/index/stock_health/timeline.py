"""Running stock, one group after the other: sums by group, unit-seconds, day ends without goods, ages."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from liveledger.index.stock_health.columns import Mask, Numbers
from liveledger.index.stock_health.scope import DAY, Period

# Upper limits, in whole days, of the age bands but the last, which has none.
AGE_LIMITS = (30, 60, 90)
_SPLIT = 16


@dataclass(frozen=True, slots=True)
class Groups:
    """Runs of equal keys in a sorted column."""

    keys: Numbers
    starts: Numbers
    of: Numbers

    @classmethod
    def by(cls, key: Numbers) -> Groups:
        """The runs of ``key``, which is sorted."""
        keys, starts, of = np.unique(key, return_index=True, return_inverse=True)
        return cls(keys, starts, of)

    def sums(self, values: Numbers) -> Numbers:
        """Sum of each group."""
        return np.add.reduceat(values, self.starts) if len(self.starts) else np.zeros(0, np.int64)

    def running(self, values: Numbers) -> Numbers:
        """Sum within the group up to and with each entry."""
        total = np.cumsum(values)
        before = total[self.starts] - values[self.starts]
        return total - before[self.of]

    def until(self, time: Numbers, end: int) -> Numbers:
        """For each entry the time of the next one of its group; ``end`` for the last."""
        following = np.append(time[1:], end)
        following[self.starts[1:] - 1] = end
        return following


def unit_seconds(time: Numbers, changes: Numbers, period: Period) -> int:
    """Integral of the stock over the period, exact: each change counts from its time to the period's end."""
    lasting = period.end - np.maximum(time, period.start)
    # A change has 24 bits and a duration 32: in two halves, sums of 2^20 and more products stay within 63 bits.
    high, low = lasting >> _SPLIT, lasting & ((1 << _SPLIT) - 1)
    return (int((changes * high).sum()) << _SPLIT) + int((changes * low).sum())


def day_ends(start: Numbers, end: Numbers, period: Period, *, origin: int | None = None) -> Numbers:
    """How many day ends lie in (start, end] and in the period; days are counted from ``origin``, or its start."""
    first = period.start if origin is None else origin
    low, high = (np.clip(moment, period.start, period.end) for moment in (start, end))
    return (high - first) // DAY - (low - first) // DAY


def age_bands(groups: Groups, time: Numbers, changes: Numbers, end: int) -> tuple[int, ...]:
    """Units by age in whole days at ``end``: up to 30, 60, 90 and above; first in, first out.

    Whatever left, left first of what came first: what is there is the last to have come.
    """
    came = np.maximum(changes, 0)
    stock = np.maximum(groups.sums(changes), 0)
    later = groups.sums(came)[groups.of] - groups.running(came)
    left = np.clip(stock[groups.of] - later, 0, came)
    band = np.searchsorted(AGE_LIMITS, (end - time) // DAY)
    return tuple(int(left[band == number].sum()) for number in range(len(AGE_LIMITS) + 1))


def last_time(groups: Groups, time: Numbers, chosen: Mask) -> Numbers:
    """Time of each group's last chosen entry; −1 when it has none."""
    marked = np.where(chosen, time, -1)
    return np.maximum.reduceat(marked, groups.starts) if len(groups.starts) else marked


def first_time(groups: Groups, time: Numbers, chosen: Mask) -> Numbers:
    """Time of each group's first chosen entry; the greatest number when it has none."""
    marked = np.where(chosen, time, np.iinfo(np.int64).max)
    return np.minimum.reduceat(marked, groups.starts) if len(groups.starts) else marked
