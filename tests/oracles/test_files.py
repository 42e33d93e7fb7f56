"""The shipped readings say that they are simulated and hold one excursion; broken files are refused by line."""

from __future__ import annotations

from pathlib import Path

import pytest

from liveledger.domain.errors import InvalidInput
from liveledger_oracles.alerts.levels import Level, TemperatureLimits, temperature
from liveledger_oracles.iot.batch import ReadingBatch, excursions
from liveledger_oracles.iot.files import read_celsius

SAMPLE = Path(__file__).parents[2] / "examples" / "sensors" / "simulated_cold_box.csv"


def test_the_sample_leaves_the_cold_once() -> None:
    readings = read_celsius(SAMPLE, 1_000)
    limits = TemperatureLimits()
    (found,) = excursions(readings, limits)
    alert = temperature(found.worst_milli, found.seconds, limits)
    assert alert is not None
    assert alert.level == Level.CRITICAL
    assert ReadingBatch(bytes(32), tuple(readings)).proof(found.first_at).reading.milli > limits.high_milli


def test_every_row_says_simulated() -> None:
    rows = SAMPLE.read_text().splitlines()[1:]
    assert rows
    assert all(row.endswith(",simulated") for row in rows)


def test_minutes_and_thousandths(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text("minute,celsius\n0,-4.5\n5,0.001\n")
    assert [(r.at, r.milli) for r in read_celsius(path, 60)] == [(60, -4_500), (360, 1)]


@pytest.mark.parametrize("row", ["x,1", "1,warm", "1,NaN", "1,0.0001", "1", "1.5,2", "1,Infinity"])
def test_a_broken_row_is_named(tmp_path: Path, row: str) -> None:
    path = tmp_path / "r.csv"
    path.write_text(f"minute,celsius\n0,1\n{row}\n")
    with pytest.raises(InvalidInput, match="line 3"):
        read_celsius(path, 0)
