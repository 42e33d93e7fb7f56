"""CSV bodies: RFC 4180 with a head row, in UTF-8; every row becomes the object that JSON would have sent."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from liveledger.domain.errors import InvalidInput, TooLarge

_NUMBER = re.compile(r"-?[0-9]{1,18}", re.ASCII)


class InvalidCsv(InvalidInput):
    """The body is no CSV table that is read here; ``details["row"]`` names the row, the head being row 1."""

    code = "invalid-csv"


@dataclass(frozen=True, slots=True)
class Columns:
    """Columns that a table may have, and how the filled cells of a row become a message's object."""

    names: tuple[str, ...]
    assemble: Callable[[dict[str, str]], dict[str, Any]]


def read_rows(body: bytes, columns: Columns, limit: int) -> Iterator[tuple[int, dict[str, Any] | InvalidCsv]]:
    """(row number, object) of every row; an error in the object's place where the row has too few or many cells.

    Raises InvalidCsv where no row can be told from another any more, TooLarge for more than ``limit`` rows. Cells are
    taken as they are, an empty one is an absent field.
    """
    reader = csv.reader(io.StringIO(_text(body), newline=""), strict=True)
    head: list[str] | None = None
    taken, number = 0, 0
    while True:
        number += 1
        cells = _next(reader, number)
        if cells is None:
            break
        if not cells:
            continue
        if head is None:
            head = _head(cells, columns, number)
            continue
        taken += 1
        if taken > limit:
            raise TooLarge(f"the table has more than {limit} rows", hint="send them in parts", limit=limit)
        yield number, _object(cells, head, columns, number)
    if head is None:
        raise InvalidCsv("the table has no head row", hint=f"columns are {', '.join(columns.names)}", row=1)


def number(cell: str) -> int | str:
    """A cell's whole number; the text itself where it is none, for the field's own check to refuse."""
    return int(cell) if _NUMBER.fullmatch(cell) else cell


def with_numbers(row: Mapping[str, str], *names: str) -> dict[str, Any]:
    """A row's cells, those of ``names`` as numbers."""
    return {name: number(cell) if name in names else cell for name, cell in row.items()}


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        raise InvalidCsv(f"line {line}: byte {error.start} is no UTF-8", hint="save it as UTF-8", row=line) from None


def _next(reader: Iterator[list[str]], number: int) -> list[str] | None:
    try:
        return next(reader, None)
    except csv.Error as error:
        raise InvalidCsv(f"row {number}: {error}", hint="cells are quoted as RFC 4180 says", row=number) from None


def _head(cells: list[str], columns: Columns, number: int) -> list[str]:
    for name in cells:
        if name not in columns.names:
            raise InvalidCsv(
                f"the column {name[:40]!r} is not known", hint=f"columns are {', '.join(columns.names)}", row=number
            )
    if len(set(cells)) != len(cells):
        twice = next(name for name in cells if cells.count(name) > 1)
        raise InvalidCsv(f"the column {twice!r} stands twice in the head", row=number)
    return cells


def _object(cells: list[str], head: list[str], columns: Columns, number: int) -> dict[str, Any] | InvalidCsv:
    if len(cells) != len(head):
        return InvalidCsv(f"row {number} has {len(cells)} cells, the head has {len(head)}", row=number)
    return columns.assemble({name: cell for name, cell in zip(head, cells, strict=True) if cell})
