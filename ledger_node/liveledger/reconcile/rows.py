"""Reads stock snapshots: bytes of CSV or NDJSON in, checked rows out. What the ledger knows is not asked here."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from liveledger.domain import gs1
from liveledger.domain.documents import MAX_SAFE_INTEGER
from liveledger.domain.errors import InvalidInput
from liveledger.reconcile.errors import InvalidSnapshot, SnapshotTooLarge, refuse

MAX_BYTES = 64 * 1024 * 1024
MAX_ROWS = 500_000
MAX_LINE = 16 * 1024
REQUIRED = (
    *("id", "source", "organisation", "sku", "gtin", "place", "channel"),
    *("quantity", "available", "reserved", "lot", "at"),
)
OPTIONAL = ("expiry", "brand")
# Other spellings of the trade's twelve fields.
ALIASES = {
    "message_id": "id",
    "source_system": "source",
    "sku_code": "sku",
    "lot_expiry": "expiry",
    "observed_at": "at",
}
_MAX_BYTES_OF = {"id": 128, "source": 256, "sku": 64, "channel": 64, "lot": 20}
_NUMBERS = ("quantity", "available", "reserved", "brand")
_MAX_BRAND = 4095
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,15}", re.ASCII)
_TIME_END = 1 << 32


@dataclass(frozen=True, slots=True)
class SnapshotRow:
    """What a system says that a place holds of a SKU's lot at ``at`` (Unix seconds); quantities in the SKU's unit.

    ``organisation`` and ``place`` are GLNs, ``gtin`` has 14 digits. ``lot`` is "" where it is not stated; ``expiry`` is
    YYYYMMDD, 0 = not given. ``brand`` is an organisation number, 0 where code and GTIN are to say whose SKU it is.
    """

    number: int
    message_id: str
    source: str
    organisation: int
    sku: str
    gtin: str
    place: int
    channel: str
    quantity: int
    available: int
    reserved: int
    lot: str
    expiry: int
    at: int
    brand: int


def read_rows(content: bytes) -> list[SnapshotRow]:
    """The rows of a snapshot, CSV with a head or NDJSON, in UTF-8.

    Raises InvalidSnapshot naming row and field, SnapshotTooLarge over 64 MiB, 500,000 rows or 16 KiB a line.
    """
    if len(content) > MAX_BYTES:
        raise SnapshotTooLarge(f"a snapshot has at most {MAX_BYTES} bytes", hint="send each place on its own")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidSnapshot(f"byte {error.start} is not UTF-8", hint="write the file in UTF-8") from None
    records = _json_records(text) if text.lstrip()[:1] == "{" else _csv_records(text)
    rows = [_row(number, record) for number, record in _counted(records)]
    if not rows:
        raise InvalidSnapshot("the snapshot has no rows", hint="a place that holds nothing is a row of zeros")
    _check_distinct(rows)
    return rows


def _counted(records: Iterator[dict[str, Any]]) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, record in enumerate(records, 1):
        if number > MAX_ROWS:
            raise SnapshotTooLarge(f"a snapshot has at most {MAX_ROWS} rows", hint="send each place on its own")
        yield number, record


def _json_records(text: str) -> Iterator[dict[str, Any]]:
    number = 0
    # Not splitlines: a string may hold what that takes for the end of a line.
    for line in text.split("\n"):
        if not line.strip():
            continue
        number += 1
        if len(line) > MAX_LINE:
            raise SnapshotTooLarge(f"row {number} has over {MAX_LINE} characters", row=number)
        try:
            # The form is flat: what is nested deeper than the limit of a line allows cannot be.
            value = json.loads(line, object_pairs_hook=_distinct_keys)
        except (ValueError, RecursionError) as error:
            raise refuse(number, "line", f"is no JSON object: {error}"[:200]) from None
        if not isinstance(value, dict):
            raise refuse(number, "line", "is no JSON object")
        yield _flat(number, value)


def _distinct_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a field stands there twice")
    return value


def _flat(number: int, value: dict[str, Any]) -> dict[str, Any]:
    """A lot that is an object becomes the two columns that a table has."""
    lot = value.get("lot")
    if not isinstance(lot, dict):
        return value
    if lot.keys() != {"code", "expiry"} or "expiry" in value:
        raise refuse(number, "lot", "has a code and an expiry, or is text")
    return value | {"lot": lot["code"], "expiry": lot["expiry"]}


def _csv_records(text: str) -> Iterator[dict[str, Any]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    head = next(_csv_lines(reader), [])
    for number, cells in enumerate(_csv_lines(reader), 1):
        if len(cells) != len(head):
            raise refuse(number, "line", f"has {len(cells)} fields, the head has {len(head)}")
        named = dict(zip(head, cells, strict=True))
        if len(named) != len(head):
            raise InvalidSnapshot("the head names a column twice")
        yield {name: _cell(name, cell) for name, cell in named.items()}


def _csv_lines(reader: Any) -> Iterator[list[str]]:
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise InvalidSnapshot(f"line {reader.line_num}: {error}", line=reader.line_num) from None
        if cells is None:
            return
        if sum(map(len, cells)) > MAX_LINE:
            raise SnapshotTooLarge(f"line {reader.line_num} has over {MAX_LINE} characters")
        if cells:
            yield cells


def _cell(name: str, cell: str) -> Any:
    """Numbers of a table as numbers; an empty cell as a field that says nothing."""
    if ALIASES.get(name, name) in _NUMBERS and _DECIMAL.fullmatch(cell):
        return int(cell)
    return cell or None


def _row(number: int, record: dict[str, Any]) -> SnapshotRow:
    values: dict[str, Any] = {}
    for name, value in record.items():
        known = ALIASES.get(name, name)
        if known not in REQUIRED and known not in OPTIONAL:
            raise refuse(number, name[:40], "is no field of a snapshot")
        if known in values:
            raise refuse(number, known, "stands there twice")
        values[known] = value
    missing = next((name for name in REQUIRED if name not in values or (values[name] is None and name != "lot")), None)
    if missing is not None:
        raise refuse(number, missing, "is missing", "snapshot-missing-field")
    row = SnapshotRow(
        number=number,
        message_id=_text(number, values, "id"),
        source=_text(number, values, "source"),
        organisation=_key(number, values, "organisation"),
        sku=_text(number, values, "sku"),
        gtin=f"{_key(number, values, 'gtin'):014d}",
        place=_key(number, values, "place"),
        channel=_text(number, values, "channel"),
        quantity=_number(number, values, "quantity"),
        available=_number(number, values, "available"),
        reserved=_number(number, values, "reserved"),
        lot="" if values["lot"] is None else _text(number, values, "lot"),
        expiry=_expiry(number, values),
        at=_time(number, values["at"]),
        brand=_brand(number, values),
    )
    if row.available + row.reserved > row.quantity:
        raise refuse(number, "quantity", "is less than available and reserved together")
    if row.expiry and not row.lot:
        raise refuse(number, "expiry", "stands there without a lot")
    return row


def _text(number: int, values: dict[str, Any], name: str) -> str:
    value = values[name]
    try:
        size = len(value.encode()) if isinstance(value, str) else 0
    except UnicodeEncodeError:
        size = 0
    if not 1 <= size <= _MAX_BYTES_OF[name]:
        raise refuse(number, name, f"is no text of 1 to {_MAX_BYTES_OF[name]} bytes")
    text: str = value
    return text


def _number(number: int, values: dict[str, Any], name: str) -> int:
    value = values[name]
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_SAFE_INTEGER:
        raise refuse(number, name, "is no whole number of units, 0 or more")
    return value


def _brand(number: int, values: dict[str, Any]) -> int:
    if values.get("brand") is None:
        return 0
    brand = _number(number, values, "brand")
    if not 1 <= brand <= _MAX_BRAND:
        raise refuse(number, "brand", f"is no organisation number (1 … {_MAX_BRAND})")
    return brand


def _key(number: int, values: dict[str, Any], name: str) -> int:
    value = values[name]
    if not isinstance(value, str):
        raise refuse(number, name, "is written as text of digits")
    try:
        return int(gs1.gtin14(value)) if name == "gtin" else gs1.gln(value)
    except InvalidInput as error:
        raise refuse(number, name, error.message) from None


def _expiry(number: int, values: dict[str, Any]) -> int:
    value = values.get("expiry")
    if value is None:
        return 0
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            return int(date.fromisoformat(value).strftime("%Y%m%d"))
        except ValueError:
            raise refuse(number, "expiry", f"{value} is no day of the calendar") from None
    raise refuse(number, "expiry", "is no date like 2027-03-31")


def _time(number: int, value: Any) -> int:
    if isinstance(value, str) and _TIME.fullmatch(value):
        try:
            seconds = int(datetime.fromisoformat(value).timestamp())
        except (ValueError, OverflowError):
            seconds = -1
        if 0 <= seconds < _TIME_END:
            return seconds
    raise refuse(number, "at", "is no time with its offset (RFC 3339) between 1970 and 2106")


def _check_distinct(rows: list[SnapshotRow]) -> None:
    """A message stands there once, and so does a SKU's lot in a channel."""
    seen: dict[tuple[object, ...], int] = {}
    for row in rows:
        for key, what in (
            (("id", row.message_id), "id"),
            (("goods", row.brand, row.sku, row.gtin, row.lot, row.place, row.channel), "sku"),
        ):
            first = seen.setdefault(key, row.number)
            if first != row.number:
                raise refuse(row.number, what, f"repeats row {first}", "snapshot-duplicate-row")
