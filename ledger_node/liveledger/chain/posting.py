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

import structlog

from liveledger.bindings.errors import Revert
from liveledger.chain.batching import GAS_TARGET, MovementMessage, Movements, Warmth, cut, movement_bytes, post_call
from liveledger.chain.finality import final_height
from liveledger.chain.journal import Journal, LiveBatch, MessageStatus, Waiting
from liveledger.chain.ledger import Ledger
from liveledger.chain.queue import Queue
from liveledger.chain.reverts import violation
from liveledger.chain.sender import NotFinalYet, Request, Sender
from liveledger.chain.signing import MAX_TX_GAS
from liveledger.chain.stock_contract import OutOfGas, StockContract
from liveledger.chain.transport import NodeUnreachable
from liveledger.domain.errors import InvalidInput, LiveLedgerError, Unavailable

log = structlog.get_logger("liveledger.chain.posting")


class LaneTaken(LiveLedgerError):
    """The chain used a sequence number of this lane for something else than the outbox knows; nothing is posted."""

    code = "lane-taken"
    http_status = 409


class QueueFull(Unavailable):
    """So much waits already that no more is taken; nothing was kept."""

    code = "queue-full"


_POLL_SECONDS = 0.04
# Movements that may wait for a batch: ten seconds of the heaviest load that a machine carries.
MAX_WAITING = 500_000
# So many are sorted together at most: the batches that a lane may have on its way hold about as many.
_WINDOW = 200_000
# A lane's batches on their way: what a block or two carry, and less than what an account's allowance bears.
_MAX_OPEN = 32
# While more than about a block's worth is on its way, what comes is left to gather.
_ENOUGH_OPEN = 10
_GATHER_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class _ChainState:
    """Next sequence of the lane, base fee (wei a gas) and next nonce of the account, after one block."""

    sequence: int
    base_fee: int
    nonce: int


