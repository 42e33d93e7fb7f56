"""Follows the chain: pick a range → read → apply → advance the cursor, all of a range in one transaction."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import structlog
from sqlalchemy import Connection, Engine, select, update
from sqlalchemy.exc import DatabaseError, DBAPIError, IntegrityError, OperationalError, ProgrammingError

from liveledger.chain.contracts.ledger import Ledger
from liveledger.chain.rpc.finality import final_height
from liveledger.chain.rpc.transport import MalformedAnswer, NodeUnreachable, RpcError
from liveledger.domain.errors import ConfigurationError, InvalidInput, LiveLedgerError
from liveledger.index.apply import Applier
from liveledger.index.chain.tables import cursor
from liveledger.index.columns import SCHEMA_VERSION, metadata
from liveledger.index.database import overtaken
from liveledger.index.source import BrokenChain, Range, read_range

log = structlog.get_logger("liveledger.index")

Progress = Callable[[int, int], None]

_FIRST_CHUNK = 32
_LARGEST_CHUNK = 900
# Half of what a compact node keeps, so that there is time to ask.
_RECENT_BLOCKS = 64
_FAST_SECONDS = 0.5
_POLL_SECONDS = 0.1
_RETRY_SECONDS = 1.0


class CursorMoved(LiveLedgerError):
    """Another process has advanced the same index in the meantime; nothing of this range was written."""

    code = "cursor-moved"


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last block that is in the index, and its hash."""

    height: int
    hash: bytes


