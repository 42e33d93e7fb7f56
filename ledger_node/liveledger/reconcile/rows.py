"""Reads stock snapshots: bytes of CSV or NDJSON in, checked messages out. What the ledger knows is not asked here.

The message is the one that POST /snapshots takes, checked by the same form (docs/messages.md); what is added here are
the limits of a whole snapshot, and the other spellings that its files come in.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

from liveledger_api import jsonbody
from liveledger_api.epcis.checks import Finding, Findings
from liveledger_api.messages.forms import Form
from liveledger_api.messages.refusals import FUTURE, MISSING
from liveledger_api.snapshots.messages import Snapshot, snapshot_form

from liveledger.reconcile.errors import InvalidSnapshot, SnapshotTooLarge, refuse

MAX_BYTES = 64 * 1024 * 1024
MAX_ROWS = 500_000
MAX_LINE = 16 * 1024
# Other spellings of the trade's twelve fields.
ALIASES = {
    "message_id": "id",
    "source_system": "source",
    "sku_code": "sku",
    "lot_expiry": "expiry",
    "observed_at": "at",
}
_SHOWN_CHARACTERS = 40
# A message's codes, by the names that reconciliation has for them.
_CODES = {"": "invalid-snapshot", MISSING: "snapshot-missing-field", FUTURE: "snapshot-from-future"}


def read_rows(content: bytes, now: float) -> list[Snapshot]:
    """The rows of a snapshot at ``now`` (Unix seconds), CSV with a head or NDJSON, in UTF-8.

    Raises InvalidSnapshot naming row and field, SnapshotTooLarge over 64 MiB, 500,000 rows or 16 KiB a line.
    """
    if len(content) > MAX_BYTES:
        raise SnapshotTooLarge(f"a snapshot has at most {MAX_BYTES} bytes", hint="send each place on its own")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidSnapshot(f"byte {error.start} is not UTF-8", hint="write the file in UTF-8") from None
    form = snapshot_form(now, MAX_ROWS)
    records = _json_records(text) if text.lstrip()[:1] == "{" else _csv_records(text, form)
    rows = [_row(number, record, form) for number, record in _counted(records)]
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
        yield _nested(_short(number, _object(number, line)))


def _object(number: int, line: str) -> dict[str, Any]:
    try:
        value = jsonbody.parse(line.encode())
    except jsonbody.MalformedJson as error:
        raise refuse(number, str(error.details.get("pointer", "")).lstrip("/") or "line", error.message) from None
    if not isinstance(value, dict):
        raise refuse(number, "line", "is no JSON object")
    return value


def _nested(value: dict[str, Any]) -> dict[str, Any]:
    """The two columns that a table has become a lot, where it does not stand there as one."""
    lot = value.get("lot")
    if isinstance(lot, dict) or ("expiry" not in value and lot is None):
        return value
    expiry = value.pop("expiry", None)
    if lot is None:
        return value | {"lot": None if expiry is None else {"expiry": expiry}}
    return value | {"lot": {"code": lot, "expiry": expiry}}


def _csv_records(text: str, form: Form[Snapshot]) -> Iterator[dict[str, Any]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    head = next(_csv_lines(reader), [])
    for number, cells in enumerate(_csv_lines(reader), 1):
        if len(cells) != len(head):
            raise refuse(number, "line", f"has {len(cells)} fields, the head has {len(head)}")
        named = dict(zip(head, cells, strict=True))
        if len(named) != len(head):
            raise InvalidSnapshot("the head names a column twice")
        yield form.columns.assemble({name: cell for name, cell in _short(number, named).items() if cell})


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


def _short(number: int, record: dict[str, Any]) -> dict[str, Any]:
    """The record with every field under the message's own name."""
    values: dict[str, Any] = {}
    for name, value in record.items():
        known = ALIASES.get(name, name)
        if known in values:
            raise refuse(number, known, "stands there twice")
        values[known] = value
    return values


def _row(number: int, record: dict[str, Any], form: Form[Snapshot]) -> Snapshot:
    findings = Findings((number - 1,))
    form.check(record, findings)
    if findings.found:
        raise _refusal(number, findings.found[0])
    return form.build(number - 1, None, record)


def _refusal(number: int, finding: Finding) -> InvalidSnapshot:
    _, _, field = finding.path.lstrip("/").partition("/")
    return refuse(number, field[:_SHOWN_CHARACTERS] or "line", finding.message, _CODES.get(finding.code, finding.code))


def _check_distinct(rows: list[Snapshot]) -> None:
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
