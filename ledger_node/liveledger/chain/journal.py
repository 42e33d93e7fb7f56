"""Which movements were acknowledged and which batch holds them: the poster's part of the outbox.

A message is one row, written once. A batch lists its messages by number, so that a message costs nothing more when
its batch is formed, or formed again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from liveledger.chain.batching import MovementMessage
from liveledger.chain.outbox import KeyReused, Outbox, State

_IDS_A_QUERY = 1_000
_MEMBER = np.dtype("<u8")
_Id = TypeVar("_Id", int, str)


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
    """An acknowledged message by its number: content as in ``movement_bytes`` and the document's leaf."""

    id: int
    content: bytes
    document: bytes


class Parked(NamedTuple):
    """A message that came before its cause: since when it is acknowledged, until when it may wait (Unix seconds)."""

    waiting: Waiting
    since: float
    until: float
    problem: str


class Journal:
    """Messages and batches of one account on one lane. Writes belong into the outbox's ``transaction``."""

    def __init__(self, outbox: Outbox, account: bytes, number: int) -> None:
        self._outbox = outbox
        self._account = account
        self._number = number
        with outbox.transaction():
            outbox.db.execute("INSERT OR IGNORE INTO lane (account, number) VALUES (?, ?)", (account, number))
            query = "SELECT id FROM lane WHERE account = ? AND number = ?"
            (self._lane,) = outbox.db.execute(query, (account, number)).fetchone()

    def version(self) -> int:
        """Counts the writes to this lane, whoever made them."""
        (version,) = self._outbox.db.execute("SELECT version FROM lane WHERE id = ?", (self._lane,)).fetchone()
        return int(version)

    def touch(self, oldest: int | None) -> int:
        """Notes a write and the oldest message that waits now (None when none does); returns the version."""
        self._outbox.db.execute(
            "UPDATE lane SET version = version + 1,"
            " open_from = coalesce(?, (SELECT max(id) + 1 FROM message), 0) WHERE id = ?",
            (oldest, self._lane),
        )
        return self.version()

    def add(self, messages: Sequence[MovementMessage], contents: Sequence[bytes], now: float) -> range | None:
        """Adds messages that were never posted and returns their ids; None, and nothing is added, if one was."""
        db = self._outbox.db
        db.execute("SAVEPOINT adding")
        added = db.executemany(
            "INSERT OR IGNORE INTO message (lane, message_id, movement, document, acknowledged_at)"
            " VALUES (?, ?, ?, ?, ?)",
            [
                (self._lane, message.message_id, content, message.document, now)
                for message, content in zip(messages, contents, strict=True)
            ],
        ).rowcount
        if added < len(messages):
            db.execute("ROLLBACK TO adding")
        db.execute("RELEASE adding")
        if added < len(messages):
            return None
        (newest,) = db.execute("SELECT max(id) FROM message").fetchone()
        return range(newest - added + 1, newest + 1)

    def fresh(self, messages: Sequence[MovementMessage], contents: Sequence[bytes]) -> list[int]:
        """Positions of the messages that were never posted, each once; ``contents`` are their ``movement_bytes``.

        Raises KeyReused for an id that came with another movement.
        """
        known = self._known([message.message_id for message in messages])
        found: list[int] = []
        for position, (message, content) in enumerate(zip(messages, contents, strict=True)):
            before = known.get(message.message_id)
            if before is None:
                known[message.message_id] = content
                found.append(position)
            elif before != content:
                raise KeyReused(
                    f"the message {message.message_id!r} came with another movement", message_id=message.message_id
                )
        return found

    def _known(self, ids: Sequence[str]) -> dict[str, bytes]:
        """Contents of those messages that were posted."""
        found: dict[str, bytes] = {}
        for part in _parts(ids):
            query = f"SELECT message_id, movement FROM message WHERE lane = ? AND message_id IN ({_marks(part)})"  # noqa: S608 -- nothing but question marks
            found.update(self._outbox.db.execute(query, (self._lane, *part)))
        return found

    def add_batch(self, entry: int, sequence: int, ids: NDArray[np.uint64]) -> None:
        """Notes a batch and the messages in it, in its order."""
        self._outbox.db.execute(
            "INSERT INTO batch (entry, lane, sequence, live, first, last, members) VALUES (?, ?, ?, 1, ?, ?, ?)",
            (entry, self._lane, sequence, int(ids.min()), int(ids.max()), ids.astype(_MEMBER).tobytes()),
        )

    def refuse(self, message: int, reason: str) -> None:
        """Notes that the chain does not take a message."""
        query = "UPDATE message SET refusal = ?, parked_until = NULL, problem = NULL WHERE id = ?"
        self._outbox.db.execute(query, (reason, message))

    def park(self, message: int, problem: str, seconds: float) -> None:
        """Keeps a message out of batches until so long after it was acknowledged."""
        query = "UPDATE message SET parked_until = acknowledged_at + ?, problem = ? WHERE id = ?"
        self._outbox.db.execute(query, (seconds, problem, message))

    def unpark(self, messages: Iterable[int]) -> None:
        """Lets parked messages wait for a batch again."""
        db = self._outbox.db
        numbers = [(number,) for number in messages]
        db.executemany("UPDATE message SET parked_until = NULL, problem = NULL WHERE id = ?", numbers)
        if numbers:
            oldest = min(numbers)
            db.execute("UPDATE lane SET open_from = min(open_from, ?) WHERE id = ?", (*oldest, self._lane))

    def parked(self) -> list[Parked]:
        """The parked messages, in the order in which they came."""
        rows = self._outbox.db.execute(
            "SELECT id, movement, document, acknowledged_at, parked_until, problem FROM message"
            " WHERE lane = ? AND parked_until IS NOT NULL ORDER BY id",
            (self._lane,),
        )
        return [Parked(Waiting(*row[:3]), *row[3:]) for row in rows]

    def retire(self, failed: Sequence[LiveBatch]) -> None:
        """Takes failed batches out of play; their messages wait again."""
        db = self._outbox.db
        db.executemany("UPDATE batch SET live = 0 WHERE entry = ?", [(batch.entry,) for batch in failed])
        oldest = min(batch.first for batch in failed)
        db.execute("UPDATE lane SET open_from = min(open_from, ?) WHERE id = ?", (oldest, self._lane))

    def next_sequence(self) -> int:
        """One more than the highest live sequence; 0 when there is none."""
        query = "SELECT sequence FROM batch WHERE lane = ? AND live = 1 ORDER BY sequence DESC LIMIT 1"
        row = self._outbox.db.execute(query, (self._lane,)).fetchone()
        return 0 if row is None else int(row[0]) + 1

    def open_batches(self) -> list[LiveBatch]:
        """Live batches that are pending or failed, by sequence."""
        chosen = "SELECT entry.id, sequence, entry.state, entry.status, first, last FROM entry"
        joined = "JOIN batch ON batch.entry = entry.id AND lane = ? AND live = 1 WHERE account = ?"
        # Each half has a partial index of its own, so that what is done long ago costs nothing.
        query = f"{chosen} {joined} AND state = 0 UNION ALL {chosen} {joined} AND status = 0 ORDER BY sequence"
        mine = (self._lane, self._account)
        return [LiveBatch(*row) for row in self._outbox.db.execute(query, mine + mine)]

    def waiting(self) -> list[Waiting]:
        """Messages that are in no live batch and were not refused, in the order in which they came."""
        db = self._outbox.db
        (start,) = db.execute("SELECT open_from FROM lane WHERE id = ?", (self._lane,)).fetchone()
        held = db.execute("SELECT members FROM batch WHERE lane = ? AND live = 1 AND last >= ?", (self._lane, start))
        taken = {int(number) for (members,) in held for number in np.frombuffer(members, _MEMBER)}
        rows = db.execute(
            "SELECT id, movement, document FROM message WHERE id >= ? AND lane = ? AND refusal IS NULL"
            " AND parked_until IS NULL ORDER BY id",
            (start, self._lane),
        )
        return [Waiting(*row) for row in rows if row[0] not in taken]

    def messages_of(self, entry: int) -> list[Waiting]:
        """The messages of a batch, in its order."""
        (members,) = self._outbox.db.execute("SELECT members FROM batch WHERE entry = ?", (entry,)).fetchone()
        ids = [int(number) for number in np.frombuffer(members, _MEMBER)]
        found: dict[int, Waiting] = {}
        for part in _parts(ids):
            query = f"SELECT id, movement, document FROM message WHERE id IN ({_marks(part)})"  # noqa: S608 -- nothing but question marks
            found |= {row[0]: Waiting(*row) for row in self._outbox.db.execute(query, part)}
        return [found[number] for number in ids]

    def content(self, message: int) -> tuple[bytes, float]:
        """A message's movement and when it was acknowledged (Unix seconds)."""
        query = "SELECT movement, acknowledged_at FROM message WHERE id = ?"
        content, since = self._outbox.db.execute(query, (message,)).fetchone()
        return bytes(content), float(since)

    def message_id(self, message: int) -> str:
        """What the poster calls a message."""
        (found,) = self._outbox.db.execute("SELECT message_id FROM message WHERE id = ?", (message,)).fetchone()
        return str(found)

    def tries(self, sequence: int) -> int:
        """How many batches there were with this sequence number."""
        query = "SELECT count(*) FROM batch WHERE lane = ? AND sequence = ?"
        (count,) = self._outbox.db.execute(query, (self._lane, sequence)).fetchone()
        return int(count)

    def status(self, message_id: str) -> MessageStatus | None:
        """Where a message is; None when it was never posted."""
        query = "SELECT id, refusal, problem FROM message WHERE lane = ? AND message_id = ?"
        row = self._outbox.db.execute(query, (self._lane, message_id)).fetchone()
        if row is None:
            return None
        number, refusal, problem = row
        sequence, position, block = (None, None, None) if refusal or problem else self._place(number)
        return MessageStatus(message_id, self._number, sequence, position, block, refusal, problem)

    def _place(self, message: int) -> tuple[int | None, int | None, int | None]:
        """Batch of a message, its place in it and the block. Batches formed together overlap, others hardly do."""
        rows = self._outbox.db.execute(
            "SELECT sequence, members, CASE WHEN entry.status = 1 THEN entry.block END FROM batch"
            " JOIN entry ON entry.id = batch.entry"
            " WHERE lane = ? AND live = 1 AND last >= ? AND first <= ? ORDER BY last",
            (self._lane, message, message),
        )
        for sequence, members, block in rows:
            (found,) = np.nonzero(np.frombuffer(members, _MEMBER) == message)
            if len(found):
                return int(sequence), int(found[0]), block
        return None, None, None


def _parts(ids: Sequence[_Id]) -> Iterator[Sequence[_Id]]:
    return (ids[start : start + _IDS_A_QUERY] for start in range(0, len(ids), _IDS_A_QUERY))


def _marks(part: Sequence[object]) -> str:
    return ",".join("?" * len(part))
