"""Blocks under construction: started as late as they can be, on a guessed timestamp or when CometBFT asks."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass

import structlog

from liveledger.consensus.block_rules import Head
from liveledger.consensus.block_source import PayloadAttributes
from liveledger.consensus.clock import Clock
from liveledger.consensus.engine_client import EngineRefused, EngineUnavailable
from liveledger.consensus.metrics import BridgeMetrics
from liveledger.consensus.packing import Packer
from liveledger.consensus.payload import ExecutionPayload

# How long before its time a block is started: twice as long as the newest one took, and this.
_SPARE_SECONDS = 0.02
_MAX_LEAD_SECONDS = 1.0
# An empty block that is older is built again: it was begun early, because the one before it took long.
_STALE_SECONDS = 0.1

log = structlog.get_logger("bridge")


@dataclass(frozen=True, slots=True)
class Build:
    """A block that is being built on ``parent`` (hash) with ``timestamp``; the task gives None when it failed."""

    parent: bytes
    timestamp: int
    task: asyncio.Task[ExecutionPayload | None]


class TurnGuess:
    """Guesses whether this validator proposes next: with equal powers everyone has a turn in each rotation.

    Only the cost of building is at stake: a wrong guess wastes one build, or starts one later.
    """

    def __init__(self, address: bytes) -> None:
        self._address = address
        self._recent: deque[bytes] = deque(maxlen=200)

    def saw(self, proposer: bytes) -> None:
        """Notes who proposed the block just finalised."""
        self._recent.append(proposer)

    def mine_next(self, validators: int) -> bool:
        """Whether this validator has not proposed any of the newest ``validators − 1`` blocks."""
        others = validators - 1
        newest = list(self._recent)[-others:] if others else []
        return self._address not in newest


class Builder:
    """Owns the newest build. ``fee_recipient`` is the one address (20 bytes) that the rules allow."""

    def __init__(self, source: Packer, clock: Clock, metrics: BridgeMetrics, fee_recipient: bytes) -> None:
        self._source = source
        self._clock = clock
        self._metrics = metrics
        self._fee_recipient = fee_recipient
        self._early: Build | None = None
        self._took, self._built_at = 0.0, 0.0

    def start_early(self, parent: Head, timestamp: int) -> None:
        """Builds in the background; what goes wrong is left to the build on demand."""
        if self._early:
            self._early.task.cancel()
        self._early = Build(parent.hash, timestamp, asyncio.ensure_future(self._try_build(parent, timestamp)))

    async def _try_build(self, parent: Head, timestamp: int) -> ExecutionPayload | None:
        try:
            return await self._build(parent, timestamp)
        except (EngineUnavailable, EngineRefused) as trouble:
            log.warning("early build failed", reason=trouble.message)
            return None

    async def _build(self, parent: Head, timestamp: int) -> ExecutionPayload:
        """As late as it can be done before ``timestamp``: what came until then is in the block."""
        lead = min(2 * self._took + _SPARE_SECONDS, _MAX_LEAD_SECONDS)
        await asyncio.sleep(max(0.0, timestamp - lead - self._clock.now()))
        began = self._clock.now()
        payload = await self._source.build(parent, PayloadAttributes(timestamp, self._fee_recipient))
        self._built_at = self._clock.now()
        self._took = self._built_at - began
        return payload

    async def build(self, parent: Head, timestamp: int) -> ExecutionPayload:
        """The block on ``parent``, not before the clock has reached ``timestamp``.

        Raises EngineUnavailable or EngineRefused.
        """
        # Forgotten before it is waited for: when the turn's time is over, the wait ends here, and so does the task.
        early, self._early = self._early, None
        payload = None
        if early and (early.parent, early.timestamp) == (parent.hash, timestamp):
            payload = await early.task
            if payload and not payload.transactions and self._clock.now() - self._built_at > _STALE_SECONDS:
                payload = None  # something may have come since, and would wait for a whole block more
        elif early:
            early.task.cancel()
        self._metrics.early.labels("ahead" if payload else "on-demand").inc()
        built = payload or await self._build(parent, timestamp)
        await self._clock.reach(timestamp)
        return built
