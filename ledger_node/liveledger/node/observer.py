"""Looks at a running node from outside, again and again, and keeps what it sees in the metrics."""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from pathlib import Path
from typing import Any

import httpx
import structlog

from liveledger.domain.home import NodeHome
from liveledger.domain.json_rpc import Fault, result_of
from liveledger.node.node_metrics import NodeMetrics
from liveledger.node.ports import HOST

OBSERVE_SECONDS = 5.0
DISK_SECONDS = 60.0
_ASK_SECONDS = 3.0
_BLOCK_BYTES = 512
# So many files are looked at before other work has its turn: the ABCI application shares this thread.
_FILES_AT_A_TIME = 200

log = structlog.get_logger("supervisor")


class Observer:
    """Asks both engines every 5 s and measures the disk every 60 s."""

    def __init__(self, node: NodeHome, metrics: NodeMetrics) -> None:
        self._node = node
        self._ports = node.ports()
        self._metrics = metrics

    async def run(self) -> None:
        """Until it is cancelled."""
        measured = -DISK_SECONDS
        async with httpx.AsyncClient(timeout=_ASK_SECONDS, trust_env=False) as http:
            while True:
                await self.ask(http)
                if time.monotonic() - measured >= DISK_SECONDS:
                    await self.measure_disk()
                    measured = time.monotonic()
                await asyncio.sleep(OBSERVE_SECONDS)

    async def ask(self, http: httpx.AsyncClient) -> None:
        """Asks both engines once; what one does not say keeps its last value, and it counts as not answering."""
        for process, question in (("cometbft", self._ask_cometbft), ("geth", self._ask_geth)):
            try:
                await question(http)
            except (httpx.HTTPError, KeyError, TypeError, ValueError) as trouble:
                log.debug("engine does not answer", process=process, reason=repr(trouble))
                self._metrics.answers.labels(process).set(0)
            else:
                self._metrics.answers.labels(process).set(1)

    async def _ask_cometbft(self, http: httpx.AsyncClient) -> None:
        base = f"http://{HOST}:{self._ports.consensus_rpc}"
        status = (await http.get(f"{base}/status")).json()["result"]
        self._metrics.catching_up.set(bool(status["sync_info"]["catching_up"]))
        peers = (await http.get(f"{base}/net_info")).json()["result"]["n_peers"]
        self._metrics.peers.labels("consensus").set(int(peers))

    async def _ask_geth(self, http: httpx.AsyncClient) -> None:
        body = {"jsonrpc": "2.0", "id": 1, "method": "eth_blockNumber", "params": []}
        answer: Any = (await http.post(f"http://{HOST}:{self._ports.execution_inner}", json=body)).json()
        int(result_of(answer, 1, _no_height), 16)

    async def measure_disk(self) -> None:
        """Measures the file system and the node's own files."""
        try:
            disk = shutil.disk_usage(self._node.directory)
        except OSError as trouble:
            log.warning("disk not measured", reason=repr(trouble))
            return
        self._metrics.disk_free.set(disk.free)
        self._metrics.disk_size.set(disk.total)
        for part in (self._node.geth, self._node.cometbft, self._node.logs):
            self._metrics.disk_used.labels(part.name).set(await _allocated(part))


def _no_height(fault: Fault) -> ValueError:
    return ValueError(fault.reason)


async def _allocated(folder: Path) -> int:
    """Bytes on disk of all files below ``folder``, preallocated space not counted."""
    total = seen = 0
    for directory, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(directory, name)).st_blocks * _BLOCK_BYTES
            except FileNotFoundError:
                continue  # the engine removed it meanwhile
            seen += 1
            if seen % _FILES_AT_A_TIME == 0:
                await asyncio.sleep(0)
    return total
