"""Which message is in which batch: the poster's part of the outbox."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from liveledger.chain.batching import MovementMessage, movement_from
from liveledger.chain.outbox import KeyReused, Outbox
from liveledger.domain.movements import merkle_leaves

_IDS_A_QUERY = 1_000


@dataclass(frozen=True, slots=True)
class LiveBatch:
    """A batch that stands for its sequence number now: its entry's state and status, and key."""

    entry: int
    sequence: int
    key: str
    state: int
    status: int | None


@dataclass(frozen=True, slots=True)
class MessageStatus:
    """Where a message is. ``block`` is None until it is final; ``refusal`` says why the chain does not take it."""

    message_id: str
    lane: int
    sequence: int
    position: int
    block: int | None
    refusal: str | None


class Journal:
    """Messages and batches of one account on one lane. Writes belong into the outbox's ``transaction``."""

    def __init__(self, outbox: Outbox, account: bytes, lane: int) -> None:
        self._outbox = outbox
        self._stream = (account, lane)

    def fresh(self, messages: Sequence[MovementMessage], contents: Sequence[bytes]) -> list[MovementMessage]:
        """The messages that were never posted, each once; ``contents`` are their ``movement_bytes``.

        Raises KeyReused for an id that came with another movement.
        """
        known = self._known([message.message_id for message in messages])
        found: list[MovementMessage] = []
        for message, content in zip(messages, contents, strict=True):
            before = known.get(message.message_id)
            if before is None:
                known[message.message_id] = content
                found.append(message)
            elif before != content:
                raise KeyReused(
                    f"the message {message.message_id!r} came with another movement", message_id=message.message_id
                )
        return found

    def _known(self, ids: Sequence[str]) -> dict[str, bytes]:
        """Contents of those messages that were posted."""
        found: dict[str, bytes] = {}
        for start in range(0, len(ids), _IDS_A_QUERY):
            part = ids[start : start + _IDS_A_QUERY]
            places = ",".join("?" * len(part))
            query = (
                f"SELECT message_id, movement FROM message WHERE account = ? AND lane = ? AND message_id IN ({places})"  # noqa: S608 -- nothing but question marks
            )
            found.update(self._outbox.db.execute(query, (*self._stream, *part)))
        return found

    def add_batch(self, entry: int, sequence: int, batch: Sequence[MovementMessage], records: bytes) -> None:
        """Notes a batch, packed as ``records``, and where each message is; one that was in another batch moves."""
        self._outbox.db.execute(
            "INSERT INTO batch (entry, account, lane, sequence, live) VALUES (?, ?, ?, ?, 1)",
            (entry, *self._stream, sequence),
        )
        self._outbox.db.executemany(
            "INSERT INTO message (account, lane, message_id, movement, document, sequence, position)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET sequence = excluded.sequence, position = excluded.position",
            [
                (*self._stream, message.message_id, content, message.document, sequence, position)
                for position, (message, content) in enumerate(zip(batch, merkle_leaves(records), strict=True))
            ],
        )

    def refuse(self, message_id: str, reason: str) -> None:
        """Notes that the chain does not take a message."""
        self._outbox.db.execute(
            "UPDATE message SET refusal = ? WHERE account = ? AND lane = ? AND message_id = ?",
            (reason, *self._stream, message_id),
        )

    def retire(self, entries: Iterable[int]) -> None:
        """Takes failed batches out of play; their messages move to other batches."""
        self._outbox.db.executemany("UPDATE batch SET live = 0 WHERE entry = ?", [(entry,) for entry in entries])

    def next_sequence(self) -> int:
        """One more than the highest live sequence; 0 when there is none."""
        query = "SELECT max(sequence) FROM batch WHERE account = ? AND lane = ? AND live = 1"
        (highest,) = self._outbox.db.execute(query, self._stream).fetchone()
        return 0 if highest is None else int(highest) + 1

    def open_batches(self) -> list[LiveBatch]:
        """Live batches that are pending or failed, by sequence."""
        query = (
            "SELECT entry.id, batch.sequence, entry.key, entry.state, entry.status FROM entry"
            " JOIN batch ON batch.entry = entry.id"
            " WHERE batch.account = ? AND lane = ? AND live = 1 AND (entry.state = 0 OR entry.status = 0)"
            " ORDER BY sequence"
        )
        return [LiveBatch(*row) for row in self._outbox.db.execute(query, self._stream)]

    def messages_of(self, sequence: int) -> list[MovementMessage]:
        """The messages of a live batch that were not refused, in batch order."""
        query = (
            "SELECT message_id, movement, document FROM message"
            " WHERE account = ? AND lane = ? AND sequence = ? AND refusal IS NULL ORDER BY position"
        )
        rows = self._outbox.db.execute(query, (*self._stream, sequence))
        return [
            MovementMessage(message_id, movement_from(movement), document) for message_id, movement, document in rows
        ]

    def tries(self, sequence: int) -> int:
        """How many batches there were with this sequence number."""
        query = "SELECT count(*) FROM batch WHERE account = ? AND lane = ? AND sequence = ?"
        (count,) = self._outbox.db.execute(query, (*self._stream, sequence)).fetchone()
        return int(count)

    def status(self, message_id: str) -> MessageStatus | None:
        """Where a message is; None when it was never posted."""
        query = (
            "SELECT message_id, message.lane, message.sequence, position,"
            " CASE WHEN entry.status = 1 AND refusal IS NULL THEN entry.block END, refusal"
            " FROM message LEFT JOIN batch ON batch.account = message.account AND batch.lane = message.lane"
            " AND batch.sequence = message.sequence AND live = 1 LEFT JOIN entry ON entry.id = batch.entry"
            " WHERE message.account = ? AND message.lane = ? AND message_id = ?"
        )
        row = self._outbox.db.execute(query, (*self._stream, message_id)).fetchone()
        return None if row is None else MessageStatus(*row)
