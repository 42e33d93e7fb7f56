"""Blocks under construction: started right after a commit on a guessed timestamp, or when CometBFT asks."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass

import structlog

from liveledger.consensus.block_rules import Head
from liveledger.consensus.clock import Clock
from liveledger.consensus.engine_client import EngineClient, EngineRefused, EngineUnavailable, PayloadAttributes
from liveledger.consensus.metrics import BridgeMetrics
from liveledger.consensus.payload import ExecutionPayload

# Long enough for the engine's first full build; a build that started after the commit has had longer.
BUILD_WINDOW_SECONDS = 0.3

log = structlog.get_logger("bridge")


@dataclass(frozen=True, slots=True)
class Build:
    """A block that the engine is building on ``parent`` with ``timestamp``, since ``started`` (Unix time)."""

    parent: bytes
    timestamp: int
    payload_id: str
    started: float


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

    def __init__(self, engine: EngineClient, clock: Clock, metrics: BridgeMetrics, fee_recipient: bytes) -> None:
        self._engine = engine
        self._clock = clock
        self._metrics = metrics
        self._fee_recipient = fee_recipient
        self._early: asyncio.Task[Build | None] | None = None

    def start_early(self, parent: Head, timestamp: int) -> None:
        """Starts to build in the background; what goes wrong is left to the build on demand."""
        self._early = asyncio.ensure_future(self._try_start(parent, timestamp))

    async def _try_start(self, parent: Head, timestamp: int) -> Build | None:
        try:
            return await self._start(parent, timestamp)
        except (EngineUnavailable, EngineRefused) as trouble:
            log.warning("early build failed", reason=trouble.message)
            return None

    async def _start(self, parent: Head, timestamp: int) -> Build:
        attributes = PayloadAttributes(timestamp, self._fee_recipient)
        payload_id = await self._engine.start_build(parent.hash, attributes)
        return Build(parent.hash, timestamp, payload_id, self._clock.now())

    async def build(self, parent: Head, timestamp: int) -> ExecutionPayload:
        """The block on ``parent``: waits for the build window and for the clock to reach ``timestamp``.

        Raises EngineUnavailable or EngineRefused.
        """
        # Forgotten before it is waited for: when the turn's time is over, the wait ends here, and so does the task.
        task, self._early = self._early, None
        early = await task if task else None
        usable = early is not None and (early.parent, early.timestamp) == (parent.hash, timestamp)
        self._metrics.early.labels("ahead" if usable else "on-demand").inc()
        build = early if early is not None and usable else await self._start(parent, timestamp)
        await self._clock.reach(timestamp)
        window = build.started + BUILD_WINDOW_SECONDS - self._clock.now()
        if window > 0:
            await asyncio.sleep(min(window, BUILD_WINDOW_SECONDS))
        return await self._engine.get_payload(build.payload_id)
