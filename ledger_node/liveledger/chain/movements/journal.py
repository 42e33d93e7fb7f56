"""Which movements were acknowledged and which batch holds them: the poster's part of the outbox.

A message's name is one row, written once; what it says stands with all that came at once (`arrivals`). A batch lists
its messages by number, so that a message costs nothing more when its batch is formed, or formed again.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from liveledger.chain.movements.batching import Movements
from liveledger.chain.movements.lanes import in_parts, marks
from liveledger.chain.movements.message_store import Arrivals
from liveledger.chain.movements.records import LiveBatch, MessageStatus, Parked, Waiting, waiting_of
from liveledger.chain.outbox.outbox import KeyReused, Outbox

_MEMBER = np.dtype("<u8")
# Batches that are looked at together from the newest one back.
_A_LOOK = 64
_ENDLESS = (1 << 63) - 1


class Journal:
    """Messages and batches of one account on one lane. Writes belong into the outbox's ``transaction``."""

    def __init__(self, outbox: Outbox, account: bytes, number: int) -> None:
        self._outbox = outbox
        self._arrivals = Arrivals(outbox)
        self._number = number
        with outbox.transaction():
            outbox.db.execute("INSERT OR IGNORE INTO lane (account, number) VALUES (?, ?)", (account, number))
        ((self._lane,),) = outbox.read("SELECT id FROM lane WHERE account = ? AND number = ?", (account, number))

    def version(self) -> int:
        """Counts the writes to this lane, whoever made them."""
        ((version,),) = self._outbox.read("SELECT version FROM lane WHERE id = ?", (self._lane,))
        return int(version)

    def touch(self, oldest: int | None, waiting: int, now: float) -> int:
        """Notes a write, how many messages wait now and which came first; returns the version."""
        self._outbox.db.execute(
            "UPDATE lane SET version = version + 1, waiting = ?,"
            " open_from = coalesce(?, (SELECT max(id) + 1 FROM message), 0),"
            " waiting_since = ? WHERE id = ?",
            (waiting, oldest, None if oldest is None else self._counts_since(oldest, now), self._lane),
        )
        return self.version()

    def _counts_since(self, message: int, now: float) -> float:
        """One that was parked is late by its own fault: it does not count as waiting since it came."""
        return self._arrivals.acknowledged_at(message) if self.patience_of(message) is None else now

    def add(
        self, names: Sequence[str], movements: Movements, now: float, *, park: bool | None = None
    ) -> Movements | None:
        """Adds messages (their ids) that were never posted and returns them with their numbers; None, and nothing is
        added, if one was.

        ``park`` is what was stated about parking them.
        """
        if not names:
            return movements
        db = self._outbox.db
        first = self._newest() + 1
        db.execute("SAVEPOINT adding")
        # One statement for all: with one a name, most of the time goes into handing values over.
        added = db.execute(
            "INSERT OR IGNORE INTO message (lane, message_id) SELECT ?, value FROM json_each(?)",
            (self._lane, json.dumps(names, ensure_ascii=False)),
        )
        whole = added.rowcount == len(names)
        if whole:
            self._arrivals.add(self._lane, first, movements, now, park)
        else:
            db.execute("ROLLBACK TO adding")
        db.execute("RELEASE adding")
        return movements.numbered(first) if whole else None

    def _newest(self) -> int:
        ((newest,),) = self._outbox.read("SELECT coalesce(max(id), 0) FROM message")
        return int(newest)

    def fresh(self, names: Sequence[str], movements: Movements) -> list[int]:
        """Positions of the messages (their ids) that were never posted, each once.

        Raises KeyReused for an id that came with another movement.
        """
        known = self._known(names)
        found: list[int] = []
        for position, (name, content) in enumerate(zip(names, map(bytes, movements.contents), strict=True)):
            before = known.get(name)
            if before is None:
                known[name] = content
                found.append(position)
            elif before != content:
                raise KeyReused(f"the message {name!r} came with another movement", message_id=name)
        return found

    def _known(self, names: Sequence[str]) -> dict[str, bytes]:
        """Contents of those messages that were posted."""
        numbers: dict[str, int] = {}
        for part in in_parts(names):
            query = f"SELECT message_id, id FROM message WHERE lane = ? AND message_id IN ({marks(part)})"  # noqa: S608 -- nothing but question marks
            numbers.update(self._outbox.read(query, (self._lane, *part)))
        contents = self._arrivals.of(np.array(list(numbers.values()), np.uint64)).contents
        return dict(zip(numbers, map(bytes, contents), strict=True))

    def refusals_of(self, ids: Sequence[str]) -> dict[str, str | None]:
        """Why which of those messages that were posted are refused, by message id; None for all others of them."""
        found: dict[str, str | None] = {}
        for part in in_parts(ids):
            query = f"SELECT message_id, refusal FROM message WHERE lane = ? AND message_id IN ({marks(part)})"  # noqa: S608 -- nothing but question marks
            found.update(self._outbox.read(query, (self._lane, *part)))
        return found

    def add_batch(self, entry: int, sequence: int, ids: NDArray[np.uint64]) -> None:
        """Notes a batch and the messages in it, in its order."""
        self._outbox.db.execute(
            "INSERT INTO batch (entry, lane, sequence, live, first, last, members) VALUES (?, ?, ?, 1, ?, ?, ?)",
            (entry, self._lane, sequence, int(ids.min()), int(ids.max()), ids.astype(_MEMBER).tobytes()),
        )

    def waits_since(self, ids: NDArray[np.uint64], now: float) -> float:
        """When the oldest of these messages was acknowledged that was never parked (Unix seconds); else ``now``."""
        rows = self._outbox.read(
            "SELECT id FROM message NOT INDEXED"
            " WHERE id BETWEEN ? AND ? AND lane = ? AND patience IS NULL ORDER BY id LIMIT 1",
            (int(ids.min()), int(ids.max()), self._lane),
        )
        return self._arrivals.acknowledged_at(rows[0][0]) if rows else now

    def refuse(self, message: int, reason: str, now: float) -> None:
        """Notes that the chain does not take a message."""
        query = "UPDATE message SET refusal = ?, parked_until = NULL WHERE id = ?"
        self._outbox.db.execute(query, (reason, message))
        query = "INSERT INTO refusal (lane, message, refused_at) VALUES (?, ?, ?)"
        self._outbox.db.execute(query, (self._lane, message, now))

    def park(self, message: int, problem: str, until: float) -> None:
        """Keeps a message out of batches, at most until then or until the time that it got when it was parked first."""
        query = "UPDATE message SET patience = coalesce(patience, ?), problem = ? WHERE id = ?"
        self._outbox.db.execute(query, (until, problem, message))
        self._outbox.db.execute("UPDATE message SET parked_until = patience WHERE id = ?", (message,))

    def unpark(self, messages: Iterable[int]) -> None:
        """Lets parked messages wait for a batch again."""
        numbers = [(number,) for number in messages]
        self._outbox.db.executemany("UPDATE message SET parked_until = NULL WHERE id = ?", numbers)

    def parked(self) -> list[Parked]:
        """The parked messages, in the order in which they came."""
        rows = self._outbox.read(
            "SELECT id, parked_until, problem FROM message INDEXED BY message_parked"
            " WHERE lane = ? AND parked_until IS NOT NULL ORDER BY id",
            (self._lane,),
        )
        waiting = waiting_of(self._arrivals.of(np.array([row[0] for row in rows], np.uint64)))
        return [Parked(one, *row[1:]) for one, row in zip(waiting, rows, strict=True)]

    def parked_count(self) -> int:
        """How many messages are parked."""
        query = "SELECT count(*) FROM message INDEXED BY message_parked WHERE lane = ? AND parked_until IS NOT NULL"
        ((count,),) = self._outbox.read(query, (self._lane,))
        return int(count)

    def patience_of(self, message: int) -> float | None:
        """When the time of a message that was parked once is over (Unix seconds); None when it never was."""
        ((patience,),) = self._outbox.read("SELECT patience FROM message WHERE id = ?", (message,))
        return None if patience is None else float(patience)

    def park_stated(self, message: int) -> bool | None:
        """What a message's sender stated about parking it; None when nothing."""
        return self._arrivals.park_stated(message)

    def retire(self, failed: Sequence[LiveBatch]) -> None:
        """Takes failed batches out of play."""
        entries = [(batch.entry,) for batch in failed]
        self._outbox.db.executemany("UPDATE batch SET live = 0 WHERE entry = ?", entries)

    def next_sequence(self) -> int:
        """One more than the highest live sequence; 0 when there is none."""
        query = "SELECT sequence FROM batch WHERE lane = ? AND live = 1 ORDER BY sequence DESC LIMIT 1"
        rows = self._outbox.read(query, (self._lane,))
        return int(rows[0][0]) + 1 if rows else 0

    def open_batches(self) -> list[LiveBatch]:
        """Live batches that are pending or failed, by sequence.

        A batch is carried out after all before it: what is open is the end of the list, however long that has grown.
        """
        query = (
            "SELECT entry, sequence, state, status, first, last FROM batch INDEXED BY batch_sequence"
            " CROSS JOIN entry ON entry.id = batch.entry"
            " WHERE lane = ? AND live = 1 AND sequence < ? ORDER BY sequence DESC LIMIT ?"
        )
        found: list[LiveBatch] = []
        below = _ENDLESS
        while True:
            part = [LiveBatch(*row) for row in self._outbox.read(query, (self._lane, below, _A_LOOK))]
            still = list(itertools.takewhile(lambda batch: batch.open, part))
            found += still
            if len(still) < _A_LOOK:
                return found[::-1]
            below = part[-1].sequence

    def waiting(self) -> Movements:
        """Messages that are in no live batch, not parked and not refused, in the order in which they came."""
        with self._outbox.transaction():
            ((start,),) = self._outbox.read("SELECT open_from FROM lane WHERE id = ?", (self._lane,))
            held = self._outbox.read(
                "SELECT members FROM batch WHERE lane = ? AND live = 1 AND last >= ?", (self._lane, start)
            )
            # By their ids alone: through the index of message ids this would read all that the lane ever had.
            rows = self._outbox.read(
                "SELECT id FROM message NOT INDEXED"
                " WHERE id >= ? AND lane = ? AND (refusal IS NOT NULL OR parked_until IS NOT NULL)",
                (start, self._lane),
            )
            every = self._arrivals.since(self._lane, start)
        taken = np.frombuffer(b"".join(members for (members,) in held), _MEMBER)
        kept_out = np.array([row[0] for row in rows], _MEMBER)
        return every.at(~np.isin(every.ids, np.concatenate([taken, kept_out])))

    def messages_of(self, entry: int) -> list[Waiting]:
        """The messages of a batch, in its order."""
        ((members,),) = self._outbox.read("SELECT members FROM batch WHERE entry = ?", (entry,))
        return waiting_of(self._arrivals.of(np.frombuffer(members, _MEMBER).astype(np.uint64)))

    def content(self, message: int) -> tuple[bytes, float]:
        """A message's movement and when it was acknowledged (Unix seconds)."""
        (content,) = self._arrivals.of(np.array([message], np.uint64)).contents
        return bytes(content), self._arrivals.acknowledged_at(message)

    def message_id(self, message: int) -> str:
        """What the poster calls a message."""
        ((found,),) = self._outbox.read("SELECT message_id FROM message WHERE id = ?", (message,))
        return str(found)

    def siblings(self, message: int) -> list[int]:
        """The other movements that came of the same message: one that was split has ids with a blank and a number."""
        whole = self.message_id(message).partition(" ")[0]
        # Everything from "id " up to, and without, "id!", which follows the blank in ASCII.
        query = (
            "SELECT id FROM message WHERE lane = ? AND id != ?"
            " AND (message_id = ? OR (message_id >= ? AND message_id < ?))"
        )
        rows = self._outbox.read(query, (self._lane, message, whole, f"{whole} ", f"{whole}!"))
        return [int(row[0]) for row in rows]

    def tries(self, sequence: int) -> int:
        """How many batches there were with this sequence number."""
        query = "SELECT count(*) FROM batch WHERE lane = ? AND sequence = ?"
        ((count,),) = self._outbox.read(query, (self._lane, sequence))
        return int(count)

    def status(self, message_id: str) -> MessageStatus | None:
        """Where a message is; None when it was never posted."""
        query = (
            "SELECT id, refusal, iif(parked_until IS NULL, NULL, problem) FROM message"
            " WHERE lane = ? AND message_id = ?"
        )
        rows = self._outbox.read(query, (self._lane, message_id))
        if not rows:
            return None
        number, refusal, parked = rows[0]
        sequence, position, block = (None, None, None) if refusal or parked else self._place(number)
        return MessageStatus(message_id, self._number, sequence, position, block, refusal, parked)

    def _place(self, message: int) -> tuple[int | None, int | None, int | None]:
        """Batch of a message, its place in it and the block. Batches formed together overlap, others hardly do."""
        query = (
            "SELECT sequence, members, CASE WHEN entry.status = 1 THEN entry.block END"
            " FROM batch INDEXED BY batch_last CROSS JOIN entry ON entry.id = batch.entry"
            " WHERE lane = ? AND live = 1 AND last >= ? AND first <= ? ORDER BY last LIMIT ? OFFSET ?"
        )
        for offset in itertools.count(0, _A_LOOK):
            rows = self._outbox.read(query, (self._lane, message, message, _A_LOOK, offset))
            for sequence, members, block in rows:
                (found,) = np.nonzero(np.frombuffer(members, _MEMBER) == message)
                if len(found):
                    return int(sequence), int(found[0]), block
            if len(rows) < _A_LOOK:
                break
        return None, None, None
