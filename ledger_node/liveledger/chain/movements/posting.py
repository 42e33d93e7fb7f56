"""Posting movements: messages in, batches on the chain, each message exactly once.

Acknowledged messages wait in the outbox (`lane`); batches are formed of what waits (`forming`). A batch is one
transaction, all or nothing: what the chain does not take is refused by name, and the rest is posted again (`recovery`).
Sequence numbers make a batch count once, whatever is sent twice.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from liveledger.chain.contracts.ledger import Ledger
from liveledger.chain.movements.batching import MovementMessage, Movements
from liveledger.chain.movements.forming import Forming
from liveledger.chain.movements.lane import Lane
from liveledger.chain.movements.message_forms import read_messages
from liveledger.chain.movements.parking import Parking
from liveledger.chain.movements.preflight import Trial
from liveledger.chain.movements.records import MessageStatus
from liveledger.chain.movements.recovery import Recovery
from liveledger.chain.movements.stock_contract import StockContract
from liveledger.chain.outbox.sender import NotFinalYet, Sender
from liveledger.chain.rpc.transport import NodeUnreachable
from liveledger.domain.errors import TooLarge, Unavailable
from liveledger.domain.waiting import wait_until


class QueueFull(Unavailable):
    """So much waits already that no more is taken; nothing was kept."""

    code = "queue-full"


_POLL_SECONDS = 0.04
# Movements that may wait for a batch: some seconds of the heaviest load that a machine carries.
MAX_WAITING = 200_000


@dataclass(frozen=True, slots=True)
class Offered:
    """What came of an offer: messages that are new, and those among them that wait for their cause."""

    new: int
    parked: int


class Poster:
    """Posts movements of one account on one lane. A lane belongs to one poster at a time; threads may share it."""

    def __init__(
        self,
        ledger: Ledger,
        sender: Sender,
        *,
        lane: int = 0,
        patience: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``patience``: seconds that a movement may wait for its cause before it is refused."""
        self.ledger = ledger
        self.sender = sender
        self.lane = lane
        contract = StockContract(ledger, sender.address, lane)
        self._lane = Lane(sender, lane)
        self._journal = self._lane.journal
        self._parking = Parking(self._journal, contract, patience=patience, now=sender.now)
        self._trial = Trial(ledger, contract, self._parking)
        self._forming = Forming(ledger, self._lane, contract, clock)
        self._recovery = Recovery(ledger, self._lane, contract, self._parking, self._forming, clock)
        self._pumping = threading.Lock()

    def post(self, messages: Sequence[MovementMessage], *, park: bool | None = None) -> int:
        """Acknowledges movements: when this returns they are on disk and will be posted exactly once.

        ``park``: see ``offer``. Returns how many are new; ids that were posted before are left out. Raises
        InvalidInput for a movement whose form is wrong, KeyReused for an id that came with another movement, QueueFull
        while too much waits, TooLarge for more than may ever wait.
        """
        self._require_room(len(messages))
        names, movements = read_messages(messages)
        with self._lane.writing():
            return len(self._acknowledge(names, movements, {}, park))

    def offer(self, messages: Sequence[MovementMessage], *, park: bool | None = None) -> Offered:
        """The same for what fits one batch, after it was tried on the final state: all is kept or nothing.

        What came before its cause is parked, if this poster has patience: with ``park`` any movement, without a
        statement all but reservations, which are answered now, with ``park=False`` none. Raises RuleViolation naming
        the message that the chain refuses for another reason, and what `post` raises.
        """
        self._require_room(len(messages))
        names, movements = read_messages(messages)
        fresh = self._journal.fresh(names, movements)
        early = self._trial.run([messages[at] for at in fresh], park=park)
        with self._lane.writing():
            added = self._acknowledge(names, movements, early, park)
        return Offered(len(added), sum(name in early for name in added))

    def check(self, messages: Sequence[MovementMessage], *, park: bool | None = None) -> Offered:
        """What `offer` would do with messages that are new. Raises what it raises, and writes nothing."""
        return Offered(len(messages), len(self._trial.run(messages, park=park)))

    def _require_room(self, more: int) -> None:
        if more > MAX_WAITING:
            raise TooLarge(f"{more} movements at once, at most {MAX_WAITING} may wait", hint="post them in parts")
        if len(self._lane.queue) + more > MAX_WAITING:
            raise QueueFull(
                f"{len(self._lane.queue)} movements wait for a batch, {MAX_WAITING} may",
                hint="send these again in some seconds",
            )

    def _acknowledge(
        self, names: Sequence[str], movements: Movements, early: Mapping[str, str], park: bool | None
    ) -> Sequence[str]:
        """Keeps the messages that are new, parks the ``early`` ones (why, by id); returns the new ones' ids."""
        self._require_room(len(names))
        now = self.sender.now()
        added = self._journal.add(names, movements, now, park=park)
        if added is None:  # some are known already
            fresh = self._journal.fresh(names, movements)
            names, movements = [names[at] for at in fresh], movements.at(np.array(fresh, np.intp))
            added = self._journal.add(names, movements, now, park=park)
            if added is None:
                raise AssertionError("what is new was posted already, inside one transaction")
        if not names:
            return names
        if early:
            for at, name in enumerate(names):
                if name in early:
                    self._journal.park(int(added.ids[at]), early[name], self._parking.until(now))
            added = added.at(np.array([name not in early for name in names]))
        self._lane.queue.extend(added)
        self._lane.touch()
        return names

    def pump(self) -> None:
        """One step: forms batches, sends, records what is final, and sorts out what a poisoned record held up."""
        with self._pumping:
            self._forming.form()
            self.sender.pump()
            try:
                self._recovery.recover()
            finally:  # what hinders a failed batch, a suspended account say, does not stop the clock of others
                self._recovery.look_at_parked()

    def newest_open(self) -> int | None:
        """Number of the newest message that waits or is on its way; None when there is none (some may be parked)."""
        return max(self._lane.open_ends("newest"), default=None)

    def wait(self, *, timeout: float = 60.0, newest: int | None = None) -> None:
        """Pumps until every message of the lane is posted, parked or refused; with ``newest``, those up to that number.

        Raises NotFinalYet when the time is over.
        """
        hindrance, oldest = "", 0

        def carried() -> bool:
            nonlocal hindrance, oldest
            hindrance = "is the chain making blocks?"
            try:
                self.pump()
            except NodeUnreachable as away:
                hindrance = away.message
            open_ones = self._lane.open_ends("oldest")
            oldest = min(open_ones, default=oldest)
            return not open_ones or (newest is not None and oldest > newest)

        def late() -> NotFinalYet:
            name = self._journal.message_id(oldest)
            return NotFinalYet(f"the message {name!r} is not final after {timeout} s", hint=hindrance)

        wait_until(carried, timeout, late, pause=_POLL_SECONDS)

    def wait_for_room(self, more: int, *, timeout: float = 60.0) -> None:
        """Pumps until so many more messages may wait. Raises QueueFull when the time is over, TooLarge as `post`."""
        full = QueueFull("nothing was looked at yet")

        def room() -> bool:
            nonlocal full
            with self._lane.lock:
                self._lane.synchronise()
            try:
                self._require_room(more)
            except QueueFull as refusal:
                full = refusal
                with contextlib.suppress(NodeUnreachable):
                    self.pump()
                return False
            return True

        wait_until(room, timeout, lambda: full, pause=_POLL_SECONDS)

    def parked(self) -> int:
        """How many movements wait for their cause."""
        return self._journal.parked_count()

    def status(self, message_id: str) -> MessageStatus | None:
        """Where a message is; None when it was never posted on this lane."""
        return self._journal.status(message_id)
