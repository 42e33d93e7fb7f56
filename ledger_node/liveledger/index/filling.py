"""Fills families that the index is behind with, in bounded ranges, while the others go on."""

from __future__ import annotations

from sqlalchemy import Connection, Engine, select

from liveledger.chain.contracts.ledger import Ledger
from liveledger.index import families
from liveledger.index.apply import Applier, Share
from liveledger.index.chain.tables import blocks
from liveledger.index.position import Cursor, CursorMoved, advance
from liveledger.index.ranges import Ranges
from liveledger.index.source import BrokenChain


class Filler:
    """Fills one family of one ledger, up to where the cursor stands."""

    def __init__(self, engine: Engine, ledger: Ledger, family: str) -> None:
        self._engine, self._ledger, self._family = engine, ledger, family
        # Most blocks hold none of one family's events, and their headers say so.
        self._ranges = Ranges(engine, sparse=True)
        self._manifest, self._height = ledger.manifest, -1
        self._applier = self._new_applier()

    def step(self, position: Cursor, height: int, goal: int) -> int:
        """One range behind block ``height``, at most to ``goal``; returns the block that is reached.

        Raises CursorMoved where another process was first, and what ``Index.catch_up`` raises.
        """
        if height != self._height or self._manifest is not self._ledger.manifest:
            self._manifest, self._applier = self._ledger.manifest, self._new_applier()
        self._height = -1  # not known before the range is written
        part = self._ranges.read(self._ledger, self._applier, height + 1, goal, self._hash(height))
        if part is None:
            self._height = height
            return height
        last = part.blocks[-1]
        if last.hash != self._hash(last.number):
            raise BrokenChain(f"block {last.number} is not the one that the index has", height=last.number)

        def move(connection: Connection) -> None:
            # Whoever holds the cursor writes: numbers of streams and leaves are given once.
            advance(connection, position, position)
            if families.advance(connection, [self._family], height, last.number) != 1:
                raise CursorMoved(f"{self._family} is not at block {height} any more", height=height)

        self._ranges.write(self._ledger, self._applier, part, move)
        self._height = last.number
        return last.number

    def _new_applier(self) -> Applier:
        ledger = self._ledger
        share = Share(frozenset({self._family}), core=False)
        return Applier(ledger.evm_chain_id, ledger.manifest, ledger.stock_line, share)

    def _hash(self, height: int) -> bytes:
        if height == 0:
            return self._ledger.execution.block_hash(0)
        with self._engine.connect() as connection:
            found: bytes = connection.execute(select(blocks.c.hash).where(blocks.c.height == height)).scalar_one()
            return found
