"""Keeps batches of readings, so that a single one can be proven against its feed's report."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from liveledger.domain import merkle, times
from liveledger.domain.errors import InvalidInput, LiveLedgerError
from liveledger.messages import json_body
from liveledger.messages.checks import Findings, array, matching, record
from liveledger_api.database import Database
from liveledger_api.readings import queries
from liveledger_api.store.schema import StoredReadings

MAX_READINGS = 100_000
_MILLI = 1 << 31


def _reading(value: Any, findings: Findings) -> None:
    whole = isinstance(value, list) and len(value) == 2 and all(type(number) is int for number in value)
    if not whole or not -_MILLI <= value[1] < _MILLI:
        findings.add("is no pair of a time in Unix seconds and a value in thousandths of the unit")


_FORM = record(
    {"device": matching("0x[0-9a-f]{64}", "device id of 32 bytes"), "readings": array(_reading, least=1)},
    required=("device", "readings"),
)


class ReadingService:
    """What can be done with batches of readings."""

    def __init__(self, store: Database, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._clock = clock

    def keep(self, body: bytes) -> dict[str, Any]:
        """Keeps ``{"device", "readings": [[time, milli], …]}`` and returns the batch's root (docs/formats.md).

        Raises MalformedJson or InvalidInput naming the reading; times are Unix seconds that ascend strictly, from the
        year 2000 to 300 s from now.
        """
        value = json_body.parse(body)
        findings = Findings()
        _FORM(value, findings)
        if findings.found:
            first = findings.found[0]
            raise InvalidInput(f"{first.path}: {first.message}", path=first.path)
        device, readings = bytes.fromhex(value["device"][2:]), value["readings"]
        if len(readings) > MAX_READINGS:
            raise InvalidInput(f"a batch holds at most {MAX_READINGS} readings, not {len(readings)}")
        self._check_times([at for at, _ in readings])
        for i in range(1, len(readings)):
            if readings[i][0] <= readings[i - 1][0]:
                raise InvalidInput(f"reading {i} is not later than the one before", path=f"/readings/{i}")
        root = readings_root(device, readings)
        with self._store.writing() as session:
            queries.add(session, StoredReadings(root=root, device=device, readings=json.dumps(readings)))
        return {"readings_root": "0x" + root.hex(), "readings": len(readings)}

    def _check_times(self, found: list[int]) -> None:
        """What the contract would refuse in the report is refused before it is kept."""
        now = self._clock()
        for i, at in enumerate(found):
            try:
                times.observed(at, now)
            except LiveLedgerError as error:
                error.message, error.details["path"] = f"reading {i}: {error.message}", f"/readings/{i}/0"
                raise


def readings_root(device: bytes, readings: list[list[int]]) -> bytes:
    """Merkle root over the readings' leaves: device ‖ time (8) ‖ value (4, signed), in their order."""
    leaves = [merkle.leaf_hash(device + at.to_bytes(8) + milli.to_bytes(4, signed=True)) for at, milli in readings]
    return merkle.root(leaves)
