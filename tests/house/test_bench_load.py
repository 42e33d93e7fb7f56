"""A load that the ledger does not carry is a figure of the benchmark, not its end."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from liveledger.chain.movements import posting
from tests.chain.test_poster import Clock, EmptyContract, message, poster_on

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
QUEUE, CHUNK = 20, 5


@pytest.fixture
def benchmarks(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, ModuleType]]:
    """The benchmark's modules, which are on no path otherwise."""
    monkeypatch.syspath_prepend(str(SCRIPTS))
    from benchmarks import curve, report, steady

    yield {"steady": steady, "curve": curve, "report": report}
    for name in [name for name in sys.modules if name.split(".")[0] == "benchmarks"]:
        monkeypatch.delitem(sys.modules, name)


def test_a_full_queue_is_a_load_that_is_not_carried(
    benchmarks: dict[str, ModuleType], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posting, "MAX_WAITING", QUEUE)
    clock = Clock()  # it stands still: nothing that waits is ever put into a batch
    poster = poster_on(EmptyContract(), tmp_path, clock)
    monkeypatch.setattr(poster._forming, "due", lambda open_ones: False)
    chunks = [[message(f"{number}-{at}") for at in range(CHUNK)] for number in range(3 * QUEUE // CHUNK)]
    told: list[Any] = []
    taken = benchmarks["steady"].offer(poster, chunks, 0.3, acknowledged=told.append, drain=0.05)
    assert taken.movements == QUEUE
    assert [one.message_id for one in told] == [f"{number}-0" for number in range(QUEUE // CHUNK)]
    assert taken.refusals > 0
    assert not taken.drained
    assert not taken.carried
    found = taken.figures(benchmarks["steady"].waits_of(poster.sender.outbox, poster.lane))
    assert found["p99_seconds"] is None
    line = benchmarks["report"].Figure("p99", found["p99_seconds"], "s", 2, at_most=True).line()
    assert line.split() == ["p99", "nothing", "s", "≤", "2", "NO"]


def _point(rate: int, p99: float, carried: bool = True) -> dict[str, Any]:
    return {"wanted_per_second": rate, "carried": carried, "p99_seconds": p99}


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ([_point(500, 1.7), _point(2_000, 2.2), _point(5_000, 1.9)], (500, 2_000)),
        ([_point(500, 2.9)], (0, 500)),
        ([_point(5_000, 1.5), _point(500, 1.7)], (5_000, None)),
        ([_point(500, 1.7), _point(2_000, 1.0, carried=False)], (500, 2_000)),
    ],
)
def test_the_highest_rate_within_the_limit(
    benchmarks: dict[str, ModuleType], points: list[dict[str, Any]], expected: tuple[int, int | None]
) -> None:
    assert benchmarks["curve"].bracket(points) == expected
