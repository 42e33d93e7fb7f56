"""A load at a steady rate: how much of it is taken, how long a movement waits until it is final, and whether the
ledger carries it. A load that is not carried is a figure too.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.shares import seconds_at
from liveledger.chain.movements.batching import MovementMessage
from liveledger.chain.movements.posting import Poster, QueueFull
from liveledger.chain.outbox.outbox import Outbox
from liveledger.chain.outbox.sender import NotFinalYet

# What is left when the load ends must be final within this, or the load is not carried.
DRAIN_SECONDS = 120.0
# A sender that gets so little less than it wants is not held up.
CARRIED_SHARE = 0.98
_PUMP_SECONDS = 0.02
Acknowledged = Callable[[MovementMessage], None]


@dataclass(frozen=True)
class Taken:
    """Movements acknowledged in ``seconds``, how often the queue was full, and whether all became final."""

    wanted: float
    movements: int
    seconds: float
    refusals: int
    drained: bool

    @property
    def rate(self) -> float:
        """Movements acknowledged a second."""
        return self.movements / self.seconds

    @property
    def carried(self) -> bool:
        """Whether all was taken at the wanted rate and became final."""
        return self.drained and self.rate >= CARRIED_SHARE * self.wanted

    def figures(self, waits: Sequence[tuple[float, int]]) -> dict[str, Any]:
        """For the report; ``waits`` as `waits_of` gives them. Where nothing became final its times are None."""
        return {
            "wanted_per_second": round(self.wanted),
            "movements_per_second": round(self.rate),
            "carried": self.carried,
            "times_full": self.refusals,
            "p50_seconds": seconds_at(waits, 0.50),
            "p99_seconds": seconds_at(waits, 0.99),
        }


def offer(
    poster: Poster,
    chunks: Sequence[Sequence[MovementMessage]],
    seconds: float,
    *,
    acknowledged: Acknowledged | None = None,
    drain: float = DRAIN_SECONDS,
) -> Taken:
    """Hands over ``chunks`` evenly within ``seconds``, then waits until all is final or ``drain`` seconds are over.

    While the queue is full nothing is handed over; what was not taken when the time is over is left out.
    """
    pause, wanted = seconds / len(chunks), sum(map(len, chunks)) / seconds
    began, taken, refusals = time.monotonic(), 0, 0
    for number, chunk in enumerate(chunks):
        while not (accepted := _take(poster, chunk)) and time.monotonic() < began + seconds:
            refusals += 1
            _pump_until(poster, time.monotonic() + _PUMP_SECONDS)
        if not accepted:
            break
        taken += len(chunk)
        if acknowledged is not None:
            acknowledged(chunk[0])
        _pump_until(poster, began + (number + 1) * pause)
        if time.monotonic() > began + seconds:
            break
    took = time.monotonic() - began
    return Taken(wanted, taken, took, refusals, _drained(poster, drain))


def _take(poster: Poster, chunk: Sequence[MovementMessage]) -> bool:
    try:
        poster.post(chunk)
    except QueueFull:
        return False
    return True


def _drained(poster: Poster, seconds: float) -> bool:
    try:
        poster.wait(timeout=seconds)
    except NotFinalYet:
        return False
    return True


def _pump_until(poster: Poster, moment: float) -> None:
    while True:
        poster.pump()
        rest = moment - time.monotonic()
        if rest <= 0:
            return
        time.sleep(min(rest, _PUMP_SECONDS))


def waits_of(outbox: Outbox, lane: int) -> list[tuple[float, int]]:
    """Seconds from acknowledged to final and how many movements of the lane waited so long, ascending."""
    query = (
        "SELECT entry.final_at, members FROM entry JOIN batch ON batch.entry = entry.id"
        " JOIN lane ON lane.id = batch.lane WHERE lane.number = ? AND live = 1 AND entry.final_at IS NOT NULL"
    )
    arrivals = np.array(outbox.db.execute("SELECT first, acknowledged_at FROM arrival ORDER BY first").fetchall())
    waits: Counter[float] = Counter()
    for final_at, members in outbox.db.execute(query, (lane,)).fetchall():
        numbers = np.frombuffer(members, "<u8")
        acknowledged = arrivals[np.searchsorted(arrivals[:, 0], numbers, side="right") - 1, 1]
        waits.update((final_at - acknowledged).tolist())
    return sorted(waits.items())
