"""What was taken from the broker, on disk until the API has it; what is refused, with its reason; and all counts."""

from __future__ import annotations

import hashlib
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from liveledger.domain.errors import ConfigurationError, Unavailable
from liveledger_oracles.gateways.mqtt.intake import Refused, Taken
from liveledger_oracles.gateways.mqtt.tables import SCHEMA_VERSION, ensure

_OPEN_INTERFACES = (
    "SELECT waits.interface FROM sizes AS waits LEFT JOIN sizes AS dead"
    " ON dead.name = 'dead' AND dead.interface = waits.interface"
    " WHERE waits.name = 'inbox' AND waits.n > 0 AND coalesce(dead.n, 0) < ?"
)
RECEIVED, REPEATED, DELIVERED, DISCARDED = "received", "repeated", "delivered", "discarded"


class InboxFull(Unavailable):
    """So much of an interface waits already that nothing more of it is taken; the broker keeps it meanwhile."""

    code = "inbox-full"


class DeadLettersFull(InboxFull):
    """So many of an interface's messages were refused that somebody has to look; the broker keeps what comes."""

    code = "dead-letters-full"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message that waits for the API; ``line`` is one line of JSON."""

    number: int
    interface: str
    kind: str
    message_id: str
    line: bytes


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that nobody took: why, and its text. ``message_id`` is None where it had none.

    Only what is ``whole`` and has an id can be sent again; of the rest the beginning is kept.
    """

    number: int
    interface: str
    kind: str
    message_id: str | None
    code: str
    reason: str
    died_at: float
    line: bytes
    whole: bool

    def __post_init__(self) -> None:
        """SQLite has no truth values."""
        object.__setattr__(self, "whole", bool(self.whole))


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why the API does not take a message."""

    code: str
    reason: str


class Inbox:
    """The MQTT gateway's file (SQLite, WAL, synced on every commit). Threads may share it."""

    def __init__(self, path: Path, *, max_pending: int, max_dead: int) -> None:
        """Opens or creates the file; both limits are those of one interface. Raises ConfigurationError."""
        self._max_pending, self._max_dead = max_pending, max_dead
        self._lock = threading.RLock()
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=30.0)
            self._db.execute("PRAGMA journal_mode = WAL")
            # FULL: a commit returns once it is on disk; only then is the broker told.
            self._db.execute("PRAGMA synchronous = FULL")
            self._ensure_schema(path)
        except sqlite3.DatabaseError as trouble:
            raise ConfigurationError(
                f"{path} cannot be used: {trouble}",
                hint="what was taken from the broker stands in this file: restore it, do not remove it",
            ) from trouble
        path.chmod(0o600)

    def close(self) -> None:
        """Closes the file."""
        self._db.close()

    def take(self, taken: Taken) -> bool:
        """Keeps a message; False when the very same one waits already. Raises InboxFull, and then keeps nothing."""
        with self._writing():
            if self._size("inbox", taken.interface) >= self._max_pending:
                raise InboxFull(
                    f"{self._max_pending} messages of {taken.interface} wait for the API", hint="is the API running?"
                )
            digest = _digest(taken.interface, taken.kind, taken.line)
            added = self._db.execute(
                "INSERT OR IGNORE INTO inbox (interface, kind, message_id, digest, line, received_at)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (taken.interface, taken.kind, taken.message_id, digest, taken.line, time.time()),
            ).rowcount
            self._count(taken.interface, taken.kind, RECEIVED if added else REPEATED)
        return bool(added)

    def refuse(self, refused: Refused, payload: bytes) -> None:
        """Counts a message that is not forwarded, and keeps of it what `Refused` says where the interface is listed.

        Raises DeadLettersFull, and then neither counts nor keeps anything: the message is not to be acknowledged.
        """
        with self._writing():
            if refused.kept is not None:
                if self._size("dead", refused.interface) >= self._max_dead:
                    raise DeadLettersFull(
                        f"{self._max_dead} messages of {refused.interface} were refused",
                        hint="see `liveledger erp dead`; --retry or --discard them",
                    )
                digest = _digest(refused.interface, refused.kind, payload)
                content = (refused.interface, refused.kind, refused.message_id, digest, refused.kept, refused.whole)
                self._bury(content, Verdict(refused.code, refused.reason))
            self._count(refused.interface, refused.kind, f"refused:{refused.code}")

    def oldest(self, kind: str, most: int) -> list[Waiting]:
        """Messages of a kind: every interface has its turn, and of each the oldest come first.

        An interface that has as many dead letters as it may have is left out: what the API refuses has to go somewhere.
        """
        with self._lock:
            names = [str(row[0]) for row in self._db.execute(_OPEN_INTERFACES, (self._max_dead,))]
            share = -(-most // max(1, len(names)))
            found = [self._of(name, kind, share) for name in names]
            if sum(map(len, found)) < most:
                found = [self._of(rows[0].interface, kind, most) if len(rows) == share else rows for rows in found]
        turns = sorted((turn, one.number, one) for rows in found for turn, one in enumerate(rows))
        return [one for _, _, one in turns[:most]]

    def _of(self, interface: str, kind: str, most: int) -> list[Waiting]:
        query = (
            "SELECT number, interface, kind, message_id, line FROM inbox WHERE interface = ? AND kind = ?"
            " ORDER BY number LIMIT ?"
        )
        return [Waiting(*row) for row in self._db.execute(query, (interface, kind, most))]

    def settle(self, delivered: Sequence[Waiting], refused: Sequence[tuple[Waiting, Verdict]]) -> None:
        """Forgets what the API has, and moves what it refused to the dead letters; all in one transaction."""
        with self._writing():
            for message in delivered:
                self._count(message.interface, message.kind, DELIVERED)
            for message, verdict in refused:
                self._count(message.interface, message.kind, f"refused:{verdict.code}")
                digest = _digest(message.interface, message.kind, message.line)
                content = (message.interface, message.kind, message.message_id, digest, message.line, True)
                self._bury(content, verdict)
            numbers = [(message.number,) for message in (*delivered, *(one for one, _ in refused))]
            self._db.executemany("DELETE FROM inbox WHERE number = ?", numbers)

    def retry(self, numbers: Sequence[int]) -> int:
        """Lets dead letters that are whole and have an id wait for the API again; returns how many."""
        moved = 0
        with self._writing():
            for number in numbers:
                moved += self._db.execute(
                    "INSERT OR IGNORE INTO inbox (interface, kind, message_id, digest, line, received_at)"
                    " SELECT interface, kind, message_id, digest, line, ? FROM dead"
                    " WHERE number = ? AND whole AND message_id IS NOT NULL",
                    (time.time(), number),
                ).rowcount
                self._db.execute(
                    "DELETE FROM dead WHERE number = ? AND digest IN (SELECT digest FROM inbox)", (number,)
                )
        return moved

    def discard(self, numbers: Sequence[int], *, before: float = 0.0) -> int:
        """Forgets dead letters for good: those with these numbers, and all that died before a time (Unix seconds).

        Returns how many; they stay in the counts.
        """
        gone = 0
        with self._writing():
            chosen = [("number = ?", number) for number in numbers] + [("died_at < ?", before)]
            for condition, value in chosen:
                found = self._db.execute(
                    f"DELETE FROM dead WHERE {condition} RETURNING interface, kind",  # noqa: S608
                    (value,),
                ).fetchall()
                for interface, kind in found:
                    self._count(interface, kind, DISCARDED)
                gone += len(found)
        return gone

    def dead(self, *, after: int = 0, most: int = 1000) -> list[DeadLetter]:
        """Dead letters behind a number, in the order in which they came."""
        query = (
            "SELECT number, interface, kind, message_id, code, reason, died_at, line, whole FROM dead"
            " WHERE number > ? ORDER BY number LIMIT ?"
        )
        with self._lock:
            rows = self._db.execute(query, (after, most)).fetchall()
        return [DeadLetter(*row) for row in rows]

    def pending(self) -> int:
        """How many messages wait for the API."""
        return self._size("inbox")

    def sizes(self) -> dict[tuple[str, str], int]:
        """How much waits (``inbox``) and how much is ``dead``, by table and interface."""
        with self._lock:
            rows = self._db.execute("SELECT name, interface, n FROM sizes").fetchall()
        return {(str(name), str(interface)): int(n) for name, interface, n in rows}

    def counts(self) -> list[dict[str, Any]]:
        """Everything that was ever counted: interface, kind, outcome, n."""
        with self._lock:
            rows = self._db.execute("SELECT interface, kind, outcome, n FROM counts").fetchall()
        return [dict(zip(("interface", "kind", "outcome", "n"), row, strict=True)) for row in rows]

    def note(self, name: str, text: str) -> None:
        """Keeps a word on how things are, for `state`; it takes the place of the one before."""
        with self._writing():
            self._db.execute("INSERT OR REPLACE INTO notes (name, text) VALUES (?, ?)", (name, text))

    def state(self) -> dict[str, Any]:
        """How much waits, how much is dead, what was noted."""
        with self._lock:
            notes = dict(self._db.execute("SELECT name, text FROM notes").fetchall())
        return {"pending": self.pending(), "dead": self._size("dead"), **notes}

    def _bury(self, content: tuple[Any, ...], verdict: Verdict) -> None:
        """Keeps a dead letter. What the API refused is kept over the limit, too: it was acknowledged to the broker."""
        self._db.execute(
            "INSERT INTO dead (interface, kind, message_id, digest, line, whole, code, reason, died_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (digest) DO UPDATE"
            " SET code = excluded.code, reason = excluded.reason, died_at = excluded.died_at",
            (*content, verdict.code, verdict.reason, time.time()),
        )

    def _count(self, interface: str, kind: str, outcome: str) -> None:
        self._db.execute(
            "INSERT INTO counts VALUES (?, ?, ?, 1) ON CONFLICT DO UPDATE SET n = n + 1", (interface, kind, outcome)
        )

    def _size(self, table: str, interface: str | None = None) -> int:
        """Rows of a table, all or those of one interface."""
        query, values = "SELECT coalesce(sum(n), 0) FROM sizes WHERE name = ?", [table]
        if interface is not None:
            query, values = f"{query} AND interface = ?", [table, interface]
        with self._lock:
            return int(self._db.execute(query, values).fetchone()[0])

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    def _ensure_schema(self, path: Path) -> None:
        with self._writing():
            version = ensure(self._db)
        if version != SCHEMA_VERSION:
            raise ConfigurationError(
                f"{path} has the schema version {version}, this program knows {SCHEMA_VERSION}",
                hint="use the LiveLedger version that wrote it",
            )


def _digest(interface: str, kind: str, line: bytes) -> bytes:
    return hashlib.sha256(f"{interface}/{kind}\n".encode() + line).digest()
