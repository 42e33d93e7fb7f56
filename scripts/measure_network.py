#!/usr/bin/env python3
"""Measures a network of many validators on one host: start, memory, processor time, disk, load, and dead proposers.

    .venv/bin/python scripts/measure_network.py --validators 12 --movements 60000

It makes a ledger in a temporary folder, waits until every validator signs, measures each node at idle, posts
movements, then kills (−9) as many nodes as may fail and measures how blocks go on, then one more than may fail, and
measures how soon blocks come again. It prints one JSON object; nothing is left behind. Memory is resident, and pages
that processes share count in each.
"""

from __future__ import annotations

import argparse
import itertools
import json
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from liveledger.domain.waiting import wait_until

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))


from liveledger.node import runstate  # noqa: E402
from liveledger.node.network_status import disk_bytes  # noqa: E402
from liveledger.node.processes import BRIDGE, engine_pids, usage  # noqa: E402
from liveledger.prover.light_blocks import parse_time  # noqa: E402
from tests.support.network import RunningNetwork  # noqa: E402
from tests.support.trading import SKUS, Trading, trading_ledger  # noqa: E402

MEGABYTE = 1_000_000
IDLE_SECONDS = 20.0
SIGN_SECONDS = 600.0
WATCH_SECONDS = 20.0
STILL_SECONDS = 10.0
CHUNK = 10_000


def all_sign(net: RunningNetwork) -> float:
    """Waits for a commit that every validator signed; returns the time (Unix seconds)."""

    def signed() -> bool:
        height = net.height()
        commit = net.comet(f"commit?height={height}")["signed_header"]["commit"] if height else {"signatures": []}
        return sum(entry["block_id_flag"] == 2 for entry in commit["signatures"]) == net.size

    wait_until(signed, SIGN_SECONDS, lambda: TimeoutError("no commit that every validator signed"), pause=0.3)
    return time.time()


def processes(net: RunningNetwork, node: int) -> dict[str, int]:
    """Process ids of a node's three processes by name."""
    supervisor = net.pid(node)
    return {BRIDGE: supervisor, **engine_pids(supervisor)}


def table(net: RunningNetwork, seconds: float) -> dict[str, Any]:
    """Memory (MB), processor share (of one core) over ``seconds``, and disk (MB) of a node: median and highest."""
    before = {(node, name): usage(pid) for node in range(net.size) for name, pid in processes(net, node).items()}
    time.sleep(seconds)
    memory: dict[str, list[float]] = {}
    share: dict[str, list[float]] = {}
    for node in range(net.size):
        for name, pid in processes(net, node).items():
            used, earlier = usage(pid), before.get((node, name))
            if used and earlier:
                memory.setdefault(name, []).append(used.resident_bytes / MEGABYTE)
                share.setdefault(name, []).append((used.cpu_seconds - earlier.cpu_seconds) / seconds)
    whole = [sum(parts) for parts in zip(*memory.values(), strict=True)]
    return {
        "memory_mb": {name: spread(values) for name, values in memory.items()} | {"node": spread(whole)},
        "processor_share": {name: spread(values) for name, values in share.items()},
        "disk_mb": spread([disk_bytes(net.home.node(node)) / MEGABYTE for node in range(net.size)]),
    }


def spread(values: Sequence[float]) -> dict[str, float]:
    """Median and highest of some values."""
    return {"median": round(statistics.median(values), 3), "highest": round(max(values), 3)}


def post(trading: Trading, movements: int) -> dict[str, Any]:
    """Posts movements and waits until all are final; returns their number, seconds and rate."""
    poster = trading.poster(1)
    skus = list(trading.skus.values())
    started = time.monotonic()
    for first in range(0, movements, CHUNK):
        count = min(CHUNK, movements - first)
        poster.post([trading.receive(f"m{first + i}", skus[(first + i) // 50 % SKUS], 1) for i in range(count)])
    acknowledged = time.monotonic()
    poster.wait(timeout=600)
    seconds = time.monotonic() - started
    return {
        "movements": movements,
        "seconds_to_acknowledged": round(acknowledged - started, 2),
        "seconds_to_final": round(seconds, 2),
        "movements_per_second": round(movements / seconds),
    }


def block_times(net: RunningNetwork, first: int, last: int) -> list[float]:
    """Times at which blocks came, as the newest commits' votes tell (Unix seconds)."""
    times = []
    for height in range(first, last + 1):
        moment = parse_time(net.comet(f"header?height={height}")["header"]["time"])
        times.append(moment.seconds + moment.nanos / 1e9)
    return times


def with_dead(net: RunningNetwork, dead: int) -> dict[str, Any]:
    """Kills the last ``dead`` nodes and watches for 20 s."""
    victims = range(net.size - dead, net.size)
    before = net.height()
    for node in victims:
        net.kill(node)
    time.sleep(WATCH_SECONDS)
    after = net.height()
    times = [*block_times(net, before, after), time.time()]
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    return {"killed": dead, "blocks_in_20_s": after - before, "longest_gap_s": round(max(gaps), 2)}


def one_too_many(net: RunningNetwork, dead: int) -> dict[str, Any]:
    """Kills nodes until ``dead`` are gone, sees that no block comes, starts them, and waits for the next block."""
    for node in range(net.size - dead, net.size):
        if node_runs(net, node):
            net.kill(node)
    time.sleep(2)
    before = net.height()
    time.sleep(STILL_SECONDS)
    still = net.height() - before
    started = time.monotonic()
    back = threading.Thread(target=net.start, args=range(net.size - dead, net.size))
    back.start()
    net.wait_height(before + still + 1)
    seconds = time.monotonic() - started
    back.join()
    return {"killed": dead, "blocks_in_10_s": still, "seconds_to_next_block": round(seconds, 2)}


def node_runs(net: RunningNetwork, node: int) -> bool:
    """Whether a node's supervisor runs."""
    return runstate.running_pid(net.home.node(node)) is not None


def measure(validators: int, movements: int) -> dict[str, Any]:
    """All figures."""
    started = time.time()
    with tempfile.TemporaryDirectory() as folder, trading_ledger(Path(folder), validators=validators) as trading:
        net = trading.network
        figures: dict[str, Any] = {"validators": validators}
        figures["seconds_to_all_signing_with_contracts"] = round(all_sign(net) - started, 1)
        say(figures)
        figures["idle"] = table(net, IDLE_SECONDS)
        say(figures["idle"])
        figures["load"] = post(trading, movements)
        say(figures["load"])
        figures["after_load"] = table(net, 2.0)
        may_fail = (validators - 1) // 3
        figures["faulty"] = with_dead(net, may_fail)
        say(figures["faulty"])
        figures["too_many"] = one_too_many(net, may_fail + 2 if validators > 4 else may_fail + 1)
        say(figures["too_many"])
        return figures


def say(part: Any) -> None:
    """A line of progress."""
    sys.stderr.write(json.dumps(part) + "\n")


def main() -> None:
    """Reads the arguments and prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--validators", type=int, default=12)
    parser.add_argument("--movements", type=int, default=60_000)
    arguments = parser.parse_args()
    sys.stdout.write(json.dumps(measure(arguments.validators, arguments.movements), indent=2) + "\n")


if __name__ == "__main__":
    main()
