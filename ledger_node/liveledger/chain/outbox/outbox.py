"""The outbox: what was acknowledged stands here, on disk, until it is final (SQLite, synced on every commit)."""

from __future__ import annotations

import hashlib
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any

from liveledger.chain.outbox import schema
from liveledger.chain.outbox.schema import SCHEMA_VERSION
from liveledger.domain.errors import ConfigurationError, InvalidInput


class State(IntEnum):
    """How far an entry is: acknowledged and not final yet, or final (carried out or reverted: see its status)."""

    PENDING = 0
    FINAL = 1


class KeyReused(InvalidInput):
    """An idempotency key came back with another request; the first one stands."""

    code = "key-reused"
    http_status = 409


@dataclass(frozen=True, slots=True)
class Entry:
    """One acknowledged request without its calldata (see ``Outbox.data``); ``state`` is a State."""

    id: int
    key: str
    nonce: int
    target: bytes
    gas: int
    state: int
    acknowledged_at: float
    final_at: float | None
    block: int | None
    tx_hash: bytes | None
    status: int | None
    gas_used: int | None
    problem: str | None


@dataclass(frozen=True, slots=True)
class Attempt:
    """A signed transaction of an entry without its bytes (see ``Outbox.raw``), ``size`` of them.

    A replacement is a second attempt with the same nonce and higher fees (wei a gas).
    """

    tx_hash: bytes
    entry: int
    max_fee: int
    priority_fee: int
    size: int


_CACHE_KIB = 32_768
_ENTRY = (
    "SELECT id, key, nonce, target, gas, state, acknowledged_at, final_at, block, tx_hash, status, gas_used,"
    " problem FROM entry "
)


def request_digest(target: bytes, data: bytes) -> bytes:
    """What an idempotency key stands for: SHA-256 of target and calldata."""
    return hashlib.sha256(target + data).digest()


