"""Blocks of chosen transactions: one call, one block, and the way back when the engine does not take one of them."""

from __future__ import annotations

from collections.abc import Sequence

from liveledger.consensus.block_rules import Head
from liveledger.consensus.block_source import BlockSource, PayloadAttributes
from liveledger.consensus.clock import Clock
from liveledger.consensus.engine_client import EngineRefused
from liveledger.consensus.payload import ExecutionPayload
from liveledger.consensus.pool.choosing import BUILD_SECONDS
from liveledger.consensus.pool.keeper import PoolKeeper
from liveledger.consensus.pool.transaction import Transaction

# How long a block may be tried with fewer transactions; what was found by then is proposed.
SEARCH_SECONDS = 1.0


class Packer:
    """Builds on the newest block with what ``pool`` chooses, and learns how much of it is built in time."""

    def __init__(self, source: BlockSource, pool: PoolKeeper, clock: Clock) -> None:
        self._source = source
        self._pool = pool
        self._clock = clock

    async def build(self, parent: Head, attributes: PayloadAttributes) -> ExecutionPayload:
        """The block on ``parent`` with what the pool holds now.

        Raises EngineUnavailable, or EngineRefused when ``parent`` is not the engine's head.
        """
        chosen = await self._pool.choose(parent)
        began, built = self._clock.now(), False
        try:
            payload = await self._source.build(parent.hash, attributes, [one.raw for one in chosen])
            built = True
        except EngineRefused as trouble:
            if not chosen:
                raise
            return await self._without_misfit(parent, attributes, chosen, trouble.message)
        finally:
            took = self._clock.now() - began
            # A build that is given up tells something only when it took long: its turn was over, the next is smaller.
            if built or took > BUILD_SECONDS:
                self._pool.learn(sum(one.gas for one in chosen), took)
        return payload

    async def _without_misfit(
        self, parent: Head, attributes: PayloadAttributes, chosen: Sequence[Transaction], reason: str
    ) -> ExecutionPayload:
        """The block with all that comes before the first transaction that the engine refuses, which is dropped.

        One that does not fit voids the whole list, and the engine does not say which it is.
        """
        best = await self._source.build(parent.hash, attributes, [])
        good, bad = 0, len(chosen)
        give_up = self._clock.now() + SEARCH_SECONDS
        while bad - good > 1 and self._clock.now() < give_up:
            middle = (good + bad) // 2
            try:
                best = await self._source.build(parent.hash, attributes, [one.raw for one in chosen[:middle]])
                good = middle
            except EngineRefused as trouble:
                bad, reason = middle, trouble.message
        for one in chosen[good:bad]:
            self._pool.give_up(one, reason)
        return best
