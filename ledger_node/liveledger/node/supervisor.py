"""Keeps one node running: what fails is stopped as a whole and started again in the right order, with back-off."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import structlog

from liveledger.consensus.block_rules import RULES_VERSION
from liveledger.consensus.engine_client import EngineClient
from liveledger.consensus.execution import Halt, Restart
from liveledger.consensus.metrics import BridgeMetrics
from liveledger.domain.errors import ConfigurationError, LiveLedgerError
from liveledger.domain.home import LedgerHome
from liveledger.node import geth, runstate
from liveledger.node.binaries import Engines
from liveledger.node.hash_keeper import USUAL_ACCOUNT, HashArchiver, HashKeeper
from liveledger.node.logs import SUPERVISOR, NodeLogs
from liveledger.node.metrics_server import serve_metrics
from liveledger.node.network import Network
from liveledger.node.node_metrics import NodeMetrics
from liveledger.node.observer import Observer
from liveledger.node.runstate import RunState
from liveledger.node.stack import NodeStack

HEALTHY_SECONDS = 60.0
LONGEST_BACKOFF_SECONDS = 30.0

log = structlog.get_logger("supervisor")


class Supervisor:
    """Runs node ``index`` until it is told to stop or must not go on."""

    def __init__(
        self, home: LedgerHome, index: int, engines: Engines, logs: NodeLogs, account: str = USUAL_ACCOUNT
    ) -> None:
        """``account``: label of the key that archives block hashes, if this home has it."""
        self._archiver = HashArchiver(home, index, account, logs)
        self._home = home
        self._index = index
        self._engines = engines
        self._logs = logs
        self._node = home.node(index)
        self._metrics = BridgeMetrics()
        self._node_metrics = NodeMetrics(self._metrics.registry)
        self._restarts = 0
        self._suspects: set[bytes] = set()
        self._stop = asyncio.Event()

    async def run(self) -> None:
        """Returns after SIGTERM or SIGINT. Raises Halt or ConfigurationError when going on would be wrong."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        log.info("supervisor starts", ledger=self._home.name, node=self._index, rules=RULES_VERSION)
        try:
            self._node_metrics.describe(self._engines)
            async with await self._serve_metrics(), self._observed():
                await self._keep_running()
        except (Halt, ConfigurationError) as reason:
            log.error("node stops for good", reason=reason.message, hint=reason.hint)
            self._write(runstate.FAILED, reason)
            raise
        except Exception as error:
            log.error("the supervisor failed", exc_info=True)
            self._write(runstate.FAILED, self._unexpected(error))
            raise
        self._write(runstate.STOPPED)

    async def _serve_metrics(self) -> asyncio.Server:
        port = self._node.ports().node_metrics
        try:
            return await serve_metrics(self._metrics.registry, port)
        except OSError as trouble:
            raise ConfigurationError(f"port {port} (node_metrics) cannot be served: {trouble}") from trouble

    @contextlib.asynccontextmanager
    async def _observed(self) -> AsyncIterator[None]:
        engine = EngineClient(Path(os.path.relpath(self._node.run / geth.IPC_SOCKET)))
        own_id = bytes.fromhex(Network.load(self._home).member(self._index).node_id)
        keeper = HashKeeper(engine, own_id, self._archiver, self._node_metrics)
        work = (Observer(self._node, self._node_metrics).run(), keeper.run())
        tasks = [asyncio.ensure_future(each) for each in work]
        for task in tasks:
            task.add_done_callback(_report_end)
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await engine.close()

    def _unexpected(self, error: Exception) -> Restart:
        return Restart(f"unexpected: {error!r}", hint=f"see {self._logs.path(SUPERVISOR)}")

    async def _keep_running(self) -> None:
        backoff = 1.0
        while not self._stop.is_set():
            started = time.monotonic()
            reason = await self._attempt()
            if reason is None:
                return
            if isinstance(reason, Halt | ConfigurationError):
                raise reason
            if time.monotonic() - started > HEALTHY_SECONDS:
                backoff = 1.0
            self._restarts += 1
            self._metrics.restarts.labels(reason.stable_code).inc()
            log.error("restarting", reason=reason.message, hint=reason.hint, backoff=backoff)
            self._write(runstate.RESTARTING, reason)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), backoff)
            backoff = min(2 * backoff, LONGEST_BACKOFF_SECONDS)

    async def _attempt(self) -> LiveLedgerError | None:
        """One start of all three; the reason for which they had to stop, or None when that was asked for."""
        try:
            return await self._start_and_stop()
        except LiveLedgerError as reason:
            return reason
        except Exception as error:  # a full disk, no more processes, a malformed answer: all may pass
            log.error("unexpected failure", exc_info=True)
            return self._unexpected(error)

    async def _start_and_stop(self) -> LiveLedgerError | None:
        stack = NodeStack(
            self._home,
            self._index,
            self._engines,
            metrics=self._metrics,
            logs=self._logs,
            suspects=self._suspects,
        )
        self._write(runstate.STARTING)
        try:
            return await self._until_stopped(stack)
        finally:
            self._write(runstate.STOPPING)
            await stack.stop()

    async def _until_stopped(self, stack: NodeStack) -> LiveLedgerError | None:
        stopping = asyncio.ensure_future(self._stop.wait())
        starting = asyncio.ensure_future(stack.start())
        await asyncio.wait({stopping, starting}, return_when=asyncio.FIRST_COMPLETED)
        if not starting.done():
            starting.cancel()
            await asyncio.gather(starting, return_exceptions=True)
            return None
        await starting
        self._write(runstate.RUNNING)
        failing = asyncio.ensure_future(stack.failed())
        await asyncio.wait({stopping, failing}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if failing.done():
            return failing.result()
        failing.cancel()
        return None

    def _write(self, phase: str, reason: LiveLedgerError | None = None) -> None:
        message, hint = (reason.message, reason.hint) if reason else ("", "")
        try:
            RunState(phase, message, hint, self._restarts, time.time()).write(self._node)
        except OSError as trouble:
            # A full disk must not end the one who waits for room on it.
            log.warning("phase not written", phase=phase, reason=repr(trouble))


def _report_end(observer: asyncio.Task[None]) -> None:
    # A node whose metrics stand still, or that archives nothing any more, is worth a line, but not an outage.
    if not observer.cancelled() and (trouble := observer.exception()):
        log.error("the observer ended", reason=repr(trouble))


def run_supervisor(make: Callable[[], Supervisor]) -> None:
    """Runs a supervisor in an event loop of its own."""

    async def go() -> None:
        await make().run()

    asyncio.run(go())
