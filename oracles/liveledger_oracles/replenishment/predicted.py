"""A forecast as levels take it: expected units and their spread, a day, SKU and place, from a CSV file."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction

from liveledger.domain.errors import InvalidInput
from liveledger_oracles.replenishment.demand import read_rows, spot_of

COLUMNS = ["day", "place", "sku", "mean", "spread"]
_DECIMAL = re.compile(r"[0-9]{1,15}(\.[0-9]{1,6})?")


@dataclass(frozen=True, slots=True)
class DayForecast:
    """Expected units of a day, exact, and the variance of what will be sold around them."""

    mean: Fraction
    variance: Fraction


@dataclass
class Predicted:
    """Forecasts by spot (SKU code, GLN) and day."""

    days: dict[tuple[str, int], dict[date, DayForecast]] = field(default_factory=lambda: defaultdict(dict))

    def series(self, spot: tuple[str, int], first: date, days: int) -> Sequence[DayForecast]:
        """The ``days`` days from ``first`` on. Raises InvalidInput that names the day which is missing."""
        known = self.days.get(spot, {})
        wanted = [first + timedelta(days=ahead) for ahead in range(days)]
        missing = next((day for day in wanted if day not in known), None)
        if missing is not None:
            raise InvalidInput(f"the forecast has no {missing}", hint="it is to reach over lead time and cover")
        return [known[day] for day in wanted]


def parse_forecast(data: bytes) -> Predicted:
    """Reads ``day,place,sku,mean,spread``: ISO date, GLN, the brand's code, expected units, their standard deviation.

    The last two are decimal numbers with at most six decimals. Raises TooLarge over 32 MiB or a million rows,
    InvalidInput naming the line that does not parse or comes a second time.
    """
    found = Predicted()
    for number, row in read_rows(data, COLUMNS):
        spot, day, forecast = _row(row, number)
        if day in found.days[spot]:
            raise InvalidInput(f"line {number} forecasts {day} a second time", line=number)
        found.days[spot][day] = forecast
    return found


def _row(row: list[str], line: int) -> tuple[tuple[str, int], date, DayForecast]:
    try:
        day, place, sku, mean, spread = row
        if not (_DECIMAL.fullmatch(mean) and _DECIMAL.fullmatch(spread)):
            raise ValueError(mean)
        return spot_of(sku, place), date.fromisoformat(day), DayForecast(Fraction(mean), Fraction(spread) ** 2)
    except (ValueError, InvalidInput):
        raise InvalidInput(f"line {line} is no row of a forecast: {','.join(row)[:80]!r}", line=line) from None
