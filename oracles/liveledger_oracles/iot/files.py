"""Readings from files: minutes since the first reading, degrees Celsius, and where they come from."""

from __future__ import annotations

import csv
from decimal import Decimal, InvalidOperation
from pathlib import Path

from liveledger.domain.errors import InvalidInput
from liveledger_oracles.iot.batch import Reading


def read_celsius(path: Path, first_at: int) -> list[Reading]:
    """Reads ``minute,celsius,…`` rows; the minute 0 becomes ``first_at`` (Unix seconds).

    Raises InvalidInput naming the line that does not parse or is finer than a thousandth of a degree.
    """
    readings: list[Reading] = []
    with path.open(encoding="utf-8", newline="") as stream:
        for number, row in enumerate(csv.DictReader(stream), start=2):
            try:
                milli = Decimal(row["celsius"]) * 1000
                if milli != int(milli):
                    raise ValueError
                readings.append(Reading(first_at + 60 * int(row["minute"]), int(milli)))
            except (KeyError, TypeError, ValueError, ArithmeticError, InvalidOperation):
                raise InvalidInput(f"{path.name}, line {number} is no reading", line=number) from None
    return readings
