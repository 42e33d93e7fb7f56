"""Typed answers about readings of devices."""

from __future__ import annotations

from liveledger_api.answers import POSTED, Hash, Posted, Seconds, example
from liveledger_api.listing import Decimal, Typed


class ReadingsKept(Typed):
    """What a batch's report has to name."""

    model_config = example(readings_root="0x" + "77" * 32, readings=600)

    readings_root: Hash
    readings: int


class ReadingOfDevice(Posted):
    """A reading within its batch: the value in thousandths, and the batch's bounds."""

    index: Decimal
    value_milli: Decimal
    readings: Decimal
    readings_root: Hash
    first_at: Seconds
    last_at: Seconds
    min_milli: Decimal
    max_milli: Decimal


_BATCH = {"readings": "600", "readings_root": "0x" + "77" * 32, "first_at": "1796036400", "last_at": "1796039990"}
_READING = POSTED | _BATCH | {"index": "5", "value_milli": "-18250", "min_milli": "-19000", "max_milli": "-17500"}


class ProvenReading(Typed):
    """A reading below the root that a feed reported; null where that is of another device, or there is no report."""

    model_config = example(known_report=True, device_matches=True, reading=_READING)

    known_report: bool
    device_matches: bool
    reading: ReadingOfDevice | None
