"""Files of stock messages, cut into bodies that the API takes one after the other."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from liveledger_api.jsonbody import parse

from liveledger.cli.context import read_limited
from liveledger.domain.errors import InvalidInput, NotFound, TooLarge

NDJSON, CSV = "application/x-ndjson", "text/csv"
_FORMS = {".csv": CSV, ".json": "application/json", ".ndjson": NDJSON, ".jsonl": NDJSON}
MAX_BYTES = 256 << 20


@dataclass(frozen=True, slots=True)
class Chunk:
    """One body: the number of its first record in the file (from 0), how many it holds, and its media type."""

    start: int
    records: int
    body: bytes
    media_type: str


@dataclass(frozen=True, slots=True)
class MessageFile:
    """The records of a file: lines of JSON, or the rows of a CSV table below its ``head``.

    A row is its cells; an empty one stands for an empty line, so that rows keep their numbers.
    """

    records: Sequence[bytes]
    rows: Sequence[list[str]]
    head: list[str]

    @property
    def count(self) -> int:
        """How many records there are."""
        return len(self.records) or len(self.rows)

    def chunks(self, size: int) -> Iterator[Chunk]:
        """Bodies of at most ``size`` records each. A table's rows keep the numbers that they have in the file."""
        for start in range(0, len(self.records), size):
            some = self.records[start : start + size]
            yield Chunk(start, len(some), b"\n".join(some), NDJSON)
        for start in range(0, len(self.rows), size):
            rows = self.rows[start : start + size]
            yield Chunk(start, len(rows), _table(self.head, start, rows), CSV)


def read_file(name: str) -> MessageFile:
    """The messages of a file (``-``: of stdin), by its ending or else by its first character.

    Raises InvalidInput naming the line that cannot be read, TooLarge over 256 MiB.
    """
    text = _text(name)
    form = _FORMS.get(Path(name).suffix.lower()) or _sniffed(text)
    if form == CSV:
        head, *rows = _rows(text) or [[]]
        return MessageFile([], rows, head)
    if form == NDJSON:
        return MessageFile([line.encode() for line in text.split("\n") if line.strip()], [], [])
    values = _json(text)
    return MessageFile([json.dumps(value).encode() for value in values], [], [])


def record(message: dict[str, Any]) -> MessageFile:
    """One message, as if it had come from a file; what is None is left out."""
    filled = {name: value for name, value in message.items() if value is not None}
    return MessageFile([json.dumps(filled).encode()], [], [])


def _text(name: str) -> str:
    try:
        content = sys.stdin.buffer.read(MAX_BYTES + 1) if name == "-" else read_limited(Path(name), MAX_BYTES)
        if len(content) > MAX_BYTES:
            raise TooLarge(f"{name} is over {MAX_BYTES} bytes", hint="post it in parts")
        return content.decode("utf-8-sig")
    except (NotFound, UnicodeDecodeError) as error:
        raise InvalidInput(f"{name} cannot be read: {error}") from None


def _sniffed(text: str) -> str:
    first = text.lstrip()[:1]
    if first == "[":
        return _FORMS[".json"]
    return NDJSON if first == "{" or not first else CSV


def _json(text: str) -> list[Any]:
    value = parse(text.encode(), most_values=MAX_BYTES)
    return value if isinstance(value, list) else [value]


def _rows(text: str) -> list[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[list[str]] = []
    try:
        rows.extend(reader)
    except csv.Error as error:
        raise InvalidInput(f"row {len(rows) + 1}: {error}", row=len(rows) + 1) from None
    while rows and not rows[-1]:
        rows.pop()
    return rows


def _table(head: list[str], start: int, rows: Sequence[list[str]]) -> bytes:
    """The head, an empty line for every row that went before, and the rows."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(head)
    out.write("\r\n" * start)
    for row in rows:
        if row:
            writer.writerow(row)
        else:
            out.write("\r\n")
    return out.getvalue().encode()
