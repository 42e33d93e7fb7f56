"""Time to final at one rate after the other, and the highest rate that is final within a given time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from benchmarks.scene import Scene
from benchmarks.steady import offer, waits_of

RATES_ONE = (500, 2_000, 5_000, 10_000, 15_000, 20_000, 25_000, 30_000)
RATES_FOUR = (500, 2_000, 5_000, 8_000, 10_000)
LIMIT_SECONDS = 2.0
# Movements come ten times a second, as many at once as the rate asks for.
_CHUNKS_A_SECOND = 10
_FIRST_LANE = 1_000
# Halvings between the highest rate that kept the limit and the next that did not.
_HALVINGS = 3
_ROUND_TO = 100
Say = Callable[[str], None]
Point = dict[str, Any]


def curve(scene: Scene, rates: Sequence[int], seconds: float, say: Say) -> dict[str, Any]:
    """A point a rate, ascending, and the highest rate that was carried with p99 within `LIMIT_SECONDS` (0: none was).

    Between the last rate that kept the limit and the first that did not, rates are halved three times.
    """
    lanes = iter(range(_FIRST_LANE, _FIRST_LANE + len(rates) + _HALVINGS))
    points = [_point(scene, rate, seconds, lanes, say) for rate in rates]
    low, high = bracket(points)
    for _ in range(_HALVINGS if high is not None else 0):
        rate = round((low + (high or low)) / 2 / _ROUND_TO) * _ROUND_TO
        if rate in (low, high):
            break
        points.append(_point(scene, rate, seconds, lanes, say))
        low, high = bracket(points)
    return {"points": sorted(points, key=lambda point: int(point["wanted_per_second"])), "highest_per_second": low}


def bracket(points: Sequence[Mapping[str, Any]]) -> tuple[int, int | None]:
    """The highest rate below which every rate kept the limit, and the lowest that did not (None: all did)."""
    low = 0
    for point in sorted(points, key=lambda found: int(found["wanted_per_second"])):
        if not point["carried"] or point["p99_seconds"] > LIMIT_SECONDS:
            return low, int(point["wanted_per_second"])
        low = int(point["wanted_per_second"])
    return low, None


def _point(scene: Scene, rate: int, seconds: float, lanes: Iterator[int], say: Say) -> Point:
    lane, size = next(lanes), rate // _CHUNKS_A_SECOND
    chunks = list(scene.workload.chunks(round(seconds * _CHUNKS_A_SECOND), f"curve-{lane}-{rate}", size))
    taken = offer(scene.trading.poster(lane), chunks, seconds)
    found = taken.figures(waits_of(scene.trading.outbox, lane))
    say(f"  {rate:,}/s: p50 {found['p50_seconds']} s, p99 {found['p99_seconds']} s, carried: {found['carried']}")
    return found
