"""The retail sample as movements: what each invoice line means for stock, and which lines are none."""

from __future__ import annotations

import csv
import enum
import gzip
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from liveledger.domain.errors import InvalidInput
from liveledger.domain.movements import Kind

PRODUCT_CODE = re.compile(r"[0-9]{5}[A-Z]{0,2}")
CANCELLATION = "C"
QUANTITY_BOUND = 10_000
RESERVE_UNITS = 24


class Odd(enum.Enum):
    """Why a line is no movement; the value is the sentence for the report."""

    NO_PRODUCT = "postage, fees, vouchers and corrections of amounts: no goods move"
    NO_QUANTITY = "a quantity of zero"
    WRONG_SIGN = "a sale below zero or a cancellation above zero"
    TOO_MANY = f"more than {QUANTITY_BOUND} units in one line: a person has to look first"


@dataclass(frozen=True, slots=True)
class Line:
    """One invoice line: ``code`` in upper case, ``quantity`` as printed (cancellations below zero), price in pence."""

    invoice: str
    code: str
    quantity: int
    at: datetime
    price_pence: int


@dataclass(frozen=True, slots=True)
class Fact:
    """What a line means: ``quantity`` (≥ 1) of ``code`` moved by ``kind`` at ``at`` (naive, the shop's own time)."""

    code: str
    kind: Kind
    quantity: int
    at: datetime
    invoice: str


@dataclass(frozen=True, slots=True)
class Fortnight:
    """All lines read: those that move goods in the order of time, how many of each kind, and the odd rest."""

    facts: tuple[Fact, ...]
    lines: int
    kinds: dict[str, int]
    odd: dict[str, int]

    @property
    def codes(self) -> tuple[str, ...]:
        """Product codes that occur, ascending."""
        return tuple(sorted({fact.code for fact in self.facts}))


def read_lines(path: Path) -> list[Line]:
    """Reads the sample. Raises InvalidInput naming the line that does not parse."""
    lines: list[Line] = []
    with gzip.open(path, "rt", encoding="utf-8", newline="") as stream:
        for number, row in enumerate(csv.DictReader(stream), start=2):
            try:
                lines.append(
                    Line(
                        row["InvoiceNo"],
                        row["StockCode"].strip().upper(),
                        int(row["Quantity"]),
                        datetime.fromisoformat(row["InvoiceDate"]),
                        round(float(row["UnitPrice"]) * 100),
                    )
                )
            except (KeyError, ValueError, AttributeError, TypeError):
                raise InvalidInput(f"{path.name}, line {number} is no invoice line", line=number) from None
    return lines


def interpret(line: Line) -> Kind | Odd:
    """What a line is: a sale, a return (a cancellation), a correction of stock (a price of zero), or odd."""
    if not PRODUCT_CODE.fullmatch(line.code):
        return Odd.NO_PRODUCT
    if line.quantity == 0:
        return Odd.NO_QUANTITY
    if abs(line.quantity) > QUANTITY_BOUND:
        return Odd.TOO_MANY
    if line.invoice.startswith(CANCELLATION):
        return Kind.RETURN if line.quantity < 0 else Odd.WRONG_SIGN
    if line.price_pence == 0:
        return Kind.FOUND if line.quantity > 0 else Kind.LOST
    return Kind.SELL if line.quantity > 0 else Odd.WRONG_SIGN


def read_fortnight(lines: Iterable[Line]) -> Fortnight:
    """Interprets every line; facts come out in the order of time (ties keep the order of the file)."""
    facts: list[Fact] = []
    kinds: Counter[str] = Counter()
    odd: Counter[str] = Counter()
    count = 0
    for line in lines:
        count += 1
        meaning = interpret(line)
        if isinstance(meaning, Odd):
            odd[meaning.name.lower().replace("_", "-")] += 1
            continue
        kinds[meaning.name.lower()] += 1
        facts.append(Fact(line.code, meaning, abs(line.quantity), line.at, line.invoice))
    facts.sort(key=lambda fact: fact.at)
    return Fortnight(tuple(facts), count, dict(sorted(kinds.items())), dict(sorted(odd.items())))


def opening_stock(facts: Sequence[Fact]) -> dict[str, int]:
    """Units a product that let every line be served: its deepest draw-down, and two dozen more.

    The data has no stock figures; the ledger refuses to sell what is not there, so the demo receives this much first.
    Returns go to ``held`` and are not sold again.
    """
    level: Counter[str] = Counter()
    lowest: Counter[str] = Counter()
    for fact in facts:
        if fact.kind in (Kind.SELL, Kind.LOST):
            level[fact.code] -= fact.quantity
        elif fact.kind is Kind.FOUND:
            level[fact.code] += fact.quantity
        lowest[fact.code] = min(lowest[fact.code], level[fact.code])
    return {code: RESERVE_UNITS - lowest[code] for code in sorted(lowest)}


def daily_sales(facts: Iterable[Fact]) -> list[tuple[str, date, int]]:
    """Units sold a product and day, as rows for scoring a forecast."""
    return [(fact.code, fact.at.date(), fact.quantity) for fact in facts if fact.kind is Kind.SELL]
