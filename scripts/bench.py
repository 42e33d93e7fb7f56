#!/usr/bin/env python3
"""Measures the ledger on this machine: prints the figures beside their goals and writes them (docs/benchmarks.md).

    .venv/bin/python scripts/bench.py                    # all of it, about 40 minutes on two cores
    .venv/bin/python scripts/bench.py --seconds 10       # a quick look

Ledgers and a PostgreSQL server are made in a temporary folder, one after the other, and nothing is left behind.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]

from benchmarks.ceiling import Ceiling  # noqa: E402
from benchmarks.curve import RATES_FOUR, RATES_ONE, curve  # noqa: E402
from benchmarks.end_to_end import at_rest, half_load, sustained  # noqa: E402
from benchmarks.index import growth, rebuild  # noqa: E402
from benchmarks.picture import draw  # noqa: E402
from benchmarks.postgres import CLIENTS, LARGE_BATCH, Bank, bank  # noqa: E402
from benchmarks.report import figures_of, write  # noqa: E402
from benchmarks.reservations import beside_others  # noqa: E402
from benchmarks.scene import scene  # noqa: E402
from benchmarks.single import single  # noqa: E402
from benchmarks.turns import turn  # noqa: E402

from liveledger.node.geth import COMPACT  # noqa: E402
from liveledger.node.logs import log_to_stderr  # noqa: E402
from tests.support.postgresql import require_programs  # noqa: E402

# More a second than is ever carried: what is prepared before the clock starts must not run out.
GUESS, GUESS_FOUR, GUESS_SINGLE, GUESS_MGAS = 90_000, 40_000, 4_000, 500
INDEX_STEPS = (100_000, 1_000_000, 10_000_000)
INDEX_SKUS = (1_000, 10_000, 100_000, 1_000_000)


def main() -> int:
    """Measures, prints and writes; 1 when a goal was missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60.0, help="how long each load lasts (default 60)")
    parser.add_argument("--json", type=Path, default=ROOT / "build" / "bench.json", help="where the figures go")
    options = parser.parse_args()
    log_to_stderr()
    require_programs()  # before ten minutes have gone by
    found: dict[str, Any] = {"seconds": options.seconds}
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        measure(Path(folder), options.seconds, found)
    figures = figures_of(found)
    write(options.json, figures, found)
    draw(found, options.json.with_name("time-to-final.svg"))
    sys.stdout.write("".join(f"{figure.line()}\n" for figure in figures))
    sys.stdout.write(f"written to {options.json}\n")
    return 1 if any(figure.ok is False for figure in figures) else 0


def measure(folder: Path, seconds: float, found: dict[str, Any]) -> None:
    """Fills ``found``, part by part; every part is told on stderr as soon as it is known."""

    def note(name: str, value: dict[str, Any]) -> None:
        found[name] = value
        say(f"{name}: {json.dumps(value)}")

    with bank(folder) as rival, scene(folder / "one", 1, say) as one:
        note("postgres", best_clients(rival, seconds))
        engine, clients = Ceiling(one), int(found["postgres"]["best_clients"])
        note("before", turn(engine, rival, clients, seconds / 2, GUESS_MGAS))
        whole = sustained(one, seconds, GUESS)
        note("end_to_end_1", whole.figures())
        note("after", turn(engine, rival, clients, seconds / 2, GUESS_MGAS))
        note("half_load_1", half_load(one, whole.rate, seconds))
        note("reservations", beside_others(one, folder, seconds / 2))
        note("curve_1", curve(one, RATES_ONE, seconds / 2, say))
        note("rebuild", rebuild(one, folder))
        note("single", single(one, seconds, GUESS_SINGLE))
    with scene(folder / "compact", 1, say, COMPACT) as compact:
        note("compact", at_rest(compact, seconds, GUESS))
    with scene(folder / "four", 4, say) as four:
        whole = sustained(four, seconds, GUESS_FOUR)
        note("end_to_end_4", whole.figures())
        note("half_load_4", half_load(four, whole.rate, seconds))
        note("curve_4", curve(four, RATES_FOUR, seconds / 2, say))
    note("index", growth(folder, INDEX_STEPS, say))
    note("index_by_skus", {str(skus): growth(folder, [INDEX_STEPS[1]], say, skus) for skus in INDEX_SKUS})


def best_clients(rival: Bank, seconds: float) -> dict[str, Any]:
    """PostgreSQL's settings, a commit a movement by each number of clients, the best of them, and larger batches."""
    each = {clients: rival.one_commit_each(clients, seconds / 2) for clients in CLIENTS}
    return {
        "settings": rival.settings(),
        "one_commit_each": {str(clients): carried for clients, carried in each.items()},
        "best_clients": max(each, key=lambda clients: each[clients]),
        "in_batches": {str(LARGE_BATCH): rival.in_batches(LARGE_BATCH, seconds / 2)},
    }


def say(line: str) -> None:
    """Progress, on stderr."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
