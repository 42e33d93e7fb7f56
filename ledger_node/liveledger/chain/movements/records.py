"""What the journal of a lane tells: batches, messages that wait or are parked, where a message is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from liveledger.chain.movements.batching import Movements
from liveledger.chain.outbox.outbox import State
from liveledger.domain.movements import LOT_BYTES

OWNER_BYTES = 4 + LOT_BYTES


@dataclass(frozen=True, slots=True)
class LiveBatch:
    """A batch that stands for its sequence number now: its entry's state and status, the ids of its messages."""

    entry: int
    sequence: int
    state: int
    status: int | None
    first: int
    last: int

    @property
    def open(self) -> bool:
        """Whether it is not carried out: it is on its way, or failed."""
        return self.state == State.PENDING or self.failed

    @property
    def failed(self) -> bool:
        """Whether the chain refused it: its messages are posted again in another batch."""
        return self.state == State.FINAL and self.status == 0


@dataclass(frozen=True, slots=True)
class MessageStatus:
    """Where a message is. ``sequence`` and ``position`` are None until it is in a batch, ``block`` until it is final;
    ``refusal`` says why the chain does not take it, ``parked`` what it waits for before it can be in a batch.
    """

    message_id: str
    lane: int
    sequence: int | None
    position: int | None
    block: int | None
    refusal: str | None
    parked: str | None = None


class Waiting(NamedTuple):
    """An acknowledged message by its number: the movement's ``content`` and the document's leaf."""

    id: int
    content: bytes
    document: bytes

    @property
    def owner(self) -> bytes:
        """SKU and lot as they begin the content: what a batch is sorted by."""
        return self.content[:OWNER_BYTES]


def movements_of(waiting: Sequence[Waiting]) -> Movements:
    """The same as arrays."""
    ids, contents, documents = zip(*waiting, strict=True) if waiting else ((), (), ())
    return Movements.of(ids, b"".join(contents), b"".join(documents))


def waiting_of(movements: Movements) -> list[Waiting]:
    """The same as messages."""
    contents = map(bytes, movements.contents)
    return list(map(Waiting, movements.ids.tolist(), contents, movements.leaves()))


class Parked(NamedTuple):
    """A message that came before its cause, and until when it may wait for that (Unix seconds)."""

    waiting: Waiting
    until: float
    problem: str


class RefusedMessage(NamedTuple):
    """A message that the chain did not take. ``number`` counts an outbox's refusals, ``account`` has 20 bytes,
    ``refused_at`` is in Unix seconds.
    """

    number: int
    message_id: str
    account: bytes
    lane: int
    reason: str
    refused_at: float
