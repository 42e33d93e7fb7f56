"""Files of stock messages, cut into bodies that the API takes one after the other."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from liveledger.domain.errors import InvalidInput, NotFound, TooLarge
from liveledger.messages.json_body import MalformedJson, parse
from liveledger.tables.delimited import Row, rows, written
from liveledger.tables.mapping import mapped
from liveledger.tables.text import decode
from liveledger_cli.common.context import read_limited
from liveledger_cli.common.table_options import TableOptions

JSON, NDJSON, CSV = "application/json", "application/x-ndjson", "text/csv"
_FORMS = {".csv": CSV, ".tsv": CSV, ".txt": CSV, ".json": JSON, ".ndjson": NDJSON, ".jsonl": NDJSON}
# Endings that say little: the first character tells.
_VAGUE = frozenset({".txt"})
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
    """The records of a file: values or lines of JSON, or the numbered rows of a CSV table below its ``head``.

    ``lines`` are the numbers of the lines that ``records`` stand in, where they stand in lines of their own.
    """

    records: Sequence[bytes] = ()
    rows: Sequence[Row] = ()
    head: Sequence[str] = ()
    lines: Sequence[int] = ()

    @property
    def count(self) -> int:
        """How many records there are."""
        return len(self.records) or len(self.rows)

    def chunks(self, size: int) -> Iterator[Chunk]:
        """Bodies of at most ``size`` records each. Rows and lines keep the numbers that they have in the file."""
        for start in range(0, len(self.records), size):
            some = self.records[start : start + size]
            if self.lines:
                yield Chunk(start, len(some), _lines(some, self.lines[start : start + size]), NDJSON)
            else:
                yield Chunk(start, len(some), b"[" + b",".join(some) + b"]", JSON)
        for start in range(0, len(self.rows), size):
            some_rows = self.rows[start : start + size]
            table = written(iter([(1, list(self.head)), *some_rows]))
            yield Chunk(start, len(some_rows), table.encode(), CSV)


def read_file(name: str, options: TableOptions | None = None) -> MessageFile:
    """The messages of a file (``-``: of stdin), by its ending or else by its first character.

    ``options`` are of tables. Raises InvalidInput naming the row or line that cannot be read, TooLarge over 256 MiB.
    """
    content = _content(name)
    if _is_table(name, content):
        return _table(content, options)
    text = _text(content)
    if _first(content) == b"[" or Path(name).suffix.lower() == ".json":
        return MessageFile([json.dumps(value).encode() for value in _json(text)])
    numbered = [(number, line.encode()) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    return MessageFile([line for _, line in numbered], lines=[number for number, _ in numbered])


def own_table(content: bytes, options: TableOptions) -> bytes:
    """A table in UTF-8 with our own columns, its rows under their numbers; JSON as it is. Raises InvalidCsv."""
    if _first(content) == b"{" or (options.plain and options.encoding is None):
        return content
    if options.plain:
        return decode(content, options.encoding).encode()
    return written(iter(mapped(content, options.reading(lambda: _head(content, options))))).encode()


def record(message: dict[str, Any]) -> MessageFile:
    """One message, as if it had come from a file; what is None is left out."""
    filled = {name: value for name, value in message.items() if value is not None}
    return MessageFile([json.dumps(filled).encode()])


def _content(name: str) -> bytes:
    try:
        content = sys.stdin.buffer.read(MAX_BYTES + 1) if name == "-" else read_limited(Path(name), MAX_BYTES)
    except NotFound as error:
        raise InvalidInput(f"{name} cannot be read: {error}") from None
    if len(content) > MAX_BYTES:
        raise TooLarge(f"{name} is over {MAX_BYTES} bytes", hint="post it in parts")
    return content


def _is_table(name: str, content: bytes) -> bool:
    suffix = Path(name).suffix.lower()
    form = None if suffix in _VAGUE else _FORMS.get(suffix)
    return form == CSV if form else _first(content) not in (b"[", b"{", b"")


def _first(content: bytes) -> bytes:
    return content.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = content.count(b"\n", 0, error.start) + 1
        raise MalformedJson(f"row {row}: byte {error.start} is no UTF-8", row=row) from None


def _json(text: str) -> list[Any]:
    value = parse(text.encode(), most_values=MAX_BYTES)
    return value if isinstance(value, list) else [value]


def _table(content: bytes, options: TableOptions | None) -> MessageFile:
    """The rows under our own names; what the map leaves as it stands, the API refuses by name."""
    if options is None or options.plain:
        found = list(rows(decode(content, options.encoding if options else None)))
    else:
        found = mapped(content, options.reading(lambda: _head(content, options)))
    return MessageFile(rows=found[1:], head=found[0][1] if found else [])


def _head(content: bytes, options: TableOptions) -> list[str]:
    _, names = next(rows(decode(content, options.encoding)), (1, []))
    return [name.strip() for name in names]


def _lines(records: Sequence[bytes], numbers: Sequence[int]) -> bytes:
    """NDJSON whose lines have these numbers: empty ones stand for those between."""
    out, at = bytearray(), 1
    for number, line in zip(numbers, records, strict=True):
        out += b"\n" * (number - at) + line
        at = number
    return bytes(out)