class Index:
    """The index of one ledger in one database. One thread writes; any number may read."""

    def __init__(self, engine: Engine, ledger: Ledger) -> None:
        """Opens the index, making the tables when they are not there or of another version.

        Raises ConfigurationError when the database holds the index of another chain.
        """
        self.engine = engine
        self.ledger = ledger
        self.movements = 0
        self._chunk = _FIRST_CHUNK
        self._written: Cursor | None = None
        self._applier = self._new_applier()
        try:
            try:
                self._open()
            except (IntegrityError, ProgrammingError):  # another process made the tables in the same moment
                self._open()
        except DatabaseError as trouble:
            raise ConfigurationError(
                f"the index cannot be opened: {trouble.orig}",
                hint="is the database there? The index is derived: remove its file or its tables, and it is rebuilt",
            ) from trouble

    def cursor(self) -> Cursor:
        """How far the index is."""
        with self.engine.connect() as connection:
            row = connection.execute(select(cursor.c.height, cursor.c.hash)).one()
        return Cursor(row.height, row.hash)

    def catch_up(self, to_height: int | None = None, progress: Progress | None = None) -> int:
        """Follows up to ``to_height``, or to what is final now; returns the height reached.

        ``progress`` is called with (height, goal). Raises IndexDiffers or BrokenChain when the node's answers do not
        fit the chain, NodeUnreachable when it is away.
        """
        goal = final_height(self.ledger) if to_height is None else min(to_height, final_height(self.ledger))
        position = self._position()
        if position.height < goal:
            self._follow_stock()
        while position.height < goal:
            try:
                position = self._step(position, goal)
            except CursorMoved as moved:
                log.info("cursor-moved", reason=moved.message)
                position = self._position()
            if progress is not None:
                progress(position.height, goal)
        return position.height

    def _follow_stock(self) -> None:
        """Reads the StockLedger that took over by now, too: it was listed before its first event."""
        self.ledger.follow(final_height(self.ledger))
        if self._applier.line != self.ledger.stock_line:
            self._applier = self._new_applier()

    def _new_applier(self) -> Applier:
        return Applier(self.ledger.evm_chain_id, self.ledger.manifest, self.ledger.stock_line)

    def _position(self) -> Cursor:
        """The cursor; what is in memory is dropped when another process has moved it."""
        position = self.cursor()
        if position != self._written:
            self._applier = self._new_applier()
        return position

    def refresh(self) -> None:
        """Catches up as far as another process, the API say, that follows with the same index was not first."""
        with suppress(CursorMoved):
            self.catch_up()

    def follow(self, stop: threading.Event) -> None:
        """Follows until ``stop`` is set; waits while node or database are away or in trouble.

        Raises IndexDiffers or BrokenChain.
        """
        while not stop.is_set():
            pause = _POLL_SECONDS
            try:
                self.catch_up()
            except (NodeUnreachable, RpcError, MalformedAnswer) as passing:
                log.warning("index-waits", reason=passing.message)
                pause = _RETRY_SECONDS
            except OperationalError as passing:  # the database is away, or locked for long
                log.warning("index-waits", reason=str(passing.orig))
                pause = _RETRY_SECONDS
            stop.wait(pause)

    def _step(self, position: Cursor, goal: int) -> Cursor:
        """One range. Halves the range when the node has trouble with it, doubles it when it was fast."""
        first, last = position.height + 1, min(position.height + self._chunk, goal)
        started = time.monotonic()
        try:
            part = read_range(self.ledger, self._applier.followed, first, last, position.hash)
        except (RpcError, MalformedAnswer, NodeUnreachable) as trouble:
            if self._chunk == 1:
                raise
            self._chunk = max(1, (last - first + 1) // 2)
            log.info("range-halved", first=first, blocks=self._chunk, reason=trouble.message)
            return position
        reached = self._write(position, part)
        if time.monotonic() - started < _FAST_SECONDS:
            self._chunk = min(2 * self._chunk, _LARGEST_CHUNK)
        return reached

    def _write(self, position: Cursor, part: Range) -> Cursor:
        last = part.blocks[-1]
        try:
            with self.engine.begin() as connection:
                self._advance(connection, position, Cursor(last.number, last.hash))
                movements = self._apply(connection, part)
                self._compare(last.number)
        except BaseException:
            # What is in memory is ahead of the tables now: read it again.
            self._applier = self._new_applier()
            raise
        self.movements += movements
        self._written = Cursor(last.number, last.hash)
        return self._written

    def _compare(self, height: int) -> None:
        """Holds the streams against the chain's words at ``height``.

        A compact node has words of recent blocks only. What it cannot say of an older one is compared with the first
        block that it can speak of: a stream's head covers all of its past. How far the chain is now decides, not how
        far it was when the catching up began: that may take longer than a compact node remembers.
        """
        try:
            self._applier.heads.compare(lambda contract, slots: self.ledger.words(contract, slots, height), height)
        except RpcError as error:
            if final_height(self.ledger) - height <= _RECENT_BLOCKS:
                raise
            log.info("words-compared-later", height=height, reason=error.message)

    def _apply(self, connection: Connection, part: Range) -> int:
        try:
            return self._applier.apply(connection, part)
        except InvalidInput as error:
            raise BrokenChain(f"an event cannot be decoded: {error.message}", **error.details) from error

    def _advance(self, connection: Connection, position: Cursor, reached: Cursor) -> None:
        change = (
            update(cursor)
            .where(cursor.c.height == position.height, cursor.c.hash == position.hash)
            .values(height=reached.height, hash=reached.hash)
        )
        try:
            moved = connection.execute(change).rowcount == 1
        except DBAPIError as error:
            if not overtaken(error):
                raise
            moved = False
        if not moved:
            raise CursorMoved(f"the index is not at block {position.height} any more", height=position.height)

    def _open(self) -> None:
        genesis = self.ledger.execution.block_hash(0)
        identity = (self.ledger.chain_id, self.ledger.evm_chain_id)
        with self.engine.begin() as connection:
            cursor.create(connection, checkfirst=True)
            row = connection.execute(select(cursor)).first()
            if row is not None and (row.chain_id, row.evm_chain_id) != identity:
                raise ConfigurationError(
                    f"this index is of the chain {row.chain_id!r}, not {self.ledger.chain_id!r}",
                    hint="every ledger has an index of its own; remove this file to build it anew",
                )
            if row is not None and row.schema_version == SCHEMA_VERSION:
                return
            metadata.drop_all(connection)
            metadata.create_all(connection)
            connection.execute(
                cursor.insert().values(
                    id=1,
                    schema_version=SCHEMA_VERSION,
                    chain_id=self.ledger.chain_id,
                    evm_chain_id=self.ledger.evm_chain_id,
                    height=0,
                    hash=genesis,
                )
            )
