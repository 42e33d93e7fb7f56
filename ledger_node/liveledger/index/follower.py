"""Follows the chain: pick a range → read → apply → advance the cursors, all of a range in one transaction."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DatabaseError, IntegrityError, OperationalError, ProgrammingError

from liveledger.chain.contracts.ledger import Ledger
from liveledger.chain.rpc.finality import final_height
from liveledger.chain.rpc.transport import MalformedAnswer, NodeUnreachable, RpcError
from liveledger.domain.errors import ConfigurationError
from liveledger.index import families, position
from liveledger.index.apply import Applier, Share
from liveledger.index.filling import Filler
from liveledger.index.position import Cursor, CursorMoved
from liveledger.index.ranges import Ranges
from liveledger.index.source import Range

__all__ = ["Cursor", "CursorMoved", "Index", "Progress"]

log = structlog.get_logger("liveledger.index")

Progress = Callable[[int, int], None]

_POLL_SECONDS = 0.1
_RETRY_SECONDS = 1.0


class Index:
    """The index of one ledger in one database. One thread writes; any number may read."""

    def __init__(self, engine: Engine, ledger: Ledger) -> None:
        """Opens the index, making the tables when they are not there or of another version.

        Raises ConfigurationError when the database holds the index of another chain.
        """
        self.engine = engine
        self.ledger = ledger
        self.movements = 0
        self._ranges = Ranges(engine)
        self._fillers: dict[str, Filler] = {}
        self._written: tuple[Cursor, dict[str, int]] | None = None
        try:
            try:
                position.open_tables(engine, ledger)
            except (IntegrityError, ProgrammingError):  # another process made the tables in the same moment
                position.open_tables(engine, ledger)
            self._at, self._heights = position.read(engine)
        except DatabaseError as trouble:
            raise ConfigurationError(
                f"the index cannot be opened: {trouble.orig}",
                hint="is the database there? The index is derived: remove its file or its tables, and it is rebuilt",
            ) from trouble
        self._applier = self._new_applier()

    def cursor(self) -> Cursor:
        """How far the index is."""
        return position.read(self.engine)[0]

    def family_heights(self) -> dict[str, int]:
        """How far it is with each family."""
        return position.read(self.engine)[1]

    def catch_up(self, to_height: int | None = None, progress: Progress | None = None) -> int:
        """Follows up to ``to_height``, or to what is final now; returns the height reached.

        A family that is behind is filled by one range, for that may take long: ``complete`` waits for it. ``progress``
        is called with (height, goal). Raises IndexDiffers or BrokenChain when the node's answers do not fit the chain,
        NodeUnreachable when it is away.
        """
        goal = final_height(self.ledger) if to_height is None else min(to_height, final_height(self.ledger))
        self._look()
        if self._at.height < goal:
            self.ledger.follow(final_height(self.ledger))
        while self._at.height < goal:
            try:
                self._step(goal)
            except CursorMoved as moved:
                log.info("cursor-moved", reason=moved.message)
                self._look()
            if progress is not None:
                progress(self._at.height, goal)
        for family in self.behind():
            try:
                self._fill(family)
            except CursorMoved as moved:  # another process, which fills as well
                log.info("cursor-moved", reason=moved.message)
                self._look()
        return self._at.height

    def complete(self, to_height: int | None = None, progress: Progress | None = None) -> int:
        """Catches up with every family that this program can follow. Raises as ``catch_up`` does."""
        reached = self.catch_up(to_height, progress)
        while self.behind():
            reached = self.catch_up(to_height, progress)
        return reached

    def behind(self) -> list[str]:
        """The families that are not as far as the index itself, the one that is furthest behind first."""
        return families.behind(self.ledger.manifest, self._heights, self._at.height)

    def refresh(self) -> None:
        """Catches up with all, together with another process, the API say, that follows with the same index."""
        self.complete()

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
            stop.wait(0 if self.behind() else pause)

    def _look(self) -> None:
        """Reads the cursors; what is in memory is dropped when another process has moved them."""
        self._at, self._heights = position.read(self.engine)
        if self._written != (self._at, self._heights):
            self._applier = self._new_applier()

    def _new_applier(self) -> Applier:
        self._manifest = self.ledger.manifest
        share = Share(self._going_on())
        return Applier(self.ledger.evm_chain_id, self._manifest, self.ledger.stock_line, share)

    def _going_on(self) -> frozenset[str]:
        return families.going_on(self.ledger.manifest, self._heights, self._at.height)

    def _step(self, goal: int) -> None:
        """One range of all that is as far as the cursor, at most to where a family is not known any more."""
        going = self._going_on()
        if self._manifest is not self.ledger.manifest or self._applier.share.families != going:
            self._applier = self._new_applier()
        until = min(goal, *(families.last_known(self._manifest, family) for family in going)) if going else goal
        part = self._ranges.read(self.ledger, self._applier, self._at.height + 1, until, self._at.hash)
        if part is not None:
            self._write(part, going)

    def _write(self, part: Range, going: frozenset[str]) -> None:
        before, last = self._at, part.blocks[-1]
        reached = Cursor(last.number, last.hash)

        def move(connection: Connection) -> None:
            position.advance(connection, before, reached)
            if families.advance(connection, going, before.height, reached.height) != len(going):
                raise CursorMoved(f"a family is not at block {before.height} any more", height=before.height)

        try:
            self.movements += self._ranges.write(self.ledger, self._applier, part, move)
        except BaseException:
            # What is in memory is ahead of the tables now: read it again.
            self._applier = self._new_applier()
            raise
        self._at, self._heights = reached, self._heights | dict.fromkeys(going, reached.height)
        self._written = self._at, self._heights

    def _fill(self, family: str) -> None:
        """One range of a family that is behind."""
        filler = self._fillers.setdefault(family, Filler(self.engine, self.ledger, family))
        goal = min(self._at.height, families.last_known(self.ledger.manifest, family))
        reached = filler.step(self._at, self._heights[family], goal)
        self._heights = self._heights | {family: reached}
        self._written = self._at, self._heights
        log.info("family-filled", family=family, height=reached, goal=goal)
