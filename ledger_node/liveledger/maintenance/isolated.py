"""A node that runs for a look at its chain: in a folder of its own, without peers, with a key that is nobody's.

Nothing can be decided there: CometBFT hears no vote, and its key is in no validator set. What it does is to replay its
stored blocks into geth, and to answer questions about both.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import structlog

from liveledger.chain.rpc.connection import Connection
from liveledger.chain.rpc.nodes import CometRpc, ExecutionRpc
from liveledger.consensus.metrics import BridgeMetrics
from liveledger.domain.errors import LiveLedgerError, Unavailable
from liveledger.domain.home import LedgerHome
from liveledger.node import cometbft, geth
from liveledger.node.binaries import Engines
from liveledger.node.logs import NodeLogs
from liveledger.node.network import GENESIS_FILE, Network, node_settings
from liveledger.node.ports import HOST, choose_base, node_ports
from liveledger.node.stack import NodeStack

# As long as blocks come, a replay may take hours; without any, something is wrong.
STALL_SECONDS = 300.0
_POLL_SECONDS = 0.1
_REPORT_SECONDS = 10.0
_CACHE_MB = 128
_THROWAWAY = (
    "cometbft/config",
    "cometbft/data/priv_validator_state.json",
    "cometbft/data/cs.wal",
    "cometbft/data/evidence.db",
    "cometbft/data/tx_index.db",
)

T = TypeVar("T")
Say = Callable[[str], None]
# Gets the connection, and the seconds that the replay took once both engines were started.
Work = Callable[[Connection, float], T]


def furnish(scratch: LedgerHome, index: int, like: LedgerHome, profile: str) -> None:
    """Gives the scratch node keys, ports and settings of its own, and the genesis and members of ``like``.

    The chain's data may be there already; nothing else may.
    """
    node = scratch.node(index)
    for folder in (node.run, node.logs):
        folder.mkdir(parents=True, mode=0o700)
        folder.chmod(0o700)
    for name in (like.network.name, GENESIS_FILE):
        shutil.copy(like.directory / name, scratch.directory / name)
    ports = node_ports(choose_base(scratch.directory, 1), 0)
    pace = node_settings(like, index)["pace"]
    node.write_settings(ports, profile=profile, cache_mb=_CACHE_MB, pace=pace)
    cometbft.create_keys(node.cometbft)
    shutil.copy(like.node(index).cometbft / "config" / "genesis.json", node.cometbft / "config")
    geth.create_secret(node.geth)


def strip(scratch: LedgerHome, index: int) -> None:
    """Takes away what ``furnish`` and the run added, so that only the chain's data is left."""
    node = scratch.node(index)
    for name in _THROWAWAY:
        _remove(node.directory / name)
    ledger = (scratch.network, scratch.directory / GENESIS_FILE)
    for path in (*node.geth.glob("*.key"), node.geth / "config.toml", node.settings, node.run, node.logs, *ledger):
        _remove(path)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def run_isolated(home: LedgerHome, index: int, engines: Engines, work: Work[T], say: Say) -> T:
    """Starts the node in ``home``, waits until its stored blocks are replayed, and returns ``work(connection, s)``.

    Raises what stopped the node (Halt, Restart), or Unavailable when no block came for some minutes.
    """
    # Sockets are named from the run folder: with the scratch folder's name their paths may be too long.
    with _own_logs(home, index) as logs, contextlib.chdir(home.node(index).run):
        return asyncio.run(_run(home, index, engines, logs, work, say))


@contextlib.contextmanager
def _own_logs(home: LedgerHome, index: int) -> Iterator[NodeLogs]:
    """Sends the ABCI application's events to the scratch node's logs meanwhile: stdout is for data."""
    before = structlog.get_config()
    logs = NodeLogs(home.node(index))
    logs.configure()
    try:
        yield logs
    finally:
        structlog.configure(**before)


async def _run(home: LedgerHome, index: int, engines: Engines, logs: NodeLogs, work: Work[T], say: Say) -> T:
    stack = NodeStack(home, index, engines, metrics=BridgeMetrics(), logs=logs, suspects=set(), isolated=True)
    connection = _connection(home, index)

    async def go() -> T:
        await stack.start()
        started = time.monotonic()
        await asyncio.to_thread(_await_replay, connection, say)
        return await asyncio.to_thread(work, connection, time.monotonic() - started)

    task, failing = asyncio.ensure_future(go()), asyncio.ensure_future(stack.failed())
    try:
        awaited: set[asyncio.Future[T] | asyncio.Future[LiveLedgerError]] = {task, failing}
        await asyncio.wait(awaited, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            task.cancel()
            raise failing.result()
        return task.result()
    finally:
        await stack.stop()
        failing.cancel()
        connection.close()


def _connection(home: LedgerHome, index: int) -> Connection:
    ports, network = home.node(index).ports(), Network.load(home)
    return Connection(
        home=home,
        chain_id=network.chain_id,
        evm_chain_id=network.evm_chain_id,
        execution=ExecutionRpc(f"http://{HOST}:{ports.execution_inner}"),
        comet=CometRpc(f"http://{HOST}:{ports.consensus_rpc}"),
    )


def _await_replay(connection: Connection, say: Say) -> None:
    """CometBFT answers only once it has handed all its blocks to the engine; until then the engine's head shows it."""
    moved = said = time.monotonic()
    height = -1
    while True:
        with contextlib.suppress(LiveLedgerError):
            connection.comet.status()
            return
        with contextlib.suppress(LiveLedgerError):
            if (found := connection.execution.block_number()) != height:
                height, moved = found, time.monotonic()
        if time.monotonic() - moved > STALL_SECONDS:
            raise Unavailable(f"no block after {height} for {STALL_SECONDS:.0f} s while the chain was replayed")
        if time.monotonic() - said > _REPORT_SECONDS:
            said = time.monotonic()
            say(f"replayed up to block {height}")
        time.sleep(_POLL_SECONDS)
