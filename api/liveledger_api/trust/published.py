"""The anchor chain as this server publishes it: re-created from time to time, not for each who asks."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

# Making it checks every signature of every update; what is some minutes old is as good for a year.
KEPT_SECONDS = 600.0


class PublishedChain:
    """Hands out what ``make`` gave within the last ten minutes; one caller at a time has it re-created."""

    def __init__(self, make: Callable[[], bytes], clock: Callable[[], float] = time.monotonic) -> None:
        self._make = make
        self._clock = clock
        self._lock = threading.Lock()
        self._chain: tuple[float, bytes] | None = None

    def read(self) -> bytes:
        """The chain's bytes. Raises what ``make`` raises."""
        with self._lock:
            if self._chain is None or self._clock() - self._chain[0] > KEPT_SECONDS:
                self._chain = (self._clock(), self._make())
            return self._chain[1]
