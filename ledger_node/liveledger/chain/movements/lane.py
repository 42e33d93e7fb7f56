"""A lane as its poster works on it: its part of the outbox, and in memory the queue of what waits for a batch."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import Literal

import structlog

from liveledger.chain.movements.journal import Journal
from liveledger.chain.movements.queue import Queue
from liveledger.chain.outbox.sender import Sender
from liveledger.domain.errors import LiveLedgerError

log = structlog.get_logger("liveledger.chain.movements.posting")


class Lane:
    """One account's lane ``number``. ``queue`` is as the outbox has it after `synchronise`, and within `writing`."""

    def __init__(self, sender: Sender, number: int) -> None:
        self.sender = sender
        self.number = number
        self.journal = Journal(sender.outbox, sender.address, number)
        self.queue, self._version = Queue(), -1
        self.lock = threading.RLock()

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """The outbox's transaction, with the queue as the outbox has it; a write that fails has it read anew."""
        with self.lock:
            try:
                with self.sender.outbox.transaction():
                    self.synchronise()
                    yield
            except LiveLedgerError:
                raise  # a refusal, found before the queue was changed
            except BaseException:
                self._version = -1
                raise

    def touch(self) -> None:
        """Notes in the outbox that the lane has changed; inside `writing`."""
        self._version = self.journal.touch(self.queue.oldest(), len(self.queue), self.sender.now())

    def synchronise(self) -> None:
        """Reads the queue from the outbox when somebody else wrote to the lane; whoever calls holds ``lock``."""
        version = self.journal.version()
        if version != self._version:
            self.queue, self._version = Queue(self.journal.waiting()), version

    def open_ends(self, end: Literal["oldest", "newest"]) -> list[int]:
        """The oldest or newest numbers of what waits and of each batch that is not final."""
        with self.lock:
            self.synchronise()
            waiting = self.queue.oldest() if end == "oldest" else self.queue.newest()
            batches = self.journal.open_batches()
        numbers = [batch.first if end == "oldest" else batch.last for batch in batches]
        return numbers if waiting is None else [*numbers, waiting]

    def refuse(self, number: int, reason: str) -> None:
        """Notes that the chain does not take a message, by its number; inside `writing`."""
        self.journal.refuse(number, reason, self.sender.now())
        self.sender.metrics.movements_refused.inc()
        log.warning("message-refused", message_id=self.journal.message_id(number), lane=self.number, reason=reason)
