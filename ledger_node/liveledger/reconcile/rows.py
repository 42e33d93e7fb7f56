"""Reads stock snapshots: bytes of CSV or NDJSON in, checked messages out. What the ledger knows is not asked here.

The message is the one that POST /snapshots takes, checked by the same form (docs/messages.md); what is added here are
the limits of a whole snapshot, and the other spellings that its files come in.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from liveledger.messages import json_body
from liveledger.messages.checks import Finding, Findings
from liveledger.messages.forms import Form
from liveledger.messages.refusals import FUTURE, MISSING
from liveledger.messages.snapshots import Snapshot, snapshot_form
from liveledger.reconcile.errors import InvalidSnapshot, SnapshotTooLarge, refuse, row_of
from liveledger.tables.delimited import fitted
from liveledger.tables.delimited import rows as table_rows
from liveledger.tables.errors import MAX_LISTED, InvalidCsv
from liveledger.tables.text import decode

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
# What stands in a row, and its number in the file.
_Record = tuple[int, dict[str, Any]]
# A message's codes, by the names that reconciliation has for them.
_CODES = {"": "invalid-snapshot", MISSING: "snapshot-missing-field", FUTURE: "snapshot-from-future"}


def read_rows(content: bytes, now: float) -> list[Snapshot]:
    """The rows of a snapshot at ``now`` (Unix seconds), CSV with a head or NDJSON, in UTF-8 (or UTF-16 with its mark).

    Raises InvalidSnapshot naming row and field, SnapshotTooLarge over 64 MiB, 500,000 rows or 16 KiB a line.
    """
    if len(content) > MAX_BYTES:
        raise SnapshotTooLarge(f"a snapshot has at most {MAX_BYTES} bytes", hint="send each place on its own")
    try:
        text = decode(content)
    except InvalidCsv as error:
        raise InvalidSnapshot(error.message, hint=error.hint, **error.details) from None
    form = snapshot_form(now, MAX_ROWS)
    records = _json_records(text) if text.lstrip()[:1] == "{" else _csv_records(text, form)
    rows = _checked(_limited(records), form)
    if not rows:
        raise InvalidSnapshot("the snapshot has no rows", hint="a place that holds nothing is a row of zeros")
    _check_distinct(rows)
    return rows


def _limited(records: Iterator[_Record]) -> Iterator[_Record]:
    for taken, numbered in enumerate(records, 1):
        if taken > MAX_ROWS:
            raise SnapshotTooLarge(f"a snapshot has at most {MAX_ROWS} rows", hint="send each place on its own")
        yield numbered


def _json_records(text: str) -> Iterator[_Record]:
    # Not splitlines: a string may hold what that takes for the end of a line.
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        if len(line) > MAX_LINE:
            raise SnapshotTooLarge(f"row {number} has over {MAX_LINE} characters", row=number)
        yield number, _nested(_short(number, _object(number, line)))


def _object(number: int, line: str) -> dict[str, Any]:
    try:
        value = json_body.parse(line.encode())
    except json_body.MalformedJson as error:
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


def _csv_records(text: str, form: Form[Snapshot]) -> Iterator[_Record]:
    rows = _csv_rows(text)
    top, head = next(rows, (1, []))
    for number, given in rows:
        cells = fitted(given, len(head))
        if len(cells) != len(head):
            raise refuse(number, "line", f"has {len(cells)} fields, the head has {len(head)}")
        named = dict(zip(head, cells, strict=True))
        if len(named) != len(head):
            raise InvalidSnapshot(f"row {top}: the head names a column twice", row=top)
        yield number, form.columns.assemble({name: cell for name, cell in _short(number, named).items() if cell})


def _csv_rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Rows that are not blank with their numbers, counted as POST /snapshots does: the head and blank rows too."""
    try:
        for number, cells in table_rows(text):
            if sum(map(len, cells)) > MAX_LINE:
                raise SnapshotTooLarge(f"row {number} has over {MAX_LINE} characters", row=number)
            yield number, cells
    except InvalidCsv as error:
        raise InvalidSnapshot(error.message, hint=error.hint, **error.details) from None


def _short(number: int, record: dict[str, Any]) -> dict[str, Any]:
    """The record with every field under the message's own name."""
    values: dict[str, Any] = {}
    for name, value in record.items():
        known = ALIASES.get(name, name)
        if known in values:
            raise refuse(number, known, "stands there twice")
        values[known] = value
    return values


def _checked(records: Iterator[_Record], form: Form[Snapshot]) -> list[Snapshot]:
    """The messages of the rows. Raises InvalidSnapshot for the first bad row, with the others in its details."""
    rows: list[Snapshot] = []
    bad: list[tuple[int, Finding]] = []
    for position, (number, record) in enumerate(records):
        findings = Findings((position,))
        form.check(record, findings)
        if findings.found:
            bad.append((number, findings.found[0]))
        elif not bad:
            rows.append(form.build(position, number, record))
    if not bad:
        return rows
    first = _refusal(*bad[0])
    if len(bad) == 1:
        raise first
    listed = [_listed(_refusal(*one)) for one in bad[:MAX_LISTED]]
    sentence = f"{first.message} (and {len(bad) - 1} more rows)"
    raise InvalidSnapshot(sentence, code=first.stable_code, **first.details, errors=listed)


def _listed(refusal: InvalidSnapshot) -> dict[str, Any]:
    """A bad row among others, as the other commands list them."""
    row, field = refusal.details["row"], refusal.details["field"]
    sentence = refusal.message.partition(": ")[2]
    return {"row": row, "code": refusal.stable_code, "errors": [{"path": f"/{row}/{field}", "message": sentence}]}


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
            first = seen.setdefault(key, row_of(row))
            if first != row_of(row):
                raise refuse(row_of(row), what, f"repeats row {first}", "snapshot-duplicate-row")
