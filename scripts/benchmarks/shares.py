"""Percentiles of what was measured."""

from __future__ import annotations

from collections.abc import Sequence


def seconds_at(waits: Sequence[tuple[float, int]], share: float) -> float | None:
    """The wait that ``share`` of all do not exceed, in seconds to the millisecond; None without any wait.

    ``waits``: each wait with how many took so long, ascending.
    """
    wanted = share * sum(count for _, count in waits)
    for wait, count in waits:
        wanted -= count
        if wanted <= 0:
            return round(wait, 3)
    return None
