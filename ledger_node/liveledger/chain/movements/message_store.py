"""Contents of acknowledged messages: what came at once stands in one row of the outbox, message after message."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from liveledger.chain.movements.batching import Movements
from liveledger.chain.outbox.outbox import Outbox

_COLUMNS = "first, last, acknowledged_at, park, movements, documents"
# The row that holds a message: rows do not overlap, and none is empty.
_HOLDING = "FROM arrival WHERE first <= ? ORDER BY first DESC LIMIT 1"


class _Arrival(NamedTuple):
    """Messages ``first`` to ``last``: when they were acknowledged (Unix seconds), what was stated about parking."""

    first: int
    last: int
    acknowledged_at: float
    park: int | None
    movements: bytes
    documents: bytes

    def messages(self) -> Movements:
        """Its messages by their numbers."""
        numbers = np.arange(self.first, self.last + 1, dtype=np.uint64)
        return Movements.of(numbers, self.movements, self.documents)


class Arrivals:
    """Arrivals in an outbox. Writes belong into its ``transaction``."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    def add(self, lane: int, first: int, movements: Movements, now: float, park: bool | None) -> None:
        """Keeps messages that came at once on a lane (its id), numbered from ``first`` on."""
        row = (first, first + len(movements) - 1, lane, now, park)
        self._outbox.db.execute(
            "INSERT INTO arrival (first, last, lane, acknowledged_at, park, movements, documents)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (*row, movements.contents.tobytes(), movements.documents.tobytes()),
        )

    def since(self, lane: int, message: int) -> Movements:
        """All messages of a lane from number ``message`` on, in the order in which they came."""
        query = (
            f"SELECT {_COLUMNS} FROM arrival"  # noqa: S608 -- names of columns
            " WHERE first >= coalesce((SELECT max(first) FROM arrival WHERE first <= ?), 0) AND lane = ? ORDER BY first"
        )
        rows = self._outbox.read(query, (message, lane))
        found = Movements.joined([_Arrival(*row).messages() for row in rows])
        return found.at(found.ids >= message)

    def of(self, ids: NDArray[np.uint64]) -> Movements:
        """The messages with these numbers, in the order of ``ids``."""
        left, parts = np.unique(ids), list[Movements]()
        while len(left):
            messages = self._holding(int(left[0])).messages()
            end = int(np.searchsorted(left, messages.ids[-1], side="right"))
            parts.append(messages.at((left[:end] - messages.ids[0]).astype(np.intp)))
            left = left[end:]
        found = Movements.joined(parts)
        return found.at(np.searchsorted(found.ids, ids))

    def acknowledged_at(self, message: int) -> float:
        """When a message was acknowledged (Unix seconds)."""
        ((since,),) = self._outbox.read(f"SELECT acknowledged_at {_HOLDING}", (message,))
        return float(since)

    def park_stated(self, message: int) -> bool | None:
        """What a message's sender stated about parking it; None when nothing."""
        ((park,),) = self._outbox.read(f"SELECT park {_HOLDING}", (message,))
        return None if park is None else bool(park)

    def _holding(self, message: int) -> _Arrival:
        (row,) = self._outbox.read(f"SELECT {_COLUMNS} {_HOLDING}", (message,))
        return _Arrival(*row)
