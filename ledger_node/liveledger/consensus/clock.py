"""The local clock, and the bounded wait that keeps the chain's clock from running ahead of it."""

from __future__ import annotations

import asyncio
import time

# Above the drift of honest clocks and below the time that validators wait for a proposal.
MAX_WAIT_SECONDS = 2.0


class Clock:
    """Unix time of this machine."""

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time()

    async def reach(self, timestamp: int, limit: float = MAX_WAIT_SECONDS) -> float:
        """Waits until the clock shows ``timestamp`` (Unix seconds), at most ``limit`` seconds; returns the wait."""
        wait = min(max(0.0, timestamp - self.now()), limit)
        if wait:
            await asyncio.sleep(wait)
        return wait
