"""What becomes of movements that the chain did not take, and of those that are parked.

When a record is poisoned the contract names its index: that message is refused by name, and the rest is posted again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import structlog

from liveledger.bindings.errors import Revert
from liveledger.chain.contracts.ledger import Ledger
from liveledger.chain.movements.forming import Forming
from liveledger.chain.movements.lane import Lane
from liveledger.chain.movements.parking import Parking, Verdicts
from liveledger.chain.movements.records import LiveBatch, Waiting, movements_of
from liveledger.chain.movements.stock_contract import OutOfGas, StockContract
from liveledger.chain.rpc.finality import ChainBehind, recent_height
from liveledger.chain.rpc.reverts import line_of
from liveledger.domain.errors import LiveLedgerError

# How often what is parked is looked at: about once a block.
LOOK_SECONDS = 1.0

log = structlog.get_logger("liveledger.chain.movements.posting")


class LaneTaken(LiveLedgerError):
    """The chain used a sequence number of this lane for something else than the outbox knows; nothing is posted."""

    code = "lane-taken"
    http_status = 409


class Recovery:
    """Gives back what failed batches held, and looks at what is parked; one thread at a time."""

    def __init__(
        self,
        ledger: Ledger,
        lane: Lane,
        contract: StockContract,
        parking: Parking,
        forming: Forming,
        clock: Callable[[], float],
    ) -> None:
        self._ledger = ledger
        self._lane = lane
        self._contract = contract
        self._parking = parking
        self._forming = forming
        self._clock = clock
        self._looked_at = clock() - LOOK_SECONDS

    def recover(self) -> None:
        """Deals with failed batches, once nothing of the lane is in flight any more. Raises LaneTaken.

        A batch that failed did not use up its sequence number, so all later ones in flight failed too. Their messages
        wait again, in their order.
        """
        journal = self._lane.journal
        failed = journal.open_batches()
        if not failed or not all(batch.failed for batch in failed):
            return
        height = self._recent_height()
        if height is None:
            return  # an old state may not even know what they name
        expected = self._contract.next_sequence(height)
        if expected < failed[0].sequence:
            return  # this node is behind the one that told how the batch ended
        if expected > failed[0].sequence:
            self._require_own_lane(failed, expected)
            return
        try:
            reasons = self._contract.poisoned(journal.messages_of(failed[0].entry), height).reasons
        except OutOfGas:
            self._forming.ran_out_of_gas()
            reasons = {}
        if not reasons and self._forming.posted_to == self._contract.address:
            # Nothing is wrong with them, and no StockLedger took over: perhaps the limit that they were signed with.
            self._forming.raise_margin()
        self.give_back(failed, reasons)

    def give_back(self, failed: Sequence[LiveBatch], reasons: Mapping[int, Revert]) -> None:
        """Takes failed batches out of play: what there are ``reasons`` against is parked or refused, the rest waits."""
        lane, journal = self._lane, self._lane.journal
        held = [message for batch in failed for message in journal.messages_of(batch.entry)]
        reasons = self._with_siblings(reasons, held)
        # In words before the outbox is locked: the node may be asked for names.
        said = {number: line_of(revert, self._contract.names) for number, revert in reasons.items()}
        with lane.writing():
            # Under the lock: another process may have recovered the lane meanwhile.
            if journal.open_batches() != failed:
                return
            for number, revert in reasons.items():
                self._park_or_refuse(number, revert, said[number])
            journal.retire(failed)
            lane.queue.put_back(movements_of([message for message in held if message.id not in reasons]))
            lane.touch()
        self._forming.forget()  # it took for written what these would have written

    def look_at_parked(self) -> None:
        """Lets those wait for a batch whose cause has come, and refuses those that waited for long enough."""
        now = self._clock()
        if now - self._looked_at < LOOK_SECONDS or not self._lane.journal.parked_count():
            return
        self._looked_at = now
        height = self._recent_height()
        if height is None:
            return  # their cause may be in a block that is not here yet
        verdicts = self._parking.look(height)
        if verdicts.released or verdicts.refused:
            self._settle(verdicts)
        self._parking.remember(verdicts.tried)

    def _recent_height(self) -> int | None:
        """The newest final block; None while it is no present to judge messages by."""
        try:
            return recent_height(self._ledger)
        except ChainBehind as behind:
            log.warning("judging-waits", reason=behind.message)
            return None

    def _require_own_lane(self, failed: Sequence[LiveBatch], expected: int) -> None:
        if self._lane.journal.open_batches() != failed:
            return  # another process has recovered the lane meanwhile
        raise LaneTaken(
            f"batch {failed[0].sequence} of lane {self._lane.number} failed, but the chain expects batch {expected}",
            hint="is the lane in use by another outbox? Post on another lane",
        )

    def _with_siblings(self, reasons: Mapping[int, Revert], held: Sequence[Waiting]) -> dict[int, Revert]:
        """The reasons, and those movements of the same messages that are not carried out: such a message goes whole."""
        found, open_ones = dict(reasons), {message.id for message in held}
        for number, revert in reasons.items():
            for other in self._lane.journal.siblings(number):
                if other in open_ones:
                    found.setdefault(other, revert)
        return found

    def _park_or_refuse(self, number: int, revert: Revert, reason: str) -> None:
        journal = self._lane.journal
        content, since = journal.content(number)
        patience = journal.patience_of(number)
        over = patience is not None and patience <= self._lane.sender.now()
        if not over and self._parking.takes(revert, content, journal.park_stated(number)):
            journal.park(number, reason, self._parking.until(since))
        else:
            self._lane.refuse(number, reason)

    def _settle(self, verdicts: Verdicts) -> None:
        lane = self._lane
        with lane.writing():
            still = {early.waiting.id for early in lane.journal.parked()}
            released = [message for message in verdicts.released if message.id in still]
            lane.journal.unpark(message.id for message in released)
            lane.queue.put_back(movements_of(released))
            for number in verdicts.refused.keys() & still:
                lane.refuse(number, verdicts.refused[number])
            lane.touch()
