"""What a load is compared with, measured right before and right after it: the machine's speed drifts within a run."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import mean
from typing import Any

from benchmarks.ceiling import Ceiling
from benchmarks.postgres import Bank

# What most ask for; the best number of clients of a run is found before its turns begin.
BATCH = 1_000


def turn(ceiling: Ceiling, bank: Bank, clients: int, seconds: float, guess_mgas: int) -> dict[str, Any]:
    """The engine's ceiling, and PostgreSQL with a commit a movement and in batches, one after the other."""
    return {
        "mgas_per_second": ceiling.measure(seconds, guess_mgas)["mgas_per_second"],
        "one_commit_each": bank.one_commit_each(clients, seconds),
        "in_batches": bank.in_batches(BATCH, seconds),
    }


def between(before: Mapping[str, Any], after: Mapping[str, Any], name: str) -> float:
    """What the load between two turns is compared with: the mean of both."""
    return mean((before[name], after[name]))
