"""Demand a day, of each SKU at each place: from a CSV file or from the movements of the index."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Iterator
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

    def days_known(self, spot: tuple[str | int, int], end: date) -> int:
        """Days from the spot's first row, which may be one of 0 units, to before ``end``; 0 when it has none."""
        first = min(self.units.get(spot, {}), default=end)
        return max(0, (end - first).days)

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

    The first row of a SKU at a place says since when it is there: 0 units, where it was not sold at once.
    Raises TooLarge over 32 MiB or a million rows, InvalidInput naming the line that does not parse.
    """
    demand = Demand()
    for number, row in read_rows(data, COLUMNS):
        demand.add(*_row(row, number))
    return demand


def read_rows(data: bytes, columns: list[str]) -> Iterator[tuple[int, list[str]]]:
    """Rows of a CSV file with their numbers, below a first line of just ``columns``.

    Raises TooLarge over 32 MiB or a million rows, InvalidInput for what is no CSV in UTF-8 with these columns.
    """
    if len(data) > MAX_BYTES:
        raise TooLarge(f"such a file has at most {MAX_BYTES} bytes")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput(f"byte {error.start} is no UTF-8", offset=error.start) from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        if next(reader, None) != columns:
            raise InvalidInput(f"the first line is not {','.join(columns)}", line=1)
        for number, row in enumerate(reader, start=2):
            if number - 1 > MAX_ROWS:
                raise TooLarge(f"such a file has at most {MAX_ROWS} rows")
            yield number, row
    except csv.Error as error:
        raise InvalidInput(f"line {reader.line_num}: {error}", line=reader.line_num) from None


def _row(row: list[str], line: int) -> tuple[tuple[str, int], date, int]:
    try:
        day, place, sku, units = row
        if not (units.isascii() and units.isdigit() and len(units) <= len(str(MAX_UNITS)) and int(units) <= MAX_UNITS):
            raise ValueError(units)
        return spot_of(sku, place), date.fromisoformat(day), int(units)
    except (ValueError, InvalidInput):
        raise InvalidInput(f"line {line} is no row of demand: {','.join(row)[:80]!r}", line=line) from None


def spot_of(sku: str, place: str) -> tuple[str, int]:
    """A spot of a file: SKU code and GLN. Raises ValueError or InvalidInput for what is none."""
    if not 1 <= len(sku.encode()) <= MAX_CODE_BYTES:
        raise ValueError(sku)
    return sku, gs1.gln(place)


def from_movements(movements: Iterable[Movement]) -> Demand:
    """Demand by (SKU number, place number) from movements, by the UTC day of the fact.

    A spot that sold something gets a row of 0 units on the day on which goods first came to its place. A sale that was
    undone by a correction still counts: what undoes it is a return like a customer's, and nothing in it says more.
    """
    demand = Demand()
    came: dict[tuple[str | int, int], date] = {}
    for movement in movements:
        day = datetime.fromtimestamp(movement.at, UTC).date()
        if movement.kind in _SALES:
            demand.add((movement.sku, movement.source), day, movement.quantity)
        elif movement.target:
            spot: tuple[str | int, int] = (movement.sku, movement.target)
            came[spot] = min(day, came.get(spot, day))
    for spot in demand.units.keys() & came.keys():
        demand.add(spot, came[spot], 0)
    return demand
