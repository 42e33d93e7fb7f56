"""Splits movements whose lot is left to the rule, by what the ledger holds less what is on its way out already."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

from liveledger.chain.contracts.ledger import Ledger
from liveledger.chain.rpc.finality import final_height
from liveledger.domain.errors import Unavailable
from liveledger.domain.movements import Movement
from liveledger.domain.waiting import wait_until
from liveledger.index.stock.lot_stock import LotBalance
from liveledger.messages.movement_resolving import Pair
from liveledger.messages.movements import Message
from liveledger.prover.stored_index import StoredIndex
from liveledger.rules.stock_state import RULES
from liveledger_api.movements.allocation import NotAllocated, allocated, lane_of, without_a_lot
from liveledger_api.movements.on_their_way import OnItsWay

_INDEX_SECONDS, _POLL_SECONDS = 5.0, 0.05

# SKU, lot, place and lane.
_Cell = tuple[int, int, int, int]


class Allocator:
    """Knows what lots hold, by the index at the newest final block. Nothing is kept from one request to the next."""

    def __init__(self, ledger: Ledger, index: StoredIndex, on_their_way: Callable[[int], Sequence[OnItsWay]]) -> None:
        """``on_their_way``: what an organisation has acknowledged that is not final."""
        self._ledger = ledger
        self._index = index
        self._on_their_way = on_their_way

    def split(self, pairs: Sequence[Pair], organisation: int) -> list[Pair]:
        """The pairs with every message that asks for it split by lots; the others as they are, in their order.

        What was acknowledged and not carried out counts as gone, and so does what comes before in ``pairs``. Raises
        NotAllocated naming the message, Unavailable while the index is behind.
        """
        if not any(message.allocate for message, _ in pairs):
            return list(pairs)
        gone = self._gone(organisation)
        found: list[Pair] = []
        for message, movement in pairs:
            parts = self._parts(message, movement, gone) if message.allocate else [(message, movement)]
            for _, part in parts:
                gone.update(_takes(part))
            found += parts
        return found

    def words(self, message: Message, movement: Movement) -> str | None:
        """Why a movement without a lot finds nothing while there are goods under lots; None where that is not so."""
        if message.lot is not None or movement.source == 0:
            return None
        return without_a_lot(message, self._stock(message, movement, Counter()))

    def _parts(self, message: Message, movement: Movement, gone: Counter[_Cell]) -> list[Pair]:
        try:
            parts = allocated(message, self._stock(message, movement, gone))
        except NotAllocated as error:
            error.details["message_id"] = message.message_id
            raise
        return [(part.message, replace(movement, lot=part.lot, quantity=part.message.quantity)) for part in parts]

    def _stock(self, message: Message, movement: Movement, gone: Counter[_Cell]) -> list[LotBalance]:
        lane = lane_of(message.kind)
        found = self._index.lot_balances(movement.sku, movement.source, lane)
        at = movement.source, int(lane)
        return [replace(one, units=max(0, one.units - gone[movement.sku, one.lot, *at])) for one in found]

    def _gone(self, organisation: int) -> Counter[_Cell]:
        """Units that leave, by SKU, lot, place and lane: of what waits and of batches that the index does not have."""
        ways = self._on_their_way(organisation)
        self._wait_for_index()
        newest = self._index.newest_sequences({(one.account, one.lane) for one in ways})
        gone: Counter[_Cell] = Counter()
        for one in ways:
            if one.sequence is None or one.sequence > newest.get((one.account, one.lane), -1):
                for movement in one.movements:
                    gone.update(_takes(movement))
        return gone

    def _wait_for_index(self) -> None:
        """What is final when this is called is in the index when it returns. Raises Unavailable."""
        height = final_height(self._ledger)
        late = Unavailable(f"the index has not reached block {height}", hint="send it again", retry_after=1)
        wait_until(lambda: self._index.height() >= height, _INDEX_SECONDS, lambda: late, pause=_POLL_SECONDS)


def _takes(movement: Movement) -> dict[_Cell, int]:
    lane = RULES[movement.kind].takes
    return {} if lane is None else {(movement.sku, movement.lot, movement.source, int(lane)): movement.quantity}
