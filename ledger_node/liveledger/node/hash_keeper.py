"""Sees to it that block hashes are archived before the engine forgets them: each node does, in its turn (ADR 24)."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from functools import partial

import structlog

from liveledger.consensus.block_rules import Head
from liveledger.consensus.engine_client import EngineClient, EngineRefused, EngineUnavailable
from liveledger.domain.block_hashes import BLOCK_HASHES_ADDRESS, complete_batches, due_batch, root_slot
from liveledger.domain.hashing import hex_bytes
from liveledger.domain.home import LedgerHome
from liveledger.domain.keys import labels
from liveledger.node.logs import NodeLogs
from liveledger.node.node_metrics import NodeMetrics
from liveledger.node.process import ChildProcess

ACCOUNT_VARIABLE = "LIVELEDGER_NODE_ACCOUNT"
USUAL_ACCOUNT = "operator"
PROCESS = "block-hashes"
# A batch takes a thousand blocks, and stays within the engine's reach for seven thousand.
LOOK_SECONDS = 20.0
# A batch that was missed takes eight transactions, one after another.
ARCHIVE_SECONDS = 180.0
# What failed is tried again after so long: another member archives the same meanwhile.
PATIENCE_SECONDS = 300.0
# A node that replays or syncs sees an old state, where batches are missing that are archived by now.
_RECENT_SECONDS = 60.0
# The words of so many batches are asked for at once.
_WORDS = 256
_STOP_SECONDS = 5.0
_SAID_CHARACTERS = 300

log = structlog.get_logger("block-hashes")


class HashKeeper:
    """Looks at the contract; when a batch is missing and it is this node's turn, ``archive`` is called.

    ``node_id`` makes this node's turn another than the others'. Whoever archives first spares the others: nobody can
    keep a batch from being archived, neither by archiving nothing nor by anything that it archives.
    """

    def __init__(
        self,
        engine: EngineClient,
        node_id: bytes,
        archive: Callable[[], Awaitable[bool]],
        metrics: NodeMetrics,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._engine = engine
        self._node_id = node_id
        self._archive = archive
        self._metrics = metrics
        self._clock = clock
        self._done = 0
        self._not_before = 0.0

    async def run(self) -> None:
        """Works until it is cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> None:
        """Looks once. An engine that is away is asked again the next time."""
        try:
            head = await self._engine.head()
            if self._clock() - head.timestamp > _RECENT_SECONDS:
                return
            missing = await self._missing(head)
        except (EngineUnavailable, EngineRefused) as trouble:
            log.debug("block hashes not looked after", reason=trouble.message)
            return
        due = due_batch(missing, head.number, lambda: self._node_id)
        if due is not None and self._clock() >= self._not_before and not await self._archive():
            self._not_before = self._clock() + PATIENCE_SECONDS

    async def _missing(self, head: Head) -> list[int]:
        """Complete batches that are not archived. Those below the first of them are never asked for again."""
        found: list[int] = []
        complete = complete_batches(head.number)
        for first in range(self._done, complete, _WORDS):
            batches = range(first, min(first + _WORDS, complete))
            words = await self._engine.batch([_word_of(batch, head) for batch in batches])
            found += [batch for batch, word in zip(batches, words, strict=True) if not int(word, 16)]
        self._done = found[0] if found else complete
        self._metrics.hash_batches_missing.set(len(found))
        return found


def _word_of(batch: int, head: Head) -> tuple[str, list[object]]:
    where = [hex_bytes(BLOCK_HASHES_ADDRESS), hex_bytes(root_slot(batch))]
    return "eth_getStorageAt", [*where, {"blockHash": hex_bytes(head.hash)}]


class HashArchiver:
    """Archives by a process of its own, which opens the account ``label`` of this home and ends when it is done."""

    def __init__(self, home: LedgerHome, node: int, label: str, logs: NodeLogs) -> None:
        self._home = home
        self._label = label
        self._logs = logs
        self._told = False
        self._cwd = home.node(node).run
        module = "liveledger.node.archive_hashes"
        self._command = [sys.executable, "-m", module, str(home.root), home.name, str(node), label]

    async def __call__(self) -> bool:
        """Archives what is missing; whether that was done. The log says why not."""
        if self._label not in labels(self._home.keys):
            if not self._told:
                log.warning("no account archives block hashes here", account=self._label, variable=ACCOUNT_VARIABLE)
            self._told = True
            return False
        try:
            return await self._run()
        except OSError as trouble:  # no more processes, a full disk: all may pass
            log.warning("block hashes cannot be archived", reason=repr(trouble))
            return False

    async def _run(self) -> bool:
        said: list[bytes] = []
        child = await ChildProcess.start(
            PROCESS, self._command, cwd=self._cwd, output=self._logs.of(PROCESS), on_line=partial(_keep_last, said)
        )
        status = None
        try:
            async with asyncio.timeout(ARCHIVE_SECONDS):
                status = await child.ended()
        except TimeoutError:
            log.warning("archiving block hashes takes too long", seconds=ARCHIVE_SECONDS)
        finally:
            await child.stop(_STOP_SECONDS)
        tell = log.info if status == 0 else log.warning
        tell("block hashes archived", status=status, outcome=b"".join(said).decode(errors="replace")[:_SAID_CHARACTERS])
        return status == 0


def _keep_last(said: list[bytes], line: bytes) -> None:
    said[:] = [line.strip()]
