"""How often a caller may ask: a bucket each, which fills again with time."""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from liveledger_api.access.errors import TooManyRequests

# Callers that are remembered at once; of more, the ones that asked longest ago begin anew with a full bucket.
_MOST_CALLERS = 10_000


@dataclass(slots=True)
class _Bucket:
    """``left`` requests at the time ``at`` (seconds of the clock)."""

    left: float
    at: float


class Rate:
    """``per_second`` requests of each caller on average, ``burst`` at once."""

    def __init__(self, per_second: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_second
        self._burst = burst
        self._clock = clock
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, caller: str) -> None:
        """Counts a request of a caller. Raises TooManyRequests with the seconds until the next one is let in."""
        now = self._clock()
        with self._lock:
            bucket = self._bucket(caller, now)
            bucket.left = min(self._burst, bucket.left + max(0.0, now - bucket.at) * self._per_second)
            bucket.at = now
            if bucket.left < 1:
                wait = max(1, math.ceil((1 - bucket.left) / self._per_second))
                raise TooManyRequests(
                    f"{self._per_second:g} requests a second are let in, {self._burst} at once", retry_after=wait
                )
            bucket.left -= 1

    def _bucket(self, caller: str, now: float) -> _Bucket:
        bucket = self._buckets.setdefault(caller, _Bucket(self._burst, now))
        self._buckets.move_to_end(caller)
        while len(self._buckets) > _MOST_CALLERS:
            self._buckets.popitem(last=False)
        return bucket
