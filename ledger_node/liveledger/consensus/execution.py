"""Engine calls with the patience that each ABCI call may have: bounded before a vote, endless after a decision."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar

import structlog

from liveledger.consensus.block_rules import Head
from liveledger.consensus.engine_client import (
    INVALID,
    VALID,
    EngineClient,
    EngineRefused,
    EngineUnavailable,
    PayloadStatus,
)
from liveledger.consensus.metrics import BridgeMetrics
from liveledger.consensus.payload import ExecutionPayload
from liveledger.domain.errors import LiveLedgerError

# A vote may wait this long for the engine; then the proposal is refused and the next round begins.
VOTE_SECONDS = 8.0
DECIDED_SECONDS = 60.0
_PAUSES = (0.05, 0.1, 0.2, 0.5, 1.0)

Answer = TypeVar("Answer")
log = structlog.get_logger("bridge")


class Halt(LiveLedgerError):
    """The node must stop: what was decided cannot be executed, or the engine is not the chain's."""

    code = "halted"


class Restart(LiveLedgerError):
    """The three processes disagree in a way that a restart in the right order mends."""

    code = "restart-needed"


class Execution:
    """The engine behind the retries. ``suspects``: hashes of decided blocks called invalid once; outlives restarts."""

    def __init__(self, engine: EngineClient, metrics: BridgeMetrics, suspects: set[bytes]) -> None:
        self._engine = engine
        self._metrics = metrics
        self._suspects = suspects

    async def judge(self, payload: ExecutionPayload) -> PayloadStatus:
        """The engine's verdict for a vote; after some seconds of trouble its last status, never an error."""
        status = PayloadStatus("UNAVAILABLE")
        give_up = asyncio.get_running_loop().time() + VOTE_SECONDS
        for pause in _endless_pauses():
            left = give_up - asyncio.get_running_loop().time()
            if left <= 0:
                break
            status = await self._once(payload, left)
            if status.status in (VALID, INVALID):
                break
            await asyncio.sleep(min(pause, left))
        return status

    async def execute(self, payload: ExecutionPayload) -> None:
        """Executes a decided block, however long that takes.

        Raises Restart when the engine calls it invalid, Halt when it does so again after the restart.
        """
        for pause in _endless_pauses():
            status = await self._once(payload, DECIDED_SECONDS)
            if status.status == VALID:
                self._suspects.discard(payload.block_hash)
                return
            if status.status == INVALID:
                raise self._called_invalid(payload, status.error)
            await self._again("newPayload", status.status, pause)

    def _called_invalid(self, payload: ExecutionPayload, error: str) -> Halt | Restart:
        """A fault of the disk looks the same, and geth remembers such blocks until it ends: it is asked twice."""
        message = f"the decided block {payload.number} is invalid: {error}"
        if payload.block_hash in self._suspects:
            return Halt(message)
        self._suspects.add(payload.block_hash)
        return Restart(message, hint="the engines are started anew and asked once more")

    async def _once(self, payload: ExecutionPayload, timeout: float) -> PayloadStatus:
        try:
            with self._metrics.engine.labels("newPayload").time():
                return await self._engine.new_payload(payload, timeout=timeout)
        except (EngineUnavailable, EngineRefused) as trouble:
            return PayloadStatus("UNAVAILABLE", trouble.message)

    async def commit(self, block_hash: bytes, number: int) -> Head:
        """Makes the block the engine's finalised head, and reads it back: VALID alone proves nothing."""
        for pause in _endless_pauses():
            status = await self.forever("forkchoiceUpdated", lambda: self._engine.set_head(block_hash))
            if status.status == INVALID:
                raise Halt(f"the engine refuses block {number} as its head: {status.error}")
            if status.status == VALID:
                break
            await self._again("forkchoiceUpdated", status.status, pause)
        head = await self.forever("head", self._engine.head)
        if (head.number, head.hash) != (number, block_hash):
            raise Restart(f"the engine's head is {head.number} 0x{head.hash.hex()} after the commit of {number}")
        return head

    async def forever(self, name: str, call: Callable[[], Awaitable[Answer]]) -> Answer:
        """Repeats ``call`` until the engine answers."""
        pauses = _endless_pauses()
        while True:
            try:
                with self._metrics.engine.labels(name).time():
                    return await call()
            except (EngineUnavailable, EngineRefused) as trouble:
                await self._again(name, trouble.message, next(pauses))

    async def _again(self, name: str, reason: str, pause: float) -> None:
        self._metrics.retries.inc()
        log.warning("engine asked again", call=name, reason=reason)
        await asyncio.sleep(pause)


def _endless_pauses() -> Iterator[float]:
    """Growing pauses in seconds, the longest one for ever."""
    return itertools.chain(_PAUSES, itertools.repeat(_PAUSES[-1]))