class Poster:
    """Posts movements of one account on one lane. A lane belongs to one poster at a time; threads may share it."""

    def __init__(
        self, ledger: Ledger, sender: Sender, *, lane: int = 0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.ledger = ledger
        self.sender = sender
        self.lane = lane
        self._contract = StockContract(ledger, sender.address, lane)
        self._journal = Journal(sender.outbox, sender.address, lane)
        self._queue, self._version = Queue(), -1
        self._warmth = Warmth()
        self._gas_target = GAS_TARGET
        self._next_sku = 0
        self._clock = clock
        self._formed_at = clock() - _GATHER_SECONDS
        self._pumping, self._state = threading.Lock(), threading.RLock()

    def post(self, messages: Sequence[MovementMessage], *, check: bool = False) -> int:
        """Acknowledges movements: when this returns they are on disk and will be posted exactly once.

        Returns how many are new; ids that were posted before are left out. With ``check`` the movements must fit one
        batch and are tried on the final state first: RuleViolation names the message, and nothing is kept. Raises
        InvalidInput for a movement whose form is wrong, KeyReused for an id that came with another movement, QueueFull
        while too much waits.
        """
        self._require_room(len(messages))
        contents = [_content(message) for message in messages]
        if check:
            fresh = self._journal.fresh(messages, contents)
            if not fresh:
                return 0
            self.check([messages[position] for position in fresh])
        with self._writing():
            self._require_room(len(messages))
            return self._acknowledge(messages, contents)

    def _require_room(self, more: int) -> None:
        if len(self._queue) + more > MAX_WAITING:
            raise QueueFull(
                f"{len(self._queue)} movements wait for a batch, {MAX_WAITING} may",
                hint="send these again in some seconds",
            )

    def _acknowledge(self, messages: Sequence[MovementMessage], contents: Sequence[bytes]) -> int:
        now = self.sender.now()
        ids = self._journal.add(messages, contents, now)
        if ids is None:  # some are known already
            fresh = self._journal.fresh(messages, contents)
            messages, contents = [messages[at] for at in fresh], [contents[at] for at in fresh]
            ids = self._journal.add(messages, contents, now) or range(0)
        documents = (message.document for message in messages)
        self._queue.extend(map(Waiting, ids, contents, documents))
        return len(ids)

    def check(self, messages: Sequence[MovementMessage]) -> None:
        """Tries messages on the state that is final, all in one batch, and writes nothing.

        Raises RuleViolation naming the message that the chain would refuse, InvalidInput when one batch is too small.
        """
        parts = list(cut(Movements.of_messages(messages), Warmth()))
        if len(parts) > 1:
            raise InvalidInput(
                f"{len(messages)} movements do not fit one batch", hint="post them without the check, or fewer"
            )
        height = final_height(self.ledger)
        revert = self._contract.refusal(parts[0], height, self._contract.next_sequence(height))
        if revert is not None:
            error = violation(revert)
            index = revert.args.get("index")
            if isinstance(index, int) and index < len(parts[0]):
                error.details["message_id"] = messages[int(parts[0].ids[index])].message_id
            raise error

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        """The outbox's transaction, with the queue as the outbox has it; a write that fails has it read anew."""
        with self._state:
            try:
                with self.sender.outbox.transaction():
                    self._synchronise()
                    yield
                    self._version = self._journal.touch(self._queue.oldest())
            except BaseException:
                self._version = -1
                raise

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
            self._recover()

    def newest_open(self) -> int | None:
        """Number of the newest message that is not final yet; None when all are."""
        with self._state:
            self._synchronise()
            numbers = [batch.last for batch in self._journal.open_batches()]
            waiting = self._queue.newest()
        return max(numbers + ([] if waiting is None else [waiting]), default=None)

    def wait(self, *, timeout: float = 60.0, newest: int | None = None) -> None:
        """Pumps until every message of the lane is posted or refused; with ``newest``, those up to that number.

        Raises NotFinalYet when the time is over.
        """
        deadline = time.monotonic() + timeout
        while True:
            hindrance = "is the chain making blocks?"
            try:
                self.pump()
            except NodeUnreachable as away:
                hindrance = away.message
            oldest = self._oldest_open()
            if oldest is None or (newest is not None and oldest > newest):
                return
            if time.monotonic() > deadline:
                name = self._journal.message_id(oldest)
                raise NotFinalYet(f"the message {name!r} is not final after {timeout} s", hint=hindrance)
            time.sleep(_POLL_SECONDS)

    def wait_for_room(self, more: int, *, timeout: float = 60.0) -> None:
        """Pumps until so many more messages may wait. Raises QueueFull when the time is over."""
        deadline = time.monotonic() + timeout
        while len(self._queue) + more > MAX_WAITING:
            if time.monotonic() > deadline:
                self._require_room(more)
            with contextlib.suppress(NodeUnreachable):
                self.pump()
            time.sleep(_POLL_SECONDS)

    def _oldest_open(self) -> int | None:
        with self._state:
            self._synchronise()
            numbers = [batch.first for batch in self._journal.open_batches()]
            waiting = self._queue.oldest()
        return min(numbers + ([] if waiting is None else [waiting]), default=None)

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
            queue, chosen = self._queue, self._queue.choose(_WINDOW)
        # The node is asked before the outbox is locked: a slow one must not hold up the others that write to it.
        height = final_height(self.ledger)
        chain = self._chain_state(height)
        self._contract.learn(self._warmth, chosen, height)
        formed = cut(chosen, self._warmth, self._gas_target, self._next_sku)
        batches = list(itertools.islice(formed, _MAX_OPEN - len(open_ones)))
        with self._writing():
            if self._queue is not queue:  # another process wrote to the lane meanwhile
                return
            self._enter(batches, chain)
            queue.drop([number for batch in batches for number in batch.ids.tolist()])
        self._formed_at = self._clock()
        # What found no room goes first the next time.
        self._next_sku = int(batches[-1].skus[-1])

    def _chain_state(self, height: int) -> _ChainState:
        execution = self.ledger.execution
        return _ChainState(
            self._contract.next_sequence(height),
            execution.block(height).base_fee,
            execution.nonce(self.sender.address, height),
        )

    def _due(self, open_ones: Sequence[LiveBatch]) -> bool:
        if any(batch.failed for batch in open_ones) or len(open_ones) > _ENOUGH_OPEN:
            return False
        return not open_ones or self._clock() - self._formed_at >= _GATHER_SECONDS

    def _enter(self, batches: Sequence[Movements], chain: _ChainState) -> None:
        """Signs batches and puts them into the outbox with the messages in them; inside its transaction.

        Sequence and nonce are decided here, under the lock: what the outbox holds may be ahead of ``chain``.
        """
        sequence = max(self._journal.next_sequence(), chain.sequence)
        for number, batch in enumerate(batches, sequence):
            request = Request(
                key=f"post:{self.lane}:{number}:{self._journal.tries(number)}",
                to=self._contract.address,
                data=post_call(self.lane, number, batch),
                gas=MAX_TX_GAS,
                acknowledged_at=self._journal.acknowledged_at(int(batch.ids.min())),
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
        height = final_height(self.ledger)
        expected = self._contract.next_sequence(height)
        if expected != failed[0].sequence:
            raise LaneTaken(
                f"batch {failed[0].sequence} of lane {self.lane} failed, but the chain expects batch {expected}",
                hint="is the lane in use by another outbox? Post on another lane",
            )
        try:
            refused = self._poisoned(failed[0], height)
        except OutOfGas:
            # The model of gas was too low for these: they go into smaller batches.
            self._gas_target, refused = max(self._gas_target // 2, 1), {}
        self._give_back(failed, refused)

    def _poisoned(self, batch: LiveBatch, height: int) -> dict[int, Revert]:
        """Why which messages of a batch keep the chain from taking the rest, by number.

        Raises RuleViolation for a reason that is about no single record (the account was suspended, say).
        """
        messages = self._journal.messages_of(batch.entry)
        found: dict[int, Revert] = {}
        while messages and (revert := self._contract.refusal(_movements(messages), height, batch.sequence)) is not None:
            index = revert.args.get("index")
            if not isinstance(index, int) or index >= len(messages):
                raise violation(revert)
            found[messages[index].id] = revert
            del messages[index]
        return found

    def _give_back(self, failed: Sequence[LiveBatch], refused: Mapping[int, Revert]) -> None:
        with self._writing():
            # Under the lock: another process may have recovered the lane meanwhile.
            if [batch.entry for batch in self._journal.open_batches()] != [batch.entry for batch in failed]:
                return
            for message, revert in refused.items():
                self._journal.refuse(message, str(revert))
                name = self._journal.message_id(message)
                log.warning("message-refused", message_id=name, lane=self.lane, reason=str(revert))
            self._journal.retire(failed)
            self._queue = Queue(self._journal.waiting())


def _movements(waiting: Sequence[Waiting]) -> Movements:
    ids, contents, documents = zip(*waiting, strict=True)
    return Movements.of(ids, contents, documents)


def _content(message: MovementMessage) -> bytes:
    """What the outbox keeps of a movement. Raises InvalidInput naming the message when its form is wrong."""
    try:
        content = movement_bytes(message.movement)
    except (InvalidInput, OverflowError) as error:
        raise InvalidInput(f"message {message.message_id!r}: {error}", message_id=message.message_id) from error
    if len(message.document) != 32:
        raise InvalidInput(
            f"message {message.message_id!r}: a document's leaf has 32 bytes", message_id=message.message_id
        )
    return content
