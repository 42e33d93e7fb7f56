"""A batch of one device's readings, committed to by a Merkle root (docs/formats.md, Reports)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from liveledger.domain import merkle, times
from liveledger.domain.errors import InvalidInput, NotFound
from liveledger.domain.payloads import SensorBatchPayload, reading_data
from liveledger_oracles.alerts.levels import TemperatureLimits

MAX_READINGS = 100_000
MILLI_RANGE = (-(1 << 31), (1 << 31) - 1)


@dataclass(frozen=True, slots=True, order=True)
class Reading:
    """One reading: ``at`` in Unix seconds, ``milli`` in thousandths of the unit."""

    at: int
    milli: int

    def leaf(self, device_id: bytes) -> bytes:
        """The reading's leaf hash under its device (32 bytes)."""
        return merkle.leaf_hash(reading_data(device_id, self.at, self.milli))


@dataclass(frozen=True, slots=True)
class ReadingProof:
    """Evidence that a batch holds ``reading``: its position and the siblings up to the root."""

    reading: Reading
    index: int
    size: int
    path: tuple[bytes, ...]

    def root(self, device_id: bytes) -> bytes | None:
        """The root that this evidence leads to; None when the path has the wrong length."""
        return merkle.root_from_path(self.reading.leaf(device_id), self.index, self.size, self.path)


@dataclass(frozen=True, slots=True)
class Excursion:
    """A run of readings outside the limits: first and last time (Unix seconds), the worst value, how many."""

    first_at: int
    last_at: int
    worst_milli: int
    readings: int

    @property
    def seconds(self) -> int:
        """From the first to the last reading outside."""
        return self.last_at - self.first_at


@dataclass(frozen=True)
class ReadingBatch:
    """Readings of one device (32-byte id), strictly ascending in time."""

    device_id: bytes
    readings: tuple[Reading, ...]

    def __post_init__(self) -> None:
        if len(self.device_id) != 32:
            raise InvalidInput(f"a device id has 32 bytes, not {len(self.device_id)}")
        if not 1 <= len(self.readings) <= MAX_READINGS:
            raise InvalidInput(f"a batch holds 1 … {MAX_READINGS} readings, not {len(self.readings)}")
        previous = -1
        for number, reading in enumerate(self.readings):
            if reading.at <= previous:
                raise InvalidInput(f"reading {number} is not later than the one before", reading=number)
            times.seconds(reading.at, f"time of reading {number}")
            if not MILLI_RANGE[0] <= reading.milli <= MILLI_RANGE[1]:
                raise InvalidInput(f"reading {number} is out of range", reading=number)
            previous = reading.at

    @cached_property
    def leaves(self) -> list[bytes]:
        """Leaf hashes in the order of time."""
        return [reading.leaf(self.device_id) for reading in self.readings]

    @cached_property
    def root(self) -> bytes:
        """The Merkle root (32 bytes)."""
        return merkle.root(self.leaves)

    @property
    def extremes(self) -> tuple[int, int]:
        """Lowest and highest value (thousandths of the unit)."""
        values = [reading.milli for reading in self.readings]
        return min(values), max(values)

    def payload(self) -> SensorBatchPayload:
        """What a report commits to: root, count, first and last time, extremes."""
        low, high = self.extremes
        times = self.readings[0].at, self.readings[-1].at
        return SensorBatchPayload(self.device_id, self.root, len(self.readings), *times, low, high)

    def proof(self, at: int) -> ReadingProof:
        """Evidence for the reading taken at ``at``. Raises NotFound when there is none."""
        for index, reading in enumerate(self.readings):
            if reading.at == at:
                path = tuple(merkle.audit_path(self.leaves, index))
                return ReadingProof(reading, index, len(self.readings), path)
        raise NotFound(f"the batch holds no reading at {at}", time=at)


def excursions(readings: Sequence[Reading], limits: TemperatureLimits) -> list[Excursion]:
    """Maximal runs of readings outside ``limits``, in order of time; a reading on a limit is inside."""
    found: list[Excursion] = []
    run: list[Reading] = []
    for reading in readings:
        if limits.outside(reading.milli):
            run.append(reading)
        elif run:
            found.append(_excursion(run, limits))
            run = []
    return [*found, _excursion(run, limits)] if run else found


def _excursion(run: Sequence[Reading], limits: TemperatureLimits) -> Excursion:
    worst = max(run, key=lambda reading: limits.outside(reading.milli))
    return Excursion(run[0].at, run[-1].at, worst.milli, len(run))
