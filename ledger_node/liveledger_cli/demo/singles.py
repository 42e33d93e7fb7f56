"""Single submissions at moderate load: how long from "submitted" to "the commit of its block was seen"."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from liveledger.bindings import stock_ledger
from liveledger.chain.outbox.sender import Outcome
from liveledger.domain.merkle import EMPTY_ROOT
from liveledger.domain.movements import Kind, Movement, pack
from liveledger_cli.demo.desk import Desk
from liveledger_cli.demo.figures import percentile
from liveledger_cli.demo.state import Run
from liveledger_cli.demo.world import SCANNERS, World

SINGLE_GAS = 400_000
PUMP_SECONDS = 0.08
FINAL_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Pace:
    """How many singles over how many seconds, by how many scanners at once."""

    count: int
    seconds: float
    scanners: int = SCANNERS


@dataclass(frozen=True, slots=True)
class Latencies:
    """Seconds from submission to finality of each single, and the gas of all."""

    seconds: list[float]
    gas: int

    def figures(self) -> dict[str, float | int]:
        """For the report; percentiles by nearest rank."""
        return {
            "submissions": len(self.seconds),
            "finality_p50_seconds": round(percentile(self.seconds, 50), 3),
            "finality_p99_seconds": round(percentile(self.seconds, 99), 3),
            "finality_max_seconds": round(max(self.seconds), 3),
            "gas_per_single_movement": round(self.gas / len(self.seconds)),
        }


def tour(world: World, sku: int, step: int, at: int) -> Movement:
    """The goods move in a circle: reserved, shipped to the studio, arrived there, brought back; nothing is used up."""
    warehouse, studio = world.warehouse, world.studio
    legs = (
        (Kind.RESERVE, warehouse, warehouse),
        (Kind.SHIP, warehouse, studio),
        (Kind.ARRIVE, studio, studio),
        (Kind.TRANSFER, studio, warehouse),
    )
    kind, source, target = legs[step % len(legs)]
    return Movement(sku, kind, source, target, 1, at)


@dataclass(frozen=True, slots=True)
class Scanner:
    """One scanner: its account, its lane, the SKU that it moves, the world that it moves in."""

    label: str
    lane: int
    sku: int
    world: World
    stock: bytes

    def work(self, desk: Desk, run: Run, moments: Sequence[float], advance: Callable[[float], None]) -> list[Outcome]:
        """Submits one movement at each moment (monotonic clock) and waits until all are final.

        Raises RuleViolation when the ledger refused one.
        """
        sender = desk.sender(self.label)
        keys: list[str] = []
        pumped = 0.0
        for sequence, moment in enumerate(moments):
            time.sleep(max(0.0, moment - time.monotonic()))
            # The time of the fact is fixed by the run, so that a resumed run repeats the very same request.
            movement = tour(self.world, self.sku, sequence, run.began)
            call = stock_ledger.Post(self.lane, sequence, EMPTY_ROOT, pack([movement]))
            keys += desk.send(self.label, [(run.key("single", self.lane, sequence), self.stock, call)], gas=SINGLE_GAS)
            if time.monotonic() - pumped > PUMP_SECONDS:
                sender.pump()
                pumped = time.monotonic()
            advance(1)
        return desk.outcomes(self.label, keys, timeout=FINAL_SECONDS)


def submit_singles(
    desk: Desk, run: Run, world: World, stock: bytes, pace: Pace, advance: Callable[[float], None]
) -> Latencies:
    """Submits ``pace.count`` movements one by one, evenly spread over time and over the scanners."""
    skus = sorted(world.skus.values())[: pace.scanners]
    scanners = [Scanner(f"scanner-{i + 1}", run.number, sku, world, stock) for i, sku in enumerate(skus)]
    began = time.monotonic()
    moments = [began + i * pace.seconds / pace.count for i in range(pace.count)]
    with ThreadPoolExecutor(pace.scanners, thread_name_prefix="scanner") as pool:
        work = [
            pool.submit(scanner.work, desk, run, moments[number :: pace.scanners], advance)
            for number, scanner in enumerate(scanners)
        ]
        outcomes = [outcome for future in work for outcome in future.result()]
    return Latencies([o.final_at - o.submitted_at for o in outcomes], sum(o.gas_used for o in outcomes))
