"""The ABCI socket: one task a connection, answers in the order of the questions, never an exception as an answer."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import structlog

from liveledger.consensus._abci.tendermint.abci import types_pb2 as abci
from liveledger.consensus.application import Application
from liveledger.consensus.framing import FramingError, frame, read_message
from liveledger.consensus.metrics import BridgeMetrics

Handler = Callable[[Any], Awaitable[Any]]
OnFailure = Callable[[BaseException], None]
# A block of the largest allowed size must fit into the reader's buffer without stalls.
_BUFFER_BYTES = 4 * 1024 * 1024
# The calls that are repeated for ever when the engine is in trouble.
_DECISIONS = {"finalize_block", "commit"}

log = structlog.get_logger("bridge")


class AbciServer:
    """Serves ``application`` on a unix socket of mode 0600; ``on_failure`` hears why a connection's task ended."""

    def __init__(self, application: Application, metrics: BridgeMetrics, on_failure: OnFailure) -> None:
        self._handlers = _handlers(application)
        self._metrics = metrics
        self._on_failure = on_failure
        self._tasks: set[asyncio.Task[None]] = set()
        self._decisions: dict[object, float] = {}
        self._asked = time.monotonic()
        self._server: asyncio.Server | None = None

    async def start(self, path: Path) -> None:
        """Listens at ``path``; a socket left behind by a killed process is replaced."""
        path.unlink(missing_ok=True)
        mask = os.umask(0o177)
        try:
            self._server = await asyncio.start_unix_server(self._connected, path, limit=_BUFFER_BYTES)
        finally:
            os.umask(mask)

    async def stop(self) -> None:
        """Stops listening and drops all connections."""
        if self._server:
            self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        failure = None if task.cancelled() else task.exception()
        if isinstance(failure, ConnectionError):
            log.info("connection lost", reason=repr(failure))
        elif failure is not None:
            self._on_failure(failure)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while (message := await read_message(reader)) is not None:
                writer.write(frame(await self._answer(message)))
                await writer.drain()
        except FramingError as trouble:
            # CometBFT was cut off in the middle of a message; its supervisor knows.
            log.warning("connection ended", reason=str(trouble))
        finally:
            writer.close()

    async def _answer(self, message: bytes) -> bytes:
        request = abci.Request.FromString(message)
        call = request.WhichOneof("value")
        self._asked = time.monotonic()
        if call in _DECISIONS:
            self._decisions[asyncio.current_task()] = time.monotonic()
        try:
            with self._metrics.calls.labels(call).time():
                answer = await self._handlers[call](getattr(request, call))
        finally:
            self._decisions.pop(asyncio.current_task(), None)
        return bytes(abci.Response(**{call: answer}).SerializeToString())

    def idle(self) -> float:
        """Seconds since CometBFT last asked anything."""
        return time.monotonic() - self._asked

    def longest_decision(self) -> float:
        """Seconds since which a decided block waits to be executed or committed; 0 when none does."""
        now = time.monotonic()
        return max((now - started for started in self._decisions.values()), default=0.0)


def _handlers(application: Application) -> dict[str, Handler]:
    async def fixed(answer: Any) -> Any:
        return answer

    verify = abci.ResponseVerifyVoteExtension
    return {
        "echo": lambda request: fixed(abci.ResponseEcho(message=request.message)),
        "flush": lambda _: fixed(abci.ResponseFlush()),
        "info": application.info,
        "init_chain": application.init_chain,
        "query": application.query,
        "check_tx": application.check_tx,
        "insert_tx": application.insert_tx,
        "reap_txs": application.reap_txs,
        "prepare_proposal": application.prepare_proposal,
        "process_proposal": application.process_proposal,
        "finalize_block": application.finalize_block,
        "commit": application.commit,
        "extend_vote": lambda _: fixed(abci.ResponseExtendVote()),
        "verify_vote_extension": lambda _: fixed(verify(status=verify.ACCEPT)),
        "list_snapshots": lambda _: fixed(abci.ResponseListSnapshots()),
        "offer_snapshot": lambda _: fixed(abci.ResponseOfferSnapshot(result=abci.ResponseOfferSnapshot.REJECT)),
        "load_snapshot_chunk": lambda _: fixed(abci.ResponseLoadSnapshotChunk()),
        "apply_snapshot_chunk": lambda _: fixed(
            abci.ResponseApplySnapshotChunk(result=abci.ResponseApplySnapshotChunk.ABORT)
        ),
    }
