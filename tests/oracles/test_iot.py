"""Readings: leaves to the byte, paths that prove one reading, runs outside the limits."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveledger.domain.errors import InvalidInput, NotFound
from liveledger.domain.hashing import keccak
from liveledger_oracles.alerts.levels import TemperatureLimits
from liveledger_oracles.iot.batch import Reading, ReadingBatch, excursions

DEVICE = bytes(range(32))
MILLI = st.integers(-(1 << 31), (1 << 31) - 1)


@st.composite
def batches(draw: st.DrawFn) -> ReadingBatch:
    times = sorted(draw(st.sets(st.integers(0, (1 << 32) - 1), min_size=1, max_size=40)))
    return ReadingBatch(DEVICE, tuple(Reading(at, draw(MILLI)) for at in times))


def test_leaf_to_the_byte() -> None:
    expected = keccak(b"\x00" + DEVICE + (1_700_000_000).to_bytes(8) + (0xFFFFFFFF).to_bytes(4))
    assert Reading(1_700_000_000, -1).leaf(DEVICE) == expected


@given(batches(), st.data())
def test_every_reading_is_proven_by_its_path(batch: ReadingBatch, data: st.DataObject) -> None:
    reading = data.draw(st.sampled_from(batch.readings))
    proof = batch.proof(reading.at)
    assert proof.reading == reading
    assert proof.root(DEVICE) == batch.root


@given(batches(), st.data())
def test_another_device_or_value_leads_elsewhere(batch: ReadingBatch, data: st.DataObject) -> None:
    reading = data.draw(st.sampled_from(batch.readings))
    proof = batch.proof(reading.at)
    assert proof.root(bytes(32)) != batch.root
    other = ReadingBatch(DEVICE, tuple(Reading(r.at, r.milli ^ 1) if r == reading else r for r in batch.readings))
    assert other.root != batch.root


def test_a_path_of_the_wrong_length_leads_nowhere() -> None:
    batch = ReadingBatch(DEVICE, (Reading(1, 5), Reading(2, 6)))
    proof = batch.proof(1)
    assert type(proof)(proof.reading, 0, 2, (*proof.path, bytes(32))).root(DEVICE) is None


@pytest.mark.parametrize(
    "readings",
    [
        (),
        (Reading(2, 0), Reading(2, 0)),
        (Reading(2, 0), Reading(1, 0)),
        (Reading(1, 1 << 31),),
        (Reading(1 << 64, 0),),
        (Reading(1_795_521_480_000, 0),),
    ],
)
def test_bad_batches_are_refused(readings: tuple[Reading, ...]) -> None:
    with pytest.raises(InvalidInput):
        ReadingBatch(DEVICE, readings)


def test_a_device_id_has_32_bytes() -> None:
    with pytest.raises(InvalidInput, match="31"):
        ReadingBatch(DEVICE[1:], (Reading(1, 1),))


def test_a_time_without_reading_is_not_found() -> None:
    with pytest.raises(NotFound):
        ReadingBatch(DEVICE, (Reading(1, 1),)).proof(2)


def test_extremes() -> None:
    assert ReadingBatch(DEVICE, (Reading(1, 4), Reading(2, -9), Reading(3, 1))).extremes == (-9, 4)


def test_excursions_are_maximal_runs() -> None:
    values = [5_000, 8_001, 9_000, 8_000, 1_000, 1_999]
    found = excursions([Reading(60 * i, value) for i, value in enumerate(values)], TemperatureLimits())
    assert [(e.first_at, e.last_at, e.worst_milli, e.readings, e.seconds) for e in found] == [
        (60, 120, 9_000, 2, 60),
        (240, 300, 1_000, 2, 60),
    ]


@given(st.lists(st.integers(0, 12_000), max_size=50))
def test_every_reading_outside_is_in_exactly_one_run(values: list[int]) -> None:
    limits = TemperatureLimits()
    readings = [Reading(i, value) for i, value in enumerate(values)]
    runs = excursions(readings, limits)
    assert sum(run.readings for run in runs) == sum(1 for value in values if limits.outside(value))
    assert all(left.last_at + 1 < right.first_at for left, right in itertools.pairwise(runs))
