"""Text to numbered rows: CSV after RFC 4180, and its relatives with semicolons or tabs between the cells."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Iterator

from liveledger.tables.errors import InvalidCsv

Row = tuple[int, list[str]]
"""A row's number as a spreadsheet shows it, the first being 1, and its cells."""
SEPARATORS = (",", ";", "\t")
_SEP = "sep="


def rows(text: str, separator: str | None = None) -> Iterator[Row]:
    """The rows that have something in a cell, with their numbers; those that have not are passed over, and count.

    Without ``separator`` it is the one of comma, semicolon and tab that the first of them has most of, outside quotes;
    a line ``sep=;`` as Excel writes it above the table says it as well. Raises InvalidCsv naming the row.
    """
    first, stated = 1, text[: len(_SEP) + 1]
    if separator is None and stated[:-1] == _SEP and text[len(stated) : len(stated) + 2].startswith(("\n", "\r")):
        separator, first = stated[-1], 2
        text = text.partition("\n")[2]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator or _separator(text), strict=True)
    for number in itertools.count(first):
        try:
            cells = next(reader, None)
        except csv.Error as error:
            hint = "cells are quoted as RFC 4180 says"
            raise InvalidCsv(f"row {number}: {error}", hint=hint, row=number) from None
        if cells is None:
            return
        if any(not cell.isspace() and cell for cell in cells):
            yield number, cells


def fitted(cells: list[str], width: int) -> list[str]:
    """A row's cells without the empty ones that stand beyond ``width``, as spreadsheets leave them."""
    while len(cells) > width and not cells[-1].strip():
        cells = cells[:-1]
    return cells


def written(numbered: Iterator[Row]) -> str:
    """A table (CSV, commas) whose rows have these numbers: empty lines stand for those between."""
    out = io.StringIO()
    writer = csv.writer(out)
    at = 1
    for number, cells in numbered:
        out.write("\r\n" * (number - at))
        writer.writerow(cells)
        at = number + 1
    return out.getvalue()


def _separator(text: str) -> str:
    """The one that the first line with something in it has most of, outside quotes; comma where it has none."""
    line = next((line for line in io.StringIO(text[:1_000_000]) if line.strip(" \t\r\n,;")), "")
    bare = "".join(line.split('"')[::2])
    return max(SEPARATORS, key=bare.count)
