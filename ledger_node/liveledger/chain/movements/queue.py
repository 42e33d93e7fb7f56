"""Acknowledged movements that wait for a batch, and which of them go first."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from liveledger.chain.movements.batching import Movements
from liveledger.domain.movements import Kind

# What stock is found to be after a count can wait, an order cannot.
COUNTS = frozenset({Kind.FOUND, Kind.LOST, Kind.SCRAP, Kind.LOST_IN_TRANSIT, Kind.FOUND_IN_TRANSIT})


class Queue:
    """Movements of one lane in the order in which they came: their ids ascend."""

    def __init__(self, waiting: Movements | None = None) -> None:
        # In the parts in which they came: joining them is left until they are looked at.
        self._parts: list[Movements] = []
        self._size = 0
        if waiting is not None:
            self.extend(waiting)

    def __len__(self) -> int:
        return self._size

    def extend(self, waiting: Movements) -> None:
        """They came last."""
        if len(waiting):
            self._parts.append(waiting)
            self._size += len(waiting)

    def oldest(self) -> int | None:
        """Id of the movement that came first; None when none waits."""
        return int(self._parts[0].ids[0]) if self._parts else None

    def newest(self) -> int | None:
        """Id of the movement that came last; None when none waits."""
        return int(self._parts[-1].ids[-1]) if self._parts else None

    def reserve_only(self) -> bool:
        """Whether some wait, and all of them are reservations."""
        return bool(self._parts) and all(part.reserve_only() for part in self._parts)

    def every(self) -> Movements:
        """All of them, in the order in which they came."""
        every = Movements.joined(self._parts)
        self._be(every)
        return every

    def put_back(self, waiting: Movements) -> None:
        """They take the places that they had."""
        every = Movements.joined([*self._parts, waiting])
        self._be(every.at(np.argsort(every.ids)))

    def holds(self, ids: NDArray[np.uint64]) -> bool:
        """Whether all of these wait."""
        return bool(np.isin(ids, self.every().ids).all())

    def drop(self, ids: NDArray[np.uint64]) -> None:
        """These are in batches now."""
        every = self.every()
        self._be(every.at(~np.isin(every.ids, ids)))

    def _be(self, every: Movements) -> None:
        self._parts, self._size = ([every] if len(every) else []), len(every)


def orders_first(waiting: Movements) -> list[Movements]:
    """Orders and the counts that wait, apart, each in the order in which they came; one part where there is one only.

    No movement overtakes another one of its SKU: what an order may rest on is among the orders.
    """
    orders = ~np.isin(waiting.contents[:, 6], list(COUNTS))
    if orders.all() or not orders.any():
        return [waiting]
    first = _with_their_past(waiting.skus, orders)
    return [part for part in (waiting.at(first), waiting.at(~first)) if len(part)]


def _with_their_past(skus: NDArray[np.uint64], chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The chosen ones and all that came before a chosen one of the same SKU."""
    _, group = np.unique(skus, return_inverse=True)
    last = np.full(group.max() + 1, -1)
    np.maximum.at(last, group[chosen], np.flatnonzero(chosen))
    past: NDArray[np.bool_] = np.arange(len(skus)) <= last[group]
    return past
