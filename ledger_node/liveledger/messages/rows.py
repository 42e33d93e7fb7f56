"""CSV bodies: a table with a head row (liveledger.tables); every row becomes the object that JSON would have sent."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from liveledger.domain.errors import TooLarge
from liveledger.tables.delimited import fitted, rows
from liveledger.tables.errors import InvalidCsv
from liveledger.tables.text import decode

__all__ = ["Columns", "InvalidCsv", "number", "read_rows", "with_numbers"]

_NUMBER = re.compile(r"-?[0-9]{1,18}", re.ASCII)
_SHOWN_NAMES = 10


@dataclass(frozen=True, slots=True)
class Columns:
    """Columns that a table may have, and how the filled cells of a row become a message's object."""

    names: tuple[str, ...]
    assemble: Callable[[dict[str, str]], dict[str, Any]]


def read_rows(
    body: bytes, columns: Columns, limit: int, encoding: str | None = None
) -> Iterator[tuple[int, dict[str, Any] | InvalidCsv]]:
    """(row number, object) of every row; an error in the object's place where the row has too few or many cells.

    Raises InvalidCsv where no row can be told from another any more, TooLarge for more than ``limit`` rows. Cells are
    taken as they are, an empty one is an absent field; a row without any is passed over. ``encoding``: see ``decode``.
    """
    numbered = rows(decode(body, encoding))
    top = next(numbered, None)
    if top is None:
        raise InvalidCsv("the table has no head row", hint=f"columns are {', '.join(columns.names)}", row=1)
    head = _head(top[1], columns, top[0])
    for taken, (number, cells) in enumerate(numbered, 1):
        if taken > limit:
            raise TooLarge(f"the table has more than {limit} rows", hint="send them in parts", limit=limit)
        yield number, _object(cells, head, columns, number)


def number(cell: str) -> int | str:
    """A cell's whole number; the text itself where it is none, for the field's own check to refuse."""
    return int(cell) if _NUMBER.fullmatch(cell) else cell


def with_numbers(row: Mapping[str, str], *names: str) -> dict[str, Any]:
    """A row's cells, those of ``names`` as numbers."""
    return {name: number(cell) if name in names else cell for name, cell in row.items()}


def _head(cells: list[str], columns: Columns, number: int) -> list[str]:
    """The names of the columns; what a spreadsheet left empty behind them is none."""
    while cells and not cells[-1].strip():
        cells = cells[:-1]
    unknown = [name for name in cells if name not in columns.names]
    if unknown:
        named = ", ".join(repr(name[:40]) for name in unknown[:_SHOWN_NAMES])
        one = f"the column {named} is" if len(unknown) == 1 else f"the columns {named} are"
        known = f"columns are {', '.join(columns.names)}"
        hint = f"{known}; `liveledger … --ignore-columns` leaves others out, and --map gives them other names"
        raise InvalidCsv(f"{one} not known", hint=hint, row=number)
    if len(set(cells)) != len(cells):
        twice = next(name for name in cells if cells.count(name) > 1)
        raise InvalidCsv(f"the column {twice!r} stands twice in the head", row=number)
    return cells


def _object(cells: list[str], head: list[str], columns: Columns, number: int) -> dict[str, Any] | InvalidCsv:
    cells = fitted(cells, len(head))
    if len(cells) != len(head):
        return InvalidCsv(f"row {number} has {len(cells)} cells, the head has {len(head)}", row=number)
    return columns.assemble({name: cell for name, cell in zip(head, cells, strict=True) if cell})
