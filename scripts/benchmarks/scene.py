"""A ledger to measure: contracts, SKUs, places, opening stock, and an index that follows in its own process."""

from __future__ import annotations

import contextlib
import multiprocessing
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.synchronize import Event
from pathlib import Path

from eth_account.signers.local import LocalAccount

from benchmarks.workload import CODE, PLACES, SKUS, Workload
from liveledger.bindings.constants import Role
from liveledger.chain.accounts.accounts import load_or_create_account
from liveledger.chain.contracts.ledger import open_ledger
from liveledger.domain.home import LedgerHome
from liveledger.domain.waiting import wait_until
from liveledger.index.database import index_engine
from liveledger.index.follower import Index
from liveledger.node.geth import ARCHIVE
from liveledger.node.processes import BRIDGE, engine_pids, usage
from liveledger.services.members import Registrar, SkuDraft
from tests.support.trading import PLACE_GLN, Trading, trading_ledger

_OPENING_LANE = 100
FIRST_GLN = PLACE_GLN + 100
POLL_SECONDS = 0.02
Say = Callable[[str], None]


@dataclass
class Scene:
    """A ledger in use: ``trading`` with its accounts, the load to carry, and the process of the index."""

    trading: Trading
    workload: Workload
    follower: multiprocessing.process.BaseProcess

    def accounts(self, label: str, count: int) -> list[LocalAccount]:
        """New accounts of the brand that may post, each with an allowance of its own."""
        trading = self.trading
        made = [load_or_create_account(trading.ledger.home, f"{label}-{number}") for number in range(count)]
        trading.administrator.register_accounts([(account, trading.brand, Role.POST_MOVEMENTS) for account in made])
        return made

    def cpu(self) -> dict[str, float]:
        """Processor seconds that each kind of process has used since it began; nodes are added up."""
        net = self.trading.network
        found: dict[str, float] = {"sender": time.process_time(), "index": _cpu(self.follower.pid or 0)}
        for node in range(net.size):
            supervisor = net.pid(node)
            for name, pid in {BRIDGE: supervisor, **engine_pids(supervisor)}.items():
                found[name] = found.get(name, 0.0) + _cpu(pid)
        return found

    def memory_mb(self) -> float:
        """Resident memory of the first node's three processes and the index, in megabytes."""
        supervisor = self.trading.network.pid()
        pids = [supervisor, *engine_pids(supervisor).values(), self.follower.pid or 0]
        return sum(found.resident_bytes for pid in pids if (found := usage(pid))) / 1e6

    def disk_mb(self) -> float:
        """Apparent size of what the first node's engines keep, in megabytes; write-ahead logs count too."""
        node = self.trading.network.home.node()
        folders = node.geth / "geth" / "chaindata", node.cometbft / "data"
        return sum(_size(path) for folder in folders for path in folder.rglob("*")) / 1e6

    def rested_disk_mb(self) -> float:
        """The same after all nodes were stopped and started: no write-ahead log waits to be worked in any more, and
        what a compact node had in memory is written.
        """
        net = self.trading.network
        net.stop()
        net.start()
        net.wait_blocks(1)
        return self.disk_mb()

    def wait_indexed(self, height: int, timeout: float = 300.0) -> None:
        """Waits until the index holds a block."""
        engine = index_engine(self.trading.ledger.home)
        index = Index(engine, self.trading.ledger)

        def late() -> Exception:
            return TimeoutError(f"the index is at block {index.cursor().height}, not at {height}")

        wait_until(lambda: index.cursor().height >= height, timeout, late, pause=POLL_SECONDS)
        engine.dispose()


@contextlib.contextmanager
def scene(folder: Path, validators: int, say: Say, profile: str = ARCHIVE) -> Iterator[Scene]:
    """A ledger with opening stock of every SKU at every place."""
    with trading_ledger(folder, validators=validators, profile=profile) as trading:
        say(f"{validators} validator(s) run ({profile}); {SKUS:,} SKUs at {PLACES} places get their stock")
        places = trading.administrator.register_places([(trading.brand, FIRST_GLN + n) for n in range(PLACES)])
        drafts = [SkuDraft(CODE.format(number)) for number in range(SKUS)]
        stock = trading.ledger.manifest.address("StockLedger")
        skus = Registrar(trading.sender()).register_skus(stock, trading.brand, drafts)
        workload = Workload(sorted(skus.values()), places)
        poster = trading.poster(_OPENING_LANE)
        for chunk in workload.opening():
            poster.post(chunk)
            poster.wait(timeout=300)
        with following(trading.ledger.home) as follower:
            made = Scene(trading, workload, follower)
            made.wait_indexed(trading.network.height() - 1)
            yield made


@contextlib.contextmanager
def following(home: LedgerHome) -> Iterator[multiprocessing.process.BaseProcess]:
    """The index, kept up in another process, as the API does."""
    context = multiprocessing.get_context("spawn")
    stop = context.Event()
    process = context.Process(target=_follow, args=(str(home.root), home.name, stop, sys.path))
    process.start()
    try:
        yield process
    finally:
        stop.set()
        process.join()


def _follow(root: str, name: str, stop: Event, path: list[str]) -> None:
    sys.path[:] = path
    ledger = open_ledger(LedgerHome(Path(root), name))
    ended = threading.Event()
    threading.Thread(target=lambda: (stop.wait(), ended.set()), daemon=True).start()
    Index(index_engine(ledger.home), ledger).follow(ended)


def _cpu(pid: int) -> float:
    found = usage(pid)
    return found.cpu_seconds if found else 0.0


def _size(path: Path) -> int:
    try:
        return path.stat().st_size if path.is_file() else 0
    except FileNotFoundError:  # the engines tidy up while they run
        return 0
