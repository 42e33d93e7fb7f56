"""Daily sales as one dense matrix: every day is there, days without a sale hold zero."""

from __future__ import annotations

import csv
import gzip
import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from liveledger.domain.errors import InvalidInput

Units = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class DailySales:
    """``units[i, d]`` = units of ``skus[i]`` sold on ``first_day + d`` (shape: SKUs × days, no day missing)."""

    skus: tuple[str, ...]
    first_day: date
    units: Units

    @property
    def end(self) -> date:
        """The day after the last one."""
        return self.first_day + timedelta(days=self.units.shape[1])

    def before(self, day: date) -> DailySales:
        """Only the days before ``day``."""
        return DailySales(self.skus, self.first_day, self.units[:, : max(0, (day - self.first_day).days)])

    def best_sellers(self, count: int) -> DailySales:
        """The ``count`` SKUs that sold the most units, ordered by code; a tie goes to the lower code."""
        totals = self.units.sum(axis=1)
        chosen = sorted(range(len(self.skus)), key=lambda i: (-totals[i], self.skus[i]))[:count]
        chosen.sort(key=lambda i: self.skus[i])
        return DailySales(tuple(self.skus[i] for i in chosen), self.first_day, self.units[chosen])


def fill_gaps(rows: Iterable[tuple[str, date, int]], first: date, end: date) -> DailySales:
    """Sales per (SKU, day, units) as a matrix over all days from ``first`` up to before ``end``.

    Several rows of one SKU and day add up; a day without a row is a day without a sale, not an unknown one.
    Raises InvalidInput for a row outside the range, naming it.
    """
    days = (end - first).days
    if days < 1:
        raise InvalidInput(f"no day lies between {first} and {end}")
    totals: dict[str, Units] = {}
    for number, (sku, day, units) in enumerate(rows):
        column = (day - first).days
        if not 0 <= column < days:
            raise InvalidInput(f"row {number}: {day} lies outside {first} … {end}", row=number)
        totals.setdefault(sku, np.zeros(days))[column] += units
    skus = tuple(sorted(totals))
    matrix = np.stack([totals[sku] for sku in skus]) if skus else np.zeros((0, days))
    return DailySales(skus, first, matrix)


@dataclass(frozen=True, slots=True)
class Product:
    """What the history file says of one SKU; the price is in hundredths of a pound."""

    code: str
    description: str
    price_pence: int


def read_history(path: Path) -> tuple[list[Product], DailySales]:
    """Reads a history file: code, description, median price, then one column a day (ISO dates).

    Raises InvalidInput naming the line when a row is cut short, and when the dates have a gap.
    """
    with gzip.open(path, "rt", encoding="utf-8", newline="") as stream:
        reader = csv.reader(stream)
        days = [date.fromisoformat(text) for text in next(reader)[3:]]
        if any(later - day != timedelta(days=1) for day, later in itertools.pairwise(days)):
            raise InvalidInput(f"the days of {path.name} have a gap")
        products: list[Product] = []
        rows: list[Units] = []
        for row in reader:
            if len(row) != len(days) + 3:
                raise InvalidInput(f"{path.name}, line {reader.line_num}: {len(row)} fields", line=reader.line_num)
            products.append(Product(row[0], row[1], round(float(row[2]) * 100)))
            rows.append(np.asarray(row[3:], dtype=np.float64))
    return products, DailySales(tuple(product.code for product in products), days[0], np.stack(rows))
