#!/usr/bin/env python3
"""Measures how fast a node catches up, by replay and from a snapshot, and how its disk and memory grow.

    .venv/bin/python scripts/measure_catch_up.py --movements 300000 --idle-blocks 60

It makes a ledger of one validator in a temporary folder, posts movements to it, lets it idle, and measures the replay
of its chain with both state profiles, and the making and restoring of a snapshot. With ``--peers N`` it also measures
how a validator that was away for N idle blocks fetches them from three others. It prints one JSON object; figures of
disk are apparent sizes, those of memory resident sizes.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from liveledger.domain.home import LedgerHome, NodeHome  # noqa: E402
from liveledger.domain.movements import Kind, Movement  # noqa: E402
from liveledger.maintenance.backup import Order, make_archive  # noqa: E402
from liveledger.maintenance.isolated import furnish  # noqa: E402
from liveledger.maintenance.manifest import SNAPSHOT  # noqa: E402
from liveledger.maintenance.replay import verify_replay  # noqa: E402
from liveledger.maintenance.restore import Wish, restore  # noqa: E402
from liveledger.node import geth  # noqa: E402
from liveledger.node.binaries import Engines  # noqa: E402
from liveledger.prover.anchors import export_anchor  # noqa: E402
from tests.support.network import RunningNetwork, children, running_network  # noqa: E402
from tests.support.trading import Trading, message, now, trading_ledger  # noqa: E402

CHUNK = 10_000
MEGABYTE = 1_000_000


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--movements", type=int, default=300_000, help="movements to post (default 300,000)")
    parser.add_argument("--idle-blocks", type=int, default=60, help="empty blocks after them (default 60)")
    parser.add_argument("--peers", type=int, default=0, help="blocks that a validator among four misses (default: no)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="catch-up-") as folder:
        found = one_validator(Path(folder), options.movements, options.idle_blocks)
        progress(json.dumps(found["snapshot"]))
        if options.peers:
            found["peers"] = from_peers(Path(folder) / "four", options.peers)
    print(json.dumps(found, indent=2))


def one_validator(folder: Path, movements: int, idle_blocks: int) -> dict[str, Any]:
    """Growth under load and idle, then replay and snapshot of that chain."""
    with trading_ledger(folder / "source") as trading:
        net = trading.network
        found: dict[str, Any] = {"start": usage(net)}
        began, first = time.monotonic(), net.height()
        post(trading, movements)
        seconds, blocks = time.monotonic() - began, net.height() - first
        found |= {"load": {"movements": movements, "seconds": round(seconds, 1), "blocks": blocks}}
        found |= {"after_load": usage(net)}
        net.wait_height(net.height() + idle_blocks, seconds=4 * idle_blocks + 60)
        found |= {"idle_blocks": idle_blocks, "after_idle": usage(net)}
        anchor = export_anchor(trading.ledger, 0).emit()
        net.stop()
        found |= {"stopped": sizes(net.home.node())}
    progress(json.dumps(found))
    home, engines = net.home, net.engines
    for profile in (geth.ARCHIVE, geth.COMPACT):
        found[f"replay_{profile}"] = verify_replay(home, 0, engines, progress, profile=profile).as_dict()
        progress(json.dumps(found[f"replay_{profile}"]))
    return found | {"snapshot": snapshot(folder, home, engines, anchor)}


def post(trading: Trading, movements: int) -> None:
    """Receipts of goods of random quantities, spread over all SKUs and places; the same in every run."""
    poster, skus, dice = trading.poster(1), list(trading.skus.values()), random.Random(1)
    for start in range(0, movements, CHUNK):
        batch = []
        for number in range(start, min(start + CHUNK, movements)):
            goods = Movement(
                dice.choice(skus), Kind.RECEIVE, 0, dice.choice(trading.places), dice.randint(1, 50_000), now()
            )
            batch.append(message(f"m{number}", goods))
        poster.wait_for_room(len(batch))
        poster.post(batch)
        poster.pump()
        progress(f"{start + len(batch)} movements")
    poster.wait(timeout=600)


def snapshot(folder: Path, home: LedgerHome, engines: Engines, anchor: bytes) -> dict[str, Any]:
    """Makes a snapshot, and restores it for a full node that has nothing yet."""
    target = folder / "snapshot"
    began = time.monotonic()
    made = make_archive(home, 0, engines, Order(target, SNAPSHOT), progress)
    making = time.monotonic() - began
    joiner = LedgerHome(folder / "joiner", home.name)
    furnish(joiner, 0, home, geth.ARCHIVE)
    began = time.monotonic()
    done = restore(joiner, engines, Wish(target, trust=anchor), progress)
    return {
        "height": done.height,
        "megabytes": round(made.size / MEGABYTE, 1),
        "making_seconds": round(making, 1),
        "restoring_seconds": round(time.monotonic() - began, 1),
    }


def from_peers(folder: Path, blocks: int) -> dict[str, Any]:
    """Time in which a validator fetches from three others what it missed."""
    with running_network(folder, validators=4) as net:
        net.stop(3)
        net.wait_height(net.height() + blocks, seconds=4 * blocks + 60)
        missed, began = net.height(), time.monotonic()
        net.start(3)
        net.wait_height(missed, node=3)
        seconds = time.monotonic() - began
    return {"blocks": missed, "seconds": round(seconds, 1), "blocks_per_second": round(missed / seconds, 1)}


def usage(net: RunningNetwork) -> dict[str, Any]:
    """Height, sizes of both data folders and resident memory of the three processes, in megabytes."""
    node, supervisor = net.home.node(), net.pid()
    memory = {name: resident(pid) for name, pid in (*children(supervisor).items(), ("bridge", supervisor))}
    return {"height": net.height(), **sizes(node), "memory_mb": memory}


def sizes(node: NodeHome) -> dict[str, float]:
    """Apparent sizes of the data of geth and CometBFT."""
    folders = {"geth_mb": node.geth / "geth" / "chaindata", "cometbft_mb": node.cometbft / "data"}
    return {name: round(size_of(folder) / MEGABYTE, 2) for name, folder in folders.items()}


def size_of(folder: Path) -> int:
    """Bytes below a folder; what disappears meanwhile is not counted."""
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except FileNotFoundError:
            continue
    return total


def resident(pid: int) -> int:
    """Megabytes of memory that a process holds."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return round(pages * 4096 / MEGABYTE)


def progress(line: str) -> None:
    """Says on stderr what is going on."""
    sys.stderr.write(line + "\n")


if __name__ == "__main__":
    main()
