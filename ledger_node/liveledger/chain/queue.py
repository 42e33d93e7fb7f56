"""Acknowledged movements that wait for a batch, and which of them go first."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from liveledger.chain.batching import Movements
from liveledger.chain.journal import Waiting
from liveledger.domain.movements import Kind

# What stock is found to be after a count can wait, an order cannot.
COUNTS = frozenset({Kind.FOUND, Kind.LOST, Kind.SCRAP})


class Queue:
    """Movements of one lane in the order in which they came."""

    def __init__(self, waiting: Iterable[Waiting] = ()) -> None:
        self._waiting = list(waiting)

    def __len__(self) -> int:
        return len(self._waiting)

    def extend(self, waiting: Iterable[Waiting]) -> None:
        """They came last."""
        self._waiting += waiting

    def oldest(self) -> int | None:
        """Id of the movement that came first; None when none waits."""
        return self._waiting[0].id if self._waiting else None

    def newest(self) -> int | None:
        """Id of the movement that came last; None when none waits."""
        return self._waiting[-1].id if self._waiting else None

    def choose(self, limit: int) -> Movements:
        """Up to about ``limit`` movements in the order in which they came: orders before counts.

        No movement overtakes another one of its SKU: what a chosen one may rest on is chosen with it, over the limit.
        """
        every = self._every()
        if len(every) <= limit:
            return every
        counts = np.isin(every.contents[:, 4], list(COUNTS))
        chosen = np.zeros(len(every), np.bool_)
        chosen[np.lexsort((np.arange(len(every)), counts))[:limit]] = True
        return every.at(np.flatnonzero(_with_their_past(every.skus, chosen)))

    def put_back(self, waiting: Iterable[Waiting]) -> None:
        """They take the places that they had."""
        self._waiting = sorted([*self._waiting, *waiting])

    def holds(self, ids: NDArray[np.uint64]) -> bool:
        """Whether all of these wait."""
        return bool(np.isin(ids, np.array([waiting.id for waiting in self._waiting], np.uint64)).all())

    def drop(self, ids: NDArray[np.uint64]) -> None:
        """These are in batches now."""
        gone = set(ids.tolist())
        self._waiting = [waiting for waiting in self._waiting if waiting.id not in gone]

    def _every(self) -> Movements:
        return Movements.of(
            [waiting.id for waiting in self._waiting],
            [waiting.content for waiting in self._waiting],
            [waiting.document for waiting in self._waiting],
        )


def _with_their_past(skus: NDArray[np.uint64], chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The chosen ones and all that came before a chosen one of the same SKU."""
    _, group = np.unique(skus, return_inverse=True)
    last = np.full(group.max() + 1, -1)
    np.maximum.at(last, group[chosen], np.flatnonzero(chosen))
    past: NDArray[np.bool_] = np.arange(len(skus)) <= last[group]
    return past
