"""Percentiles of what was measured."""

from __future__ import annotations

from collections.abc import Sequence


def at(waits: Sequence[tuple[float, int]], share: float) -> float:
    """The wait that ``share`` of all do not exceed.

    ``waits``: each wait with how many took so long, ascending. Raises ValueError without any.
    """
    wanted = share * sum(count for _, count in waits)
    for wait, count in waits:
        wanted -= count
        if wanted <= 0:
            return wait
    raise ValueError("there are no waits")
