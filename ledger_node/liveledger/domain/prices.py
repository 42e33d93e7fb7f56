"""A member's prices: a CSV file that stays with it. Money is integer fen of one base unit of the SKU."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

from liveledger.domain.errors import InvalidInput, TooLarge
from liveledger.domain.money import Fen

COLUMNS = ("sku", "unit_cost_fen", "unit_revenue_fen")
OPTIONAL = ("category",)
MAX_BYTES = 8 << 20
MAX_ROWS = 100_000
MAX_TEXT = 64
# Twelve digits of fen: ten thousand million yuan a unit.
_FEN = re.compile(r"[0-9]{1,12}")
_CODE = "bad-prices"


@dataclass(frozen=True, slots=True)
class Price:
    """What one unit of a SKU cost and brings, and the category that its brand puts it in ("" = none)."""

    unit_cost: Fen
    unit_revenue: Fen
    category: str = ""


def parse_prices(data: bytes) -> dict[str, Price]:
    """Prices by the brand's SKU code, from UTF-8 CSV with a head line.

    Raises InvalidInput (``bad-prices``) naming the line, TooLarge over ``MAX_BYTES`` or ``MAX_ROWS``.
    """
    if len(data) > MAX_BYTES:
        raise TooLarge(f"the prices take more than {MAX_BYTES} bytes", code="prices-too-large")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput(f"the prices are not UTF-8: byte {error.start}", code=_CODE, byte=error.start) from None
    prices: dict[str, Price] = {}
    for line, row in _rows(text):
        code, price = _price(line, row)
        if code in prices:
            raise _bad(line, f"the SKU {code!r} stands there twice")
        if len(prices) == MAX_ROWS:
            raise TooLarge(f"there are more than {MAX_ROWS} prices", code="prices-too-large")
        prices[code] = price
    return prices


def _rows(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        head = next(reader, [])
        if sorted(head) not in (sorted(COLUMNS), sorted(COLUMNS + OPTIONAL)):
            raise _bad(1, f"the head is not {', '.join(COLUMNS)} and, if wanted, {', '.join(OPTIONAL)}")
        for fields in reader:
            if fields and len(fields) != len(head):
                raise _bad(reader.line_num, f"{len(fields)} fields under {len(head)} heads")
            if fields:
                yield reader.line_num, dict(zip(head, fields, strict=True))
    except csv.Error as error:
        raise _bad(reader.line_num, str(error)) from None


def _price(line: int, row: dict[str, str]) -> tuple[str, Price]:
    code, category = row["sku"], row.get("category", "")
    if not code or len(code) > MAX_TEXT or len(category) > MAX_TEXT:
        raise _bad(line, f"a SKU has 1 to {MAX_TEXT} characters, a category at most {MAX_TEXT}")
    return code, Price(_fen(line, row, "unit_cost_fen"), _fen(line, row, "unit_revenue_fen"), category)


def _fen(line: int, row: dict[str, str], name: str) -> Fen:
    if not _FEN.fullmatch(row[name]):
        raise _bad(line, f"{name} {row[name][:40]!r} is no whole number of fen")
    return Fen(int(row[name]))


def _bad(line: int, sentence: str) -> InvalidInput:
    return InvalidInput(f"line {line} of the prices: {sentence}", code=_CODE, line=line)
