"""What is told to the peers, and when: CometBFT tells each direct peer once and does not notice a loss."""

from __future__ import annotations

import heapq

from liveledger.consensus.pool.waiting import Pool, Waiting

# Of one answer to ReapTxs.
MAX_BYTES = 4 << 20
# What came from a peer is relayed once it was not in the next blocks: where every node has every other as its peer, all
# heard it already. What still waits is told again, at growing intervals.
FIRST_RELAY_SECONDS = 1.5
REPEAT_SECONDS = 2.0
MAX_REPEAT_SECONDS = 32.0
# What is relayed and repeated of one organisation's, in bytes a second and at once: a flood is not multiplied by nodes.
# It carries the movements of tens of thousands a second. Each transaction counts for so many bytes more: what its
# handling costs every peer.
RATE_BYTES, BURST_BYTES = 512 << 10, 2 << 20
HANDLING_BYTES = 1_024


class Teller:
    """The times at which each waiting transaction of ``pool`` is told."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._due: list[tuple[float, int, bytes]] = []
        # Until when what was told and booked of an owner's uses its rate up.
        self._used_until: dict[tuple[int, bool], float] = {}

    def __len__(self) -> int:
        return len(self._due)

    def enter(self, waiting: Waiting) -> None:
        """Plans the first time of what was just admitted: at once for what this node's own clients sent."""
        self._plan(waiting, waiting.since + (0.0 if waiting.own else FIRST_RELAY_SECONDS))

    def hurry(self, waiting: Waiting, now: float) -> None:
        """Tells it now: its sender handed it in again. What waits for its owner's rate does so all the same."""
        if not waiting.booked and waiting.due > now and now - waiting.told_at >= REPEAT_SECONDS:
            self._plan(waiting, now)

    def _plan(self, waiting: Waiting, due: float) -> None:
        waiting.due = due
        heapq.heappush(self._due, (due, waiting.order, waiting.transaction.hash))

    def _book(self, waiting: Waiting, now: float) -> float:
        """Charges its owner's rate for the next time, once; the moment from which it may be told.

        So each that waits for the rate is looked at once more, and not all of a backlog every second.
        """
        if waiting.booked or _is_news(waiting):
            return now
        used = max(self._used_until.get(waiting.owner, float("-inf")), now - BURST_BYTES / RATE_BYTES)
        used += (len(waiting.transaction.raw) + HANDLING_BYTES) / RATE_BYTES
        self._used_until[waiting.owner], waiting.booked = used, True
        return max(used, now)

    def tell(self, now: float, limit: int = MAX_BYTES) -> list[bytes]:
        """The bytes to tell now, at most ``limit`` together but for a first one."""
        raws: list[bytes] = []
        size = 0
        while self._due and self._due[0][0] <= now:
            due, order, tx_hash = self._due[0]
            waiting = self._pool.find(tx_hash)
            if waiting is None or (waiting.order, waiting.due) != (order, due):
                heapq.heappop(self._due)  # it is gone, or was told at another time
                continue
            if (moment := self._book(waiting, now)) > now:
                heapq.heappop(self._due)
                self._plan(waiting, moment)
                continue
            size += len(waiting.transaction.raw)
            if raws and size > limit:
                break
            heapq.heappop(self._due)
            waiting.told_at, waiting.told, waiting.booked = now, waiting.told + 1, False
            self._plan(waiting, now + min(REPEAT_SECONDS * 2 ** (waiting.told - 1), MAX_REPEAT_SECONDS))
            raws.append(waiting.transaction.raw)
        return raws


def _is_news(waiting: Waiting) -> bool:
    return waiting.own and waiting.told == 0
