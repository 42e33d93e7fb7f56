"""Posting movements: messages in, batches on the chain, each message exactly once.

Acknowledged messages wait in the outbox; batches are formed of what waits, and the more waits, the larger the part
that is sorted together, which makes a movement cheaper the heavier the load. A batch is one transaction, all or
nothing. When a record is poisoned the contract names its index: that message is refused by name, and the rest is
posted again. Sequence numbers make a batch count once, whatever is sent twice.
"""

from __future__ import annotations

import contextlib
import itertools
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import structlog

from liveledger.bindings.errors import Revert
from liveledger.chain.contracts.ledger import Ledger
from liveledger.chain.movements.batching import (
    GAS_TARGET,
    MovementMessage,
    Movements,
    Warmth,
    cut,
    gas_limit,
    least_batches,
    post_call,
)
from liveledger.chain.movements.journal import Journal, LiveBatch, MessageStatus, Waiting, movements_of
from liveledger.chain.movements.parking import Parking, Verdicts
from liveledger.chain.movements.preflight import Trial
from liveledger.chain.movements.queue import Queue, orders_first
from liveledger.chain.movements.stock_contract import OutOfGas, StockContract
from liveledger.chain.outbox.sender import NotFinalYet, Request, Sender
from liveledger.chain.rpc.finality import ChainBehind, final_height, recent_height
from liveledger.chain.rpc.reverts import line_of
from liveledger.chain.rpc.transport import NodeUnreachable
from liveledger.domain.errors import InvalidInput, LiveLedgerError, TooLarge, Unavailable

log = structlog.get_logger("liveledger.chain.movements.posting")


class LaneTaken(LiveLedgerError):
    """The chain used a sequence number of this lane for something else than the outbox knows; nothing is posted."""

    code = "lane-taken"
    http_status = 409


class QueueFull(Unavailable):
    """So much waits already that no more is taken; nothing was kept."""

    code = "queue-full"


