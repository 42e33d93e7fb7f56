"""Movements from submitted over final to indexed, for a minute or more; then the time to final at half that load."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from benchmarks.scene import Scene
from benchmarks.steady import offer, waits_of
from benchmarks.verified import figures as verified_figures
from benchmarks.verified import following_client
from benchmarks.workload import CHUNK

_LANE, _HALF_LANE = 1, 2
_HALF_CHUNK = 1_000
_OF_LANE = "FROM entry JOIN batch ON batch.entry = entry.id JOIN lane ON lane.id = batch.lane WHERE lane.number = ?"


@dataclass(frozen=True)
class Sustained:
    """A minute's figures: rate, gas a movement, Mgas a second, processor seconds a million movements by process."""

    movements: int
    seconds: float
    gas: int
    cpu: dict[str, float]
    memory_mb: float
    disk_mb: float

    @property
    def rate(self) -> float:
        """Movements a second, submitted to indexed."""
        return self.movements / self.seconds

    def figures(self) -> dict[str, Any]:
        """For the report."""
        millions = self.movements / 1e6
        return {
            "movements": self.movements,
            "seconds": round(self.seconds, 1),
            "movements_per_second": round(self.rate),
            "gas_per_movement": round(self.gas / self.movements),
            "mgas_per_second": round(self.gas / 1e6 / self.seconds, 1),
            "cpu_seconds_per_million": {name: round(spent / millions, 1) for name, spent in self.cpu.items()},
            "memory_mb": round(self.memory_mb),
            "disk_mb_per_million": round(self.disk_mb / millions, 1),
        }


def sustained(scene: Scene, seconds: float, guess: int) -> Sustained:
    """Posts for at least ``seconds``; ``guess`` movements a second are prepared before the clock starts."""
    chunks = list(scene.workload.chunks(round(seconds * guess / CHUNK) + 1, "sustained"))
    poster, before, disk = scene.trading.poster(_LANE), scene.cpu(), scene.disk_mb()
    sent, began = 0, time.monotonic()
    while time.monotonic() - began < seconds and sent < len(chunks):
        poster.wait_for_room(CHUNK)
        poster.post(chunks[sent])
        poster.pump()
        sent += 1
    poster.wait(timeout=300)
    scene.wait_indexed(_last_block(scene, _LANE))
    took, after = time.monotonic() - began, scene.cpu()
    if took < seconds:
        raise RuntimeError(f"{sent * CHUNK} movements were gone after {took:.0f} s: prepare more")
    spent = {name: after[name] - before[name] for name in after}
    return Sustained(sent * CHUNK, took, _gas(scene, _LANE), spent, scene.memory_mb(), scene.disk_mb() - disk)


def at_rest(scene: Scene, seconds: float, guess: int) -> dict[str, Any]:
    """The same load's figures, and how much the disk grew by it from one restart of the node to the next."""
    before = scene.rested_disk_mb()
    whole = sustained(scene, seconds, guess)
    grown = scene.rested_disk_mb() - before
    return {**whole.figures(), "disk_at_rest_mb_per_million": round(grown / (whole.movements / 1e6), 1)}


def half_load(scene: Scene, rate: float, seconds: float) -> dict[str, Any]:
    """Seconds at half of ``rate`` movements a second, p50 and p99: from acknowledged to final over all movements, and
    to a verified answer over those that a client follows.
    """
    chunks = list(scene.workload.chunks(max(1, round(seconds * rate / 2 / _HALF_CHUNK)), "half", _HALF_CHUNK))
    poster = scene.trading.poster(_HALF_LANE)
    with following_client(scene, poster) as client:
        taken = offer(poster, chunks, seconds, acknowledged=client.acknowledged)
    return {**taken.figures(waits_of(scene.trading.outbox, _HALF_LANE)), **verified_figures(client)}


def _last_block(scene: Scene, lane: int) -> int:
    query = f"SELECT max(block) {_OF_LANE}"
    return int(scene.trading.outbox.db.execute(query, (lane,)).fetchone()[0])


def _gas(scene: Scene, lane: int) -> int:
    query = f"SELECT sum(gas_used) {_OF_LANE} AND status = 1"
    return int(scene.trading.outbox.db.execute(query, (lane,)).fetchone()[0])
