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

from liveledger_oracles.erp.intake import Refused, Taken

SCHEMA_VERSION = 1
_TABLES = (
    "CREATE TABLE inbox (number INTEGER PRIMARY KEY AUTOINCREMENT, interface TEXT NOT NULL, kind TEXT NOT NULL,"
    " message_id TEXT NOT NULL, digest BLOB NOT NULL UNIQUE, line BLOB NOT NULL, received_at REAL NOT NULL)",
    "CREATE INDEX inbox_by_kind ON inbox (kind, number)",
    "CREATE TABLE dead (number INTEGER PRIMARY KEY AUTOINCREMENT, interface TEXT NOT NULL, kind TEXT NOT NULL,"
    " message_id TEXT, digest BLOB NOT NULL UNIQUE, line BLOB NOT NULL, code TEXT NOT NULL, reason TEXT NOT NULL,"
    " died_at REAL NOT NULL)",
    "CREATE TABLE counts (interface TEXT NOT NULL, kind TEXT NOT NULL, outcome TEXT NOT NULL, n INTEGER NOT NULL,"
    " PRIMARY KEY (interface, kind, outcome)) WITHOUT ROWID",
    "CREATE TABLE notes (name TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID",
    # Counting a table's rows takes longer the more there are, and it is done with every message.
    "CREATE TABLE sizes (name TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID",
    "INSERT INTO sizes VALUES ('inbox', 0), ('dead', 0)",
    "CREATE TRIGGER inbox_more AFTER INSERT ON inbox BEGIN UPDATE sizes SET n = n + 1 WHERE name = 'inbox'; END",
    "CREATE TRIGGER inbox_less AFTER DELETE ON inbox BEGIN UPDATE sizes SET n = n - 1 WHERE name = 'inbox'; END",
    "CREATE TRIGGER dead_more AFTER INSERT ON dead BEGIN UPDATE sizes SET n = n + 1 WHERE name = 'dead'; END",
    "CREATE TRIGGER dead_less AFTER DELETE ON dead BEGIN UPDATE sizes SET n = n - 1 WHERE name = 'dead'; END",
)
RECEIVED, REPEATED, DELIVERED, DROPPED = "received", "repeated", "delivered", "dead-letters-full"


class InboxFull(Unavailable):
    """So much waits already that nothing more is taken from the broker, which keeps it meanwhile."""

    code = "inbox-full"


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
    """A message that nobody took: why, and its text. ``message_id`` is None where it had none."""

    number: int
    interface: str
    kind: str
    message_id: str | None
    code: str
    reason: str
    died_at: float
    line: bytes


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why the API does not take a message."""

    code: str
    reason: str


class Inbox:
    """The bridge's file (SQLite, WAL, synced on every commit). Threads may share it."""

    def __init__(self, path: Path, *, max_pending: int, max_dead: int) -> None:
        """Opens or creates the file. Raises ConfigurationError when it cannot be used."""
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
            if self.pending() >= self._max_pending:
                raise InboxFull(f"{self._max_pending} messages wait for the API", hint="is the API running?")
            digest = _digest(taken.interface, taken.kind, taken.line)
            added = self._db.execute(
                "INSERT OR IGNORE INTO inbox (interface, kind, message_id, digest, line, received_at)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (taken.interface, taken.kind, taken.message_id, digest, taken.line, time.time()),
            ).rowcount
            self._count(taken.interface, taken.kind, RECEIVED if added else REPEATED)
        return bool(added)

    def refuse(self, refused: Refused, payload: bytes) -> None:
        """Counts a message that is not forwarded, and keeps its text where the interface is listed."""
        with self._writing():
            self._count(refused.interface, refused.kind, f"refused:{refused.code}")
            if refused.kept:
                digest = _digest(refused.interface, refused.kind, payload)
                content = (refused.interface, refused.kind, None, digest, payload)
                self._bury(content, Verdict(refused.code, refused.reason))

    def oldest(self, kind: str, most: int) -> list[Waiting]:
        """Messages of a kind in the order in which they came."""
        query = "SELECT number, interface, kind, message_id, line FROM inbox WHERE kind = ? ORDER BY number LIMIT ?"
        with self._lock:
            return [Waiting(*row) for row in self._db.execute(query, (kind, most))]

    def settle(self, delivered: Sequence[Waiting], refused: Sequence[tuple[Waiting, Verdict]]) -> None:
        """Forgets what the API has, and moves what it refused to the dead letters; all in one transaction."""
        with self._writing():
            for message in delivered:
                self._count(message.interface, message.kind, DELIVERED)
            for message, verdict in refused:
                self._count(message.interface, message.kind, f"refused:{verdict.code}")
                digest = _digest(message.interface, message.kind, message.line)
                content = (message.interface, message.kind, message.message_id, digest, message.line)
                self._bury(content, verdict)
            numbers = [(message.number,) for message in (*delivered, *(one for one, _ in refused))]
            self._db.executemany("DELETE FROM inbox WHERE number = ?", numbers)

    def retry(self, numbers: Sequence[int]) -> int:
        """Lets dead letters that have an id wait for the API again; returns how many."""
        moved = 0
        with self._writing():
            for number in numbers:
                moved += self._db.execute(
                    "INSERT OR IGNORE INTO inbox (interface, kind, message_id, digest, line, received_at)"
                    " SELECT interface, kind, message_id, digest, line, ? FROM dead"
                    " WHERE number = ? AND message_id IS NOT NULL",
                    (time.time(), number),
                ).rowcount
                self._db.execute(
                    "DELETE FROM dead WHERE number = ? AND digest IN (SELECT digest FROM inbox)", (number,)
                )
        return moved

    def dead(self, *, after: int = 0, most: int = 1000) -> list[DeadLetter]:
        """Dead letters behind a number, in the order in which they came."""
        query = (
            "SELECT number, interface, kind, message_id, code, reason, died_at, line FROM dead"
            " WHERE number > ? ORDER BY number LIMIT ?"
        )
        with self._lock:
            return [DeadLetter(*row) for row in self._db.execute(query, (after, most))]

    def pending(self) -> int:
        """How many messages wait for the API."""
        return self._size("inbox")

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
        """Keeps a dead letter; over the limit it is only counted, so that junk cannot fill the disk."""
        if self._size("dead") >= self._max_dead:
            self._count(content[0], content[1], DROPPED)
            return
        self._db.execute(
            "INSERT INTO dead (interface, kind, message_id, digest, line, code, reason, died_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (digest) DO UPDATE"
            " SET code = excluded.code, reason = excluded.reason, died_at = excluded.died_at",
            (*content, verdict.code, verdict.reason, time.time()),
        )

    def _count(self, interface: str, kind: str, outcome: str) -> None:
        self._db.execute(
            "INSERT INTO counts VALUES (?, ?, ?, 1) ON CONFLICT DO UPDATE SET n = n + 1", (interface, kind, outcome)
        )

    def _size(self, table: str) -> int:
        with self._lock:
            return int(self._db.execute("SELECT n FROM sizes WHERE name = ?", (table,)).fetchone()[0])

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
            version = int(self._db.execute("PRAGMA user_version").fetchone()[0])
            if version == 0:
                for statement in _TABLES:
                    self._db.execute(statement)
                self._db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        if version not in (0, SCHEMA_VERSION):
            raise ConfigurationError(
                f"{path} has the schema version {version}, this program knows {SCHEMA_VERSION}",
                hint="use the LiveLedger version that wrote it",
            )


def _digest(interface: str, kind: str, line: bytes) -> bytes:
    return hashlib.sha256(f"{interface}/{kind}\n".encode() + line).digest()
