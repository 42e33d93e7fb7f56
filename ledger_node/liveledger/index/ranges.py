"""Ranges of blocks, one after the other: as long as the node gives them readily, each written as one."""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog
from sqlalchemy import Connection, Engine

from liveledger.chain.contracts.ledger import Ledger
from liveledger.chain.rpc.finality import final_height
from liveledger.chain.rpc.transport import MalformedAnswer, NodeUnreachable, RpcError
from liveledger.domain.errors import InvalidInput
from liveledger.index.apply import Applier
from liveledger.index.source import BrokenChain, Range, read_range

log = structlog.get_logger("liveledger.index")

_FIRST_CHUNK = 32
_LARGEST_CHUNK = 900
# Half of what a compact node keeps, so that there is time to ask.
_RECENT_BLOCKS = 64
_FAST_SECONDS = 0.5


class Ranges:
    """Reads ranges of a ledger and writes them: half as long when the node had trouble, twice when it was fast."""

    def __init__(self, engine: Engine, *, sparse: bool = False) -> None:
        self._engine, self._sparse = engine, sparse
        self._chunk = _FIRST_CHUNK
        self._began = 0.0

    def read(self, ledger: Ledger, applier: Applier, first: int, goal: int, parent: bytes) -> Range | None:
        """The range from block ``first`` on, at most to ``goal``; None where it was halved: ask again."""
        last = min(first + self._chunk - 1, goal)
        self._began = time.monotonic()
        try:
            return read_range(ledger, applier.followed, first, last, parent, sparse=self._sparse)
        except (RpcError, MalformedAnswer, NodeUnreachable) as trouble:
            if self._chunk == 1:
                raise
            self._chunk = max(1, (last - first + 1) // 2)
            log.info("range-halved", first=first, blocks=self._chunk, reason=trouble.message)
            return None

    def write(self, ledger: Ledger, applier: Applier, part: Range, move: Callable[[Connection], None]) -> int:
        """Applies a range and compares it with the chain, in the transaction in which ``move`` moves the cursors.

        Returns the number of movements. After an error the applier is ahead of the tables, and of no use any more.
        """
        with self._engine.begin() as connection:
            move(connection)
            movements = _apply(applier, connection, part)
            _compare(ledger, applier, part.blocks[-1].number)
        if time.monotonic() - self._began < _FAST_SECONDS:
            self._chunk = min(2 * self._chunk, _LARGEST_CHUNK)
        return movements


def _apply(applier: Applier, connection: Connection, part: Range) -> int:
    try:
        return applier.apply(connection, part)
    except InvalidInput as error:
        raise BrokenChain(f"an event cannot be decoded: {error.message}", **error.details) from error


def _compare(ledger: Ledger, applier: Applier, height: int) -> None:
    """Holds the streams against the chain's words at ``height``.

    A compact node has words of recent blocks only. What it cannot say of an older one is compared with the first
    block that it can speak of: a stream's head covers all of its past. How far the chain is now decides, not how
    far it was when the catching up began: that may take longer than a compact node remembers.
    """
    try:
        applier.heads.compare(lambda contract, slots: ledger.words(contract, slots, height), height)
    except RpcError as error:
        if final_height(ledger) - height <= _RECENT_BLOCKS:
            raise
        log.info("words-compared-later", height=height, reason=error.message)