class Outbox:
    """The outbox's file. Several processes may have it open; writes are serialised by SQLite's lock."""

    def __init__(self, path: Path, *, evm_chain_id: int, genesis: bytes) -> None:
        """Opens or creates the file.

        Raises ConfigurationError when it was written by a newer version or belongs to another chain.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        try:
            self._open(path, evm_chain_id, genesis)
        except sqlite3.DatabaseError as trouble:
            raise ConfigurationError(
                f"{path} cannot be used: {trouble}",
                hint="what was acknowledged stands in this file: restore it from a backup, do not remove it",
            ) from trouble

    def _open(self, path: Path, evm_chain_id: int, genesis: bytes) -> None:
        self.db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=30.0)
        self.db.execute("PRAGMA journal_mode = WAL")
        # FULL: a commit returns once it is on disk. That is what "acknowledged" means.
        self.db.execute("PRAGMA synchronous = FULL")
        self.db.execute("PRAGMA foreign_keys = ON")
        # Ids of messages fall anywhere in their index: with the usual 2 MB its pages are written again and again.
        self.db.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        path.chmod(0o600)
        self._migrate(path)
        self._bind(path, evm_chain_id, genesis)

    def close(self) -> None:
        """Closes the file."""
        self.db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """One write transaction; all of it or nothing is kept. Nested use joins the outer one."""
        with self._lock:
            if self.db.in_transaction:
                yield
                return
            self.db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self.db.execute("COMMIT")
            except BaseException:
                # A full disk may have ended it already. One left open would swallow all that is written later.
                if self.db.in_transaction:
                    self.db.execute("ROLLBACK")
                raise

    def read(self, query: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query; never what another thread is about to write."""
        with self._lock:
            return self.db.execute(query, parameters).fetchall()

    def _migrate(self, path: Path) -> None:
        with self.transaction():
            (version,) = self.db.execute("PRAGMA user_version").fetchone()
            if version > SCHEMA_VERSION:
                raise ConfigurationError(
                    f"{path} was written by a newer LiveLedger (schema {version})", hint="update LiveLedger"
                )
            if version == 0:
                schema.create(self.db)
            elif version == 1:
                schema.from_1(self.db)
            elif version == 2:
                schema.from_2(self.db)
            if version in {1, 2, 3}:
                schema.from_3(self.db)
            self.db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

    def _bind(self, path: Path, evm_chain_id: int, genesis: bytes) -> None:
        with self.transaction():
            row = self.db.execute("SELECT evm_chain_id, genesis FROM chain").fetchone()
            if row is None:
                self.db.execute("INSERT INTO chain VALUES (?, ?)", (evm_chain_id, genesis))
            elif row != (evm_chain_id, genesis):
                raise ConfigurationError(
                    f"{path} belongs to another chain (id {row[0]})",
                    hint="every ledger has a home of its own: was the chain re-created under an old outbox?",
                )

    def find(self, account: bytes, key: str) -> Entry | None:
        """The entry of an idempotency key."""
        return self._one(_ENTRY + "WHERE account = ? AND key = ?", (account, key))

    def require(self, account: bytes, key: str, request: bytes) -> Entry | None:
        """Like ``find``. Raises KeyReused when the key stands for another request."""
        rows = self.read("SELECT request FROM entry WHERE account = ? AND key = ?", (account, key))
        if rows and rows[0][0] != request:
            raise KeyReused(f"the key {key!r} was used for another request", key=key)
        return self.find(account, key) if rows else None

    def next_nonce(self, account: bytes) -> int:
        """One more than the highest nonce ever assigned here; 0 for a new account."""
        ((highest,),) = self.read("SELECT max(nonce) FROM entry WHERE account = ?", (account,))
        return 0 if highest is None else int(highest) + 1

    def add(self, account: bytes, key: str, nonce: int, target: bytes, data: bytes, gas: int, now: float) -> int:
        """Adds an entry; returns its id. Call inside ``transaction`` together with ``add_attempt``."""
        cursor = self.db.execute(
            "INSERT INTO entry (account, key, nonce, request, target, data, gas, state, acknowledged_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (account, key, nonce, request_digest(target, data), target, data, gas, State.PENDING, now),
        )
        return int(cursor.lastrowid or 0)

    def data(self, entry: int) -> bytes:
        """Calldata of an entry; empty once it was carried out."""
        return bytes(self.read("SELECT data FROM entry WHERE id = ?", (entry,))[0][0])

    def raw(self, tx_hash: bytes) -> bytes | None:
        """Signed bytes of an attempt; None once its entry is final."""
        rows = self.read("SELECT raw FROM attempt WHERE tx_hash = ?", (tx_hash,))
        return bytes(rows[0][0]) if rows else None

    def add_attempt(self, attempt: Attempt, raw: bytes) -> None:
        """Keeps signed bytes."""
        row = (attempt.tx_hash, attempt.entry, attempt.max_fee, attempt.priority_fee, raw)
        self.db.execute(
            "INSERT OR IGNORE INTO attempt (tx_hash, entry, max_fee, priority_fee, raw) VALUES (?, ?, ?, ?, ?)", row
        )

    def pending(self, account: bytes, limit: int) -> list[Entry]:
        """The oldest entries that are not final, by nonce."""
        return self._many(_ENTRY + "WHERE account = ? AND state = 0 ORDER BY nonce LIMIT ?", (account, limit))

    def undelivered(self, account: bytes, limit: int) -> list[tuple[Entry, list[Attempt]]]:
        """The oldest entries that are not final, by nonce, each with its signed bytes, the cheapest first.

        All as it is at one moment: another process may record any of them as final meanwhile.
        """
        with self._snapshot():
            entries = self.pending(account, limit)
            attempts = self.attempts([entry.id for entry in entries])
        return [(entry, attempts[entry.id]) for entry in entries]

    @contextmanager
    def _snapshot(self) -> Iterator[None]:
        """What is read inside stands at one moment."""
        with self._lock:
            if self.db.in_transaction:
                yield
                return
            self.db.execute("BEGIN")
            try:
                yield
            finally:
                self.db.execute("COMMIT")

    def backlog(self) -> tuple[int, float | None]:
        """Requests and movements of all accounts that are not final (movements in a batch count as one request), and
        since when the oldest is acknowledged (Unix time).
        """
        (pending, sent), (waiting, queued) = (
            self.read(query)[0]
            for query in (
                "SELECT count(*), min(acknowledged_at) FROM entry WHERE state = 0",
                "SELECT coalesce(sum(waiting), 0), min(waiting_since) FROM lane",
            )
        )
        return int(pending + waiting), min((since for since in (sent, queued) if since is not None), default=None)

    def attempts(self, entries: Sequence[int]) -> dict[int, list[Attempt]]:
        """Attempts by entry, the cheapest first."""
        found: dict[int, list[Attempt]] = {entry: [] for entry in entries}
        with self._lock:
            for entry in entries:
                rows = self.db.execute(
                    "SELECT tx_hash, entry, max_fee, priority_fee, length(raw) FROM attempt"
                    " WHERE entry = ? ORDER BY max_fee",
                    (entry,),
                )
                found[entry] = [Attempt(*row) for row in rows]
        return found

    def finish(self, entry: int, *, block: int, tx_hash: bytes, status: int, gas_used: int, now: float) -> bool:
        """Records what came of an entry, once; its bytes are dropped when it was carried out.

        Returns False, and changes nothing, when that stood here already.
        """
        changed = self.db.execute(
            "UPDATE entry SET state = ?, block = ?, tx_hash = ?, status = ?, gas_used = ?, final_at = ?,"
            " problem = NULL, data = CASE ? WHEN 1 THEN x'' ELSE data END WHERE id = ? AND state = ?",
            (State.FINAL, block, tx_hash, status, gas_used, now, status, entry, State.PENDING),
        )
        self.db.execute("DELETE FROM attempt WHERE entry = ?", (entry,))
        return changed.rowcount == 1

    def note(self, entry: int, problem: str) -> None:
        """Keeps why an entry does not get on, as long as it is not final."""
        query = "UPDATE entry SET problem = ? WHERE id = ? AND state = ? AND problem IS NOT ?"
        with self.transaction():
            self.db.execute(query, (problem, entry, State.PENDING, problem))

    def _one(self, query: str, parameters: tuple[object, ...]) -> Entry | None:
        found = self._many(query, parameters)
        return found[0] if found else None

    def _many(self, query: str, parameters: tuple[object, ...]) -> list[Entry]:
        return [Entry(*row) for row in self.read(query, parameters)]