_POLL_SECONDS = 0.04
# Movements that may wait for a batch: some seconds of the heaviest load that a machine carries.
MAX_WAITING = 200_000
# A lane's batches on their way: what a block or two carry, and less than what an account's allowance bears.
_MAX_OPEN = 40
# While more than about a block's worth is on its way, what comes is left to gather.
_ENOUGH_OPEN = 30
_GATHER_SECONDS = 0.25
# From a few batches on their way on, what comes gathers for about a block: each forming pays anew for every SKU in it.
_FEW_OPEN, _GATHER_LONGER_SECONDS = 2, 0.9
# Slots that are remembered to be non-zero; what is forgotten is asked again.
_MOST_WARM = 1_000_000
# What a batch's gas limit is over the model's figure, and at most after batches that ran out of gas.
GAS_MARGIN_PERCENT, _MOST_GAS_MARGIN_PERCENT = 130, 10_000
# How often what is parked is looked at: about once a block.
_LOOK_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class _ChainState:
    """Next sequence of the lane, base fee (wei a gas) and next nonce of the account, after one block."""

    sequence: int
    base_fee: int
    nonce: int


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
        self._contract = StockContract(ledger, sender.address, lane)
        self._posted_to = self._contract.address
        self._journal = Journal(sender.outbox, sender.address, lane)
        self._queue, self._version = Queue(), -1
        self._warmth = Warmth()
        self._gas_target = GAS_TARGET
        self._gas_margin = GAS_MARGIN_PERCENT
        self._next_sku = 0
        self._clock = clock
        self._formed_at = clock() - _GATHER_SECONDS
        self._parking = Parking(self._journal, self._contract, patience=patience, now=sender.now)
        self._trial = Trial(ledger, self._contract, self._parking)
        self._looked_at = clock() - _LOOK_SECONDS
        self._pumping, self._state = threading.Lock(), threading.RLock()

    def post(self, messages: Sequence[MovementMessage], *, park: bool | None = None) -> int:
        """Acknowledges movements: when this returns they are on disk and will be posted exactly once.

        ``park``: see ``offer``. Returns how many are new; ids that were posted before are left out. Raises
        InvalidInput for a movement whose form is wrong, KeyReused for an id that came with another movement, QueueFull
        while too much waits, TooLarge for more than may ever wait.
        """
        self._require_room(len(messages))
        names, movements = _read(messages)
        with self._writing():
            return len(self._acknowledge(names, movements, {}, park))

    def offer(self, messages: Sequence[MovementMessage], *, park: bool | None = None) -> Offered:
        """The same for what fits one batch, after it was tried on the final state: all is kept or nothing.

        What came before its cause is parked, if this poster has patience: with ``park`` any movement, without a
        statement all but reservations, which are answered now, with ``park=False`` none. Raises RuleViolation naming
        the message that the chain refuses for another reason, and what `post` raises.
        """
        self._require_room(len(messages))
        names, movements = _read(messages)
        fresh = self._journal.fresh(names, movements)
        early = self._trial.run([messages[at] for at in fresh], park=park)
        with self._writing():
            added = self._acknowledge(names, movements, early, park)
        return Offered(len(added), sum(name in early for name in added))

    def check(self, messages: Sequence[MovementMessage], *, park: bool | None = None) -> Offered:
        """What `offer` would do with messages that are new. Raises what it raises, and writes nothing."""
        return Offered(len(messages), len(self._trial.run(messages, park=park)))

    def _require_room(self, more: int) -> None:
        if more > MAX_WAITING:
            raise TooLarge(f"{more} movements at once, at most {MAX_WAITING} may wait", hint="post them in parts")
        if len(self._queue) + more > MAX_WAITING:
            raise QueueFull(
                f"{len(self._queue)} movements wait for a batch, {MAX_WAITING} may",
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
        self._queue.extend(added)
        self._touch()
        return names

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        """The outbox's transaction, with the queue as the outbox has it; a write that fails has it read anew."""
        with self._state:
            try:
                with self.sender.outbox.transaction():
                    self._synchronise()
                    yield
            except LiveLedgerError:
                raise  # a refusal, found before the queue was changed
            except BaseException:
                self._version = -1
                raise

    def _touch(self) -> None:
        """Notes in the outbox that the lane has changed; inside `_writing`."""
        self._version = self._journal.touch(self._queue.oldest(), len(self._queue), self.sender.now())

    def _synchronise(self) -> None:
        """Reads the queue from the outbox when somebody else wrote to the lane."""
        version = self._journal.version()
        if version != self._version:
            self._queue, self._version = Queue(self._journal.waiting()), version

    def pump(self) -> None:
        """One step: forms batches, sends, records what is final, and sorts out what a poisoned record held up."""
        with self._pumping:
            self._form()
            self.sender.pump()
            try:
                self._recover()
            finally:  # what hinders a failed batch, a suspended account say, does not stop the clock of others
                self._look_at_parked()

    def newest_open(self) -> int | None:
        """Number of the newest message that waits or is on its way; None when there is none (some may be parked)."""
        return max(self._open("newest"), default=None)

    def _open(self, end: Literal["oldest", "newest"]) -> list[int]:
        """The oldest or newest numbers of what waits and of each batch that is not final."""
        with self._state:
            self._synchronise()
            waiting = self._queue.oldest() if end == "oldest" else self._queue.newest()
            batches = self._journal.open_batches()
        numbers = [batch.first if end == "oldest" else batch.last for batch in batches]
        return numbers if waiting is None else [*numbers, waiting]

    def wait(self, *, timeout: float = 60.0, newest: int | None = None) -> None:
        """Pumps until every message of the lane is posted, parked or refused; with ``newest``, those up to that number.

        Raises NotFinalYet when the time is over.
        """
        deadline = time.monotonic() + timeout
        while True:
            hindrance = "is the chain making blocks?"
            try:
                self.pump()
            except NodeUnreachable as away:
                hindrance = away.message
            oldest = min(self._open("oldest"), default=None)
            if oldest is None or (newest is not None and oldest > newest):
                return
            if time.monotonic() > deadline:
                name = self._journal.message_id(oldest)
                raise NotFinalYet(f"the message {name!r} is not final after {timeout} s", hint=hindrance)
            time.sleep(_POLL_SECONDS)

    def wait_for_room(self, more: int, *, timeout: float = 60.0) -> None:
        """Pumps until so many more messages may wait. Raises QueueFull when the time is over, TooLarge as `post`."""
        deadline = time.monotonic() + timeout
        while True:
            with self._state:
                self._synchronise()
            try:
                self._require_room(more)
            except QueueFull:
                if time.monotonic() > deadline:
                    raise
            else:
                return
            with contextlib.suppress(NodeUnreachable):
                self.pump()
            time.sleep(_POLL_SECONDS)

    def parked(self) -> int:
        """How many movements wait for their cause."""
        return self._journal.parked_count()

    def status(self, message_id: str) -> MessageStatus | None:
        """Where a message is; None when it was never posted on this lane."""
        return self._journal.status(message_id)

    def _form(self) -> None:
        """Forms batches of what waits, unless enough is on its way or a failed batch has to be dealt with first."""
        with self._state:
            self._synchronise()
            open_ones = self._journal.open_batches()
            if not len(self._queue) or not self._due(open_ones):
                return
            waiting = self._queue.every()
        # The node is asked before the outbox is locked: a slow one must not hold up the others that write to it.
        height = final_height(self.ledger)
        chain = self._chain_state(height)
        if len(self._warmth) > _MOST_WARM:
            self._warmth = Warmth()
        self._contract.learn(self._warmth, waiting, height)
        batches = self._cut(waiting, _MAX_OPEN - len(open_ones))
        ids = np.concatenate([batch.ids for batch in batches])
        with self._writing():
            if not self._queue.holds(ids):  # another process took some into a batch meanwhile
                self._warmth = Warmth()
                return
            self._enter(batches, chain)
            self._queue.drop(ids)
            self._touch()
        self._formed_at = self._clock()
        # What found no room goes first the next time.
        self._next_sku = int(batches[-1].skus[-1])
        self._gas_target = min(self._gas_target * 9 // 8, GAS_TARGET)
        self._gas_margin = max(self._gas_margin * 8 // 9, GAS_MARGIN_PERCENT)

    def _cut(self, waiting: Movements, room: int) -> list[Movements]:
        """As many batches as there is room for: of all that waits, or of the orders first where it may not all fit.

        Not of the orders first at all times: a SKU that has both would be paid for twice.
        """
        parts = orders_first(waiting)
        if len(parts) > 1 and 2 * least_batches(waiting, self._warmth, self._gas_target) <= room:
            parts = [waiting]
        formed = (cut(part, self._warmth, self._gas_target, self._next_sku) for part in parts)
        return list(itertools.islice(itertools.chain.from_iterable(formed), room))

    def _due(self, open_ones: Sequence[LiveBatch]) -> bool:
        if any(batch.failed for batch in open_ones) or len(open_ones) > _ENOUGH_OPEN:
            return False
        # Reservations are not for the next block but for this one, whatever they cost more.
        soon = len(open_ones) <= _FEW_OPEN or self._queue.reserve_only()
        gather = _GATHER_SECONDS if soon else _GATHER_LONGER_SECONDS
        return not open_ones or self._clock() - self._formed_at >= gather

    def _chain_state(self, height: int) -> _ChainState:
        execution = self.ledger.execution
        return _ChainState(
            self._contract.next_sequence(height),
            execution.block(height).base_fee,
            execution.nonce(self.sender.address, height),
        )

    def _enter(self, batches: Sequence[Movements], chain: _ChainState) -> None:
        """Signs batches and puts them into the outbox with the messages in them; inside its transaction.

        Sequence and nonce are decided here, under the lock: what the outbox holds may be ahead of ``chain``.
        """
        sequence = max(self._journal.next_sequence(), chain.sequence)
        self._posted_to = self._contract.address
        for number, batch in enumerate(batches, sequence):
            request = Request(
                key=f"post:{self.lane}:{number}:{self._journal.tries(number)}",
                to=self._posted_to,
                data=post_call(self.lane, number, batch),
                gas=gas_limit(batch, self._gas_margin),
                acknowledged_at=self._journal.waits_since(batch.ids, self.sender.now()),
            )
            (entry,) = self.sender.enter([request], base_fee=chain.base_fee, chain_nonce=chain.nonce)
            self._journal.add_batch(entry, number, batch.ids)

    def _recover(self) -> None:
        """Deals with failed batches, once nothing of the lane is in flight any more.

        A batch that failed did not use up its sequence number, so all later ones in flight failed too. Their messages
        wait again, in their order.
        """
        failed = self._journal.open_batches()
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
            reasons = self._contract.poisoned(self._journal.messages_of(failed[0].entry), height).reasons
        except OutOfGas:
            # The model of gas was too low for these: they go into smaller batches.
            self._gas_target, reasons = max(self._gas_target // 2, 1), {}
        if not reasons and self._posted_to == self._contract.address:
            # Nothing is wrong with them, and no StockLedger took over: perhaps the limit that they were signed with.
            self._gas_margin = min(4 * self._gas_margin, _MOST_GAS_MARGIN_PERCENT)
        self._give_back(failed, reasons)

    def _recent_height(self) -> int | None:
        """The newest final block; None while it is no present to judge messages by."""
        try:
            return recent_height(self.ledger)
        except ChainBehind as behind:
            log.warning("judging-waits", reason=behind.message)
            return None

    def _require_own_lane(self, failed: Sequence[LiveBatch], expected: int) -> None:
        if self._journal.open_batches() != failed:
            return  # another process has recovered the lane meanwhile
        raise LaneTaken(
            f"batch {failed[0].sequence} of lane {self.lane} failed, but the chain expects batch {expected}",
            hint="is the lane in use by another outbox? Post on another lane",
        )

    def _give_back(self, failed: Sequence[LiveBatch], reasons: Mapping[int, Revert]) -> None:
        held = [message for batch in failed for message in self._journal.messages_of(batch.entry)]
        reasons = self._with_siblings(reasons, held)
        # In words before the outbox is locked: the node may be asked for names.
        said = {number: line_of(revert, self._contract.names) for number, revert in reasons.items()}
        with self._writing():
            # Under the lock: another process may have recovered the lane meanwhile.
            if self._journal.open_batches() != failed:
                return
            for number, revert in reasons.items():
                self._park_or_refuse(number, revert, said[number])
            self._journal.retire(failed)
            self._queue.put_back(movements_of([message for message in held if message.id not in reasons]))
            self._touch()
        self._warmth = Warmth()  # it took for written what these would have written

    def _with_siblings(self, reasons: Mapping[int, Revert], held: Sequence[Waiting]) -> dict[int, Revert]:
        """The reasons, and those movements of the same messages that are not carried out: such a message goes whole."""
        found, open_ones = dict(reasons), {message.id for message in held}
        for number, revert in reasons.items():
            for other in self._journal.siblings(number):
                if other in open_ones:
                    found.setdefault(other, revert)
        return found

    def _park_or_refuse(self, number: int, revert: Revert, reason: str) -> None:
        content, since = self._journal.content(number)
        patience = self._journal.patience_of(number)
        over = patience is not None and patience <= self.sender.now()
        if not over and self._parking.takes(revert, content, self._journal.park_stated(number)):
            self._journal.park(number, reason, self._parking.until(since))
        else:
            self._refuse(number, reason)

    def _refuse(self, number: int, reason: str) -> None:
        self._journal.refuse(number, reason, self.sender.now())
        self.sender.metrics.movements_refused.inc()
        log.warning("message-refused", message_id=self._journal.message_id(number), lane=self.lane, reason=reason)

    def _look_at_parked(self) -> None:
        """Lets those wait for a batch whose cause has come, and refuses those that waited for long enough."""
        now = self._clock()
        if now - self._looked_at < _LOOK_SECONDS or not self._journal.parked_count():
            return
        self._looked_at = now
        height = self._recent_height()
        if height is None:
            return  # their cause may be in a block that is not here yet
        verdicts = self._parking.look(height)
        if verdicts.released or verdicts.refused:
            self._settle(verdicts)
        self._parking.remember(verdicts.tried)

    def _settle(self, verdicts: Verdicts) -> None:
        with self._writing():
            still = {early.waiting.id for early in self._journal.parked()}
            released = [message for message in verdicts.released if message.id in still]
            self._journal.unpark(message.id for message in released)
            self._queue.put_back(movements_of(released))
            for number in verdicts.refused.keys() & still:
                self._refuse(number, verdicts.refused[number])
            self._touch()


def _read(messages: Sequence[MovementMessage]) -> tuple[list[str], Movements]:
    """Ids of messages and their movements. Raises InvalidInput naming the message whose form is wrong."""
    names = [message.message_id for message in messages]
    try:
        movements = Movements.of_messages(messages)
        _require_text("".join(names))
    except (InvalidInput, OverflowError):
        for message in messages:
            _require_form(message)
        raise
    return names, movements


def _require_form(message: MovementMessage) -> None:
    try:
        Movements.of_messages([message])
        _require_text(message.message_id)
    except (InvalidInput, OverflowError) as error:
        raise InvalidInput(f"message {message.message_id!r}: {error}", message_id=message.message_id) from error


def _require_text(name: str) -> None:
    """The outbox keeps UTF-8, and a name must not end before its end there."""
    try:
        name.encode()
    except UnicodeEncodeError:
        raise InvalidInput("a message id is text: half a surrogate pair is none") from None
    if "\0" in name:
        raise InvalidInput("a message id has no NUL")
