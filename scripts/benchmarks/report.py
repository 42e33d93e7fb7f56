"""The figures beside their goals: a table for people, build/bench.json for machines."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.curve import LIMIT_SECONDS
from benchmarks.reservations import EXTRA_SECONDS
from benchmarks.turns import between


@dataclass(frozen=True)
class Figure:
    """One figure: ``goal`` is what it should reach, or what it should not exceed when ``at_most``.

    ``value`` is None where the load was so far from carried that there is nothing to measure; a goal is missed then.
    """

    name: str
    value: float | None
    unit: str
    goal: float | None = None
    at_most: bool = False

    @property
    def ok(self) -> bool | None:
        """Whether the goal is met; None without one."""
        if self.goal is None:
            return None
        if self.value is None:
            return False
        return self.value <= self.goal if self.at_most else self.value >= self.goal

    def line(self) -> str:
        """For a person."""
        goal = "" if self.goal is None else f"{'≤' if self.at_most else '≥'} {self.goal:,g}"
        verdict = {None: "", True: "ok", False: "NO"}[self.ok]
        value = "nothing" if self.value is None else f"{self.value:,.4g}"
        return f"{self.name:<70} {value:>12} {self.unit:<10} {goal:>12} {verdict}"


def figures_of(found: Mapping[str, Any]) -> list[Figure]:
    """What the goals are about. Ratios are of one run on one machine, so that its noise cancels."""
    one, four = found["end_to_end_1"], found["end_to_end_4"]
    rate, mgas = one["movements_per_second"], one["mgas_per_second"]
    single, postgres = found["single"]["movements_per_second"], found["postgres"]
    turns = found["before"], found["after"]
    commit_each, in_batches = between(*turns, "one_commit_each"), between(*turns, "in_batches")
    ceiling = between(*turns, "mgas_per_second")
    full = list(found["index"].values())[-1]
    return [
        Figure("movements a second, 1 validator", rate, "1/s", 50_000),
        Figure("movements a second, 4 validators", four["movements_per_second"], "1/s", 15_000),
        Figure("one transaction a movement, same engine", single, "1/s"),
        Figure("batches over one transaction a movement", rate / single, "times", 15),
        Figure("PostgreSQL, one commit a movement, best client count, in turns", commit_each, "1/s"),
        *(
            Figure(f"PostgreSQL, one commit a movement, {clients} client(s)", carried, "1/s")
            for clients, carried in postgres["one_commit_each"].items()
        ),
        Figure("ours over PostgreSQL with a commit a movement", rate / commit_each, "times", 5),
        Figure("PostgreSQL, batches of 1,000, in turns", in_batches, "1/s"),
        Figure("ours over PostgreSQL in batches of 1,000", rate / in_batches, "times", 1),
        Figure("PostgreSQL, batches of 4,000, about our transactions' size", postgres["in_batches"]["4000"], "1/s"),
        Figure("engine's ceiling, in turns", ceiling, "Mgas/s"),
        Figure("share of the engine's ceiling", mgas / ceiling, "", 0.6),
        Figure("gas a movement", one["gas_per_movement"], "gas"),
        Figure("disk a million movements, archive", one["disk_mb_per_million"], "MB", 100, at_most=True),
        Figure(
            "disk a million movements, compact, at rest",
            found["compact"]["disk_at_rest_mb_per_million"],
            "MB",
            30,
            at_most=True,
        ),
        *_times(found),
        Figure("index rebuilt from block 1", found["rebuild"]["movements_per_second"], "1/s", 50_000),
        Figure("index of 10⁷ movements: a balance, p99", full["balance_p99_ms"], "ms", 5, at_most=True),
        Figure("index of 10⁷ movements: a page of 100 movements, p99", full["page_p99_ms"], "ms", 20, at_most=True),
        *_growth(found),
        Figure("memory of a node and its index under load", one["memory_mb"], "MB"),
        *(
            Figure(f"processor seconds a million movements: {name}", spent, "s")
            for name, spent in one["cpu_seconds_per_million"].items()
        ),
    ]


def _times(found: Mapping[str, Any]) -> list[Figure]:
    """How long a movement waits until it is final, and until an answer that counts it is verified."""
    half = found["half_load_1"]
    return [
        Figure("time to final at half load, p50", half["p50_seconds"], "s"),
        Figure("time to final at half load, p99", half["p99_seconds"], "s", 2, at_most=True),
        Figure("the same with 4 validators, p99", found["half_load_4"]["p99_seconds"], "s"),
        *_reservations(found["reservations"]),
        *_curve("1 validator", found["curve_1"]),
        *_curve("4 validators", found["curve_4"]),
        Figure("time to a verified answer at half load, p50", half["verified_p50_seconds"], "s"),
        Figure("time to a verified answer at half load, p99", half["verified_p99_seconds"], "s"),
        Figure("proving and verifying an answer, p99", half["prove_and_verify_p99_seconds"], "s"),
    ]


def _reservations(found: Mapping[str, Any]) -> list[Figure]:
    """What other movements cost a reservation: time to final beside a heavy load, over that of a light one alone."""
    alone, crowded, others = found["alone"], found["reservations"], found["others"]
    times = alone["p99_seconds"], crowded["p99_seconds"]
    extra = None if None in times else round(times[1] - times[0], 3)
    rate, other_rate = crowded["movements_per_second"], others["movements_per_second"]
    beside = f"{rate:,} reservations/s beside {other_rate:,}/s of others"
    return [
        Figure(f"{alone['movements_per_second']:,} movements/s alone: time to final, p99", times[0], "s"),
        Figure(f"{beside}: time to final, p99", times[1], "s"),
        Figure("more than alone", extra, "s", EXTRA_SECONDS, at_most=True),
    ]


def _curve(who: str, found: Mapping[str, Any]) -> list[Figure]:
    """Time to final at each rate; a rate that was not carried is named so."""
    points = [
        Figure(f"{who}, {_load(point)}: time to final, p99", point["p99_seconds"], "s") for point in found["points"]
    ]
    highest = Figure(f"{who}: highest rate with p99 within {LIMIT_SECONDS:g} s", found["highest_per_second"], "1/s")
    return [*points, highest]


def _load(point: Mapping[str, Any]) -> str:
    carried = "" if point["carried"] else f" (not carried: {point['movements_per_second']:,}/s)"
    return f"{point['wanted_per_second']:,}/s{carried}"


def _growth(found: Mapping[str, Any]) -> list[Figure]:
    """What the index takes in a second as it holds more movements, and with more SKUs."""
    by_movements = [
        Figure(f"index at {int(count):,} movements, taken in", step["movements_per_second"], "1/s")
        for count, step in found["index"].items()
    ]
    by_skus = [
        Figure(f"index of {int(skus):,} SKUs, taken in", step["movements_per_second"], "1/s")
        for skus, steps in found["index_by_skus"].items()
        for step in steps.values()
    ]
    return by_movements + by_skus


def write(path: Path, figures: list[Figure], found: Mapping[str, Any]) -> None:
    """Writes name → value, unit, goal, ok, and beside them everything that was measured."""
    entries = {figure.name: {**asdict(figure), "ok": figure.ok} for figure in figures}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"figures": entries, "measured": found}, indent=2, ensure_ascii=False) + "\n")
