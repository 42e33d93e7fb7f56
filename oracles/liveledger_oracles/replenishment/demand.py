"""Demand a day, of each SKU at each place: from a CSV file or from the movements of the index."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

from liveledger.domain import gs1
from liveledger.domain.errors import InvalidInput, TooLarge
from liveledger.domain.movements import Kind, Movement

COLUMNS = ["day", "place", "sku", "units"]
MAX_BYTES = 32 << 20
MAX_ROWS = 1_000_000
MAX_UNITS = (1 << 48) - 1
MAX_CODE_BYTES = 64
LEAST_DAYS = 2
MOST_DAYS = 3_660
# Goods leave for good by these: over the counter, and at the customer's door.
_SALES = frozenset({Kind.SELL, Kind.DELIVER})


@dataclass(frozen=True, slots=True)
class DailyStats:
    """Demand over ``days`` days: mean and sample variance (n − 1) of the units a day, exact."""

    days: int
    mean: Fraction
    variance: Fraction


@dataclass
class Demand:
    """Units by spot and day; a spot is what the reader names it by, such as (SKU code, GLN)."""

    units: dict[tuple[str | int, int], dict[date, int]] = field(default_factory=lambda: defaultdict(dict))

    def add(self, spot: tuple[str | int, int], day: date, units: int) -> None:
        """Adds units to a day."""
        self.units[spot][day] = self.units[spot].get(day, 0) + units

    def last_day(self) -> date | None:
        """The newest day with a row; None when there is none."""
        return max((day for days in self.units.values() for day in days), default=None)

    def as_csv(self) -> bytes:
        """The same demand as the file that `parse_csv` reads, in one order; spots by SKU code and GLN."""
        rows = [
            [day.isoformat(), f"{gln:013}", str(sku), str(units)]
            for (sku, gln), days in self.units.items()
            for day, units in days.items()
        ]
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator="\n").writerows([COLUMNS, *sorted(rows)])
        return text.getvalue().encode()

    def stats(self, spot: tuple[str | int, int], end: date, days: int) -> DailyStats:
        """Mean and variance over the ``days`` days before ``end``; a day without a row is a day without a sale.

        Raises InvalidInput for fewer than two days or more than ten years.
        """
        if not LEAST_DAYS <= days <= MOST_DAYS:
            raise InvalidInput(f"demand is taken over {LEAST_DAYS} … {MOST_DAYS} days, not {days}", days=days)
        sold = self.units.get(spot, {})
        series = [sold.get(end - timedelta(days=back), 0) for back in range(1, days + 1)]
        mean = Fraction(sum(series), days)
        variance = sum((units - mean) ** 2 for units in series) / (days - 1)
        return DailyStats(days, mean, Fraction(variance))


def parse_csv(data: bytes) -> Demand:
    """Reads ``day,place,sku,units``: ISO date, GLN, the brand's code, whole units sold; rows of one day add up.

    Raises TooLarge over 32 MiB or a million rows, InvalidInput naming the line that does not parse.
    """
    if len(data) > MAX_BYTES:
        raise TooLarge(f"a file of demand has at most {MAX_BYTES} bytes")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput(f"byte {error.start} is no UTF-8", offset=error.start) from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    demand = Demand()
    try:
        if next(reader, None) != COLUMNS:
            raise InvalidInput(f"the first line is not {','.join(COLUMNS)}", line=1)
        for number, row in enumerate(reader, start=2):
            if number - 1 > MAX_ROWS:
                raise TooLarge(f"a file of demand has at most {MAX_ROWS} rows")
            demand.add(*_row(row, number))
    except csv.Error as error:
        raise InvalidInput(f"line {reader.line_num}: {error}", line=reader.line_num) from None
    return demand


def _row(row: list[str], line: int) -> tuple[tuple[str, int], date, int]:
    try:
        day, place, sku, units = row
        if not (units.isascii() and units.isdigit() and len(units) <= len(str(MAX_UNITS)) and int(units) <= MAX_UNITS):
            raise ValueError(units)
        if not 1 <= len(sku.encode()) <= MAX_CODE_BYTES:
            raise ValueError(sku)
        return (sku, gs1.gln(place)), date.fromisoformat(day), int(units)
    except (ValueError, InvalidInput):
        raise InvalidInput(f"line {line} is no row of demand: {','.join(row)[:80]!r}", line=line) from None


def from_movements(movements: Iterable[Movement]) -> Demand:
    """Demand by (SKU number, place number) from movements, by the UTC day of the fact."""
    demand = Demand()
    for movement in movements:
        if movement.kind in _SALES:
            day = datetime.fromtimestamp(movement.at, UTC).date()
            demand.add((movement.sku, movement.source), day, movement.quantity)
    return demand
