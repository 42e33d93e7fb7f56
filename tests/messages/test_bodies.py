"""The three forms of a body: equal messages from each, limits, and records refused by number, row and field."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveledger.domain.errors import InvalidInput, TooLarge
from liveledger.messages.bodies import Read, read_body
from liveledger.messages.json_body import MAX_DEPTH, MalformedJson
from liveledger.messages.media import UnsupportedMediaType
from liveledger.messages.movements import FIELDS, InvalidMovement, Message, movement_form
from liveledger.messages.rows import InvalidCsv
from liveledger.messages.snapshots import CSV_COLUMNS, InvalidSnapshot, Snapshot, snapshot_form
from tests.messages import cases as c

JSON, NDJSON, CSV = "application/json", "application/x-ndjson", "text/csv"
LIMIT = 4
HEAD = "id,kind,brand,sku,from,quantity,at"
ROW = f"{{id}},sell,1,TEA-1,{c.WAREHOUSE},{{quantity}},2026-11-24T12:00:00Z"


def movements(body: bytes | str, kind: str, *, partial: bool = False) -> Read[Message]:
    """Reads movements at the tests' time."""
    data = body.encode() if isinstance(body, str) else body
    return read_body(data, kind, movement_form(c.NOW, LIMIT), partial=partial)


def snapshots(body: bytes, kind: str, *, partial: bool = False) -> Read[Snapshot]:
    """Reads snapshots at the tests' time."""
    return read_body(body, kind, snapshot_form(c.NOW, LIMIT), partial=partial)


def table(rows: Sequence[dict[str, Any]], columns: Sequence[str]) -> bytes:
    """A CSV table as the standard library writes it; what is absent or null is an empty cell."""
    out = io.StringIO()
    writer = csv.DictWriter(out, columns)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def sales(*pairs: tuple[str, object]) -> str:
    """A table of sales: (id, quantity)."""
    return "\r\n".join([HEAD, *(ROW.format(id=name, quantity=quantity) for name, quantity in pairs)]) + "\r\n"


def lines(*messages: Any) -> str:
    """NDJSON."""
    return "\n".join(one if isinstance(one, str) else json.dumps(one) for one in messages)


NAMES = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=12)
NOTES = st.none() | st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=20)


@given(
    st.lists(
        st.fixed_dictionaries(
            {"id": NAMES, "document": NOTES, "reason": NOTES, "quantity": st.integers(1, (1 << 24) - 1)},
            optional={"organisation": st.sampled_from([7, c.PLATFORM]), "lot": st.sampled_from(["L1", "甲", '",;'])},
        ),
        min_size=1,
        max_size=LIMIT,
        unique_by=lambda changes: changes["id"],
    )
)
def test_the_same_movements_come_from_every_form(changes: list[dict[str, Any]]) -> None:
    sent = [{name: value for name, value in {**c.OLD_MOVEMENT, **one}.items() if value is not None} for one in changes]
    from_json = movements(json.dumps(sent), JSON).messages
    from_lines = movements(lines(*sent), NDJSON).messages
    assert [row.row for row in from_lines] == list(range(1, len(sent) + 1))
    assert from_json == [replace(row, row=None) for row in from_lines]
    rows = movements(table(sent, FIELDS), CSV).messages
    assert [row.document for row in rows] == sent
    assert [row.row for row in rows] == list(range(2, len(sent) + 2))


@pytest.mark.parametrize("message", c.VALID_SNAPSHOTS)
def test_the_same_snapshots_come_from_every_form(message: dict[str, Any]) -> None:
    lot = message["lot"] or {"code": "", "expiry": ""}
    cells = {**message, "lot": lot["code"], "expiry": lot["expiry"]}
    (row,) = snapshots(table([cells], CSV_COLUMNS), CSV).messages
    assert row.document == {name: value for name, value in message.items() if name != "brand" or value is not None}


@pytest.mark.parametrize("body", ["﻿" + sales(("a", 1)), sales(("a", 1)).replace("\r\n", "\n"), sales(("a", 1)).strip()])
def test_what_spreadsheets_write_is_read(body: str) -> None:
    assert [message.message_id for message in movements(body, CSV).messages] == ["a"]


def test_quoted_cells_and_empty_lines() -> None:
    body = f'{HEAD},reason\n\n"a",sell,1,"TEA-1",{c.WAREHOUSE},3,2026-11-24T12:00:00Z,"two\nlines, ""quoted"""\n'
    (message,) = movements(body, CSV).messages
    assert (message.document["reason"], message.row) == ('two\nlines, "quoted"', 3)


def test_a_broken_row_keeps_all_out_and_is_named() -> None:
    with pytest.raises(InvalidMovement) as refusal:
        movements(sales(("a", 1), ("b", 0), ("c", "many")), CSV)
    assert refusal.value.message.startswith("row 3, quantity: 0 is no quantity")
    assert refusal.value.details["row"] == 3
    assert [(error["path"], error["row"]) for error in refusal.value.details["errors"]] == [
        ("/1/quantity", 3),
        ("/2/quantity", 4),
    ]


def test_with_partial_the_good_rows_are_read_and_the_others_listed() -> None:
    body = sales(("a", 1), ("b", 0), ("c", 3), ("a", 4)) + "\r\n"
    found = movements(body, CSV, partial=True)
    assert [message.message_id for message in found.messages] == ["a", "c"]
    assert [refusal.as_json() for refusal in found.refusals] == [
        {
            "record": 1,
            "row": 3,
            "id": "b",
            "code": "invalid-message",
            "errors": [{"path": "/1/quantity", "message": "0 is no quantity in base units (1 … 16777215)"}],
        },
        {
            "record": 3,
            "row": 5,
            "id": "a",
            "code": "invalid-message",
            "errors": [{"path": "/3/id", "message": "'a' is the id of record 0 already"}],
        },
    ]


def test_each_of_many_bad_rows_is_listed() -> None:
    bad = sales(*((f"m-{number}", 0) for number in range(60)))
    with pytest.raises(InvalidMovement, match=r"^row 2, quantity: .* \(and 59 more\)$") as refused:
        read_body(bad.encode(), CSV, movement_form(c.NOW, 60))
    assert [one["row"] for one in refused.value.details["errors"]] == list(range(2, 62))


def test_a_row_with_too_few_cells_is_one_broken_row() -> None:
    body = f"{HEAD}\n{ROW.format(id='a', quantity=1)}\nb,sell\n"
    with pytest.raises(InvalidCsv, match="row 3 has 2 cells, the head has 7"):
        movements(body, CSV)
    found = movements(body, CSV, partial=True)
    assert ([one.message_id for one in found.messages], [one.row for one in found.refusals]) == (["a"], [3])
    assert found.refusals[0].stable_code == "invalid-csv"


def test_a_missing_column_is_named_in_every_row() -> None:
    with pytest.raises(InvalidMovement, match="row 2, at: is missing"):
        movements("id,kind,brand,sku,from,quantity\na,sell,1,T," + c.WAREHOUSE + ",1\n", CSV)


def test_an_expiry_without_its_lot_is_refused() -> None:
    with pytest.raises(InvalidSnapshot, match="row 2, lot/code: is missing"):
        snapshots(table([{**c.SNAPSHOT, "lot": "", "expiry": "2027-01-01"}], CSV_COLUMNS), CSV)


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("", "has no head row"),
        ("\n\n", "has no head row"),
        ("id,colour\n", "the column 'colour' is not known"),
        ("id,kind,id\n", "the column 'id' stands twice"),
        (f'{HEAD}\n"a', "row 2: "),
        (f'{HEAD}\n"a"b,sell', "row 2: "),
        (sales(("a", 1)).encode() + b"\xff", "row 3: byte "),
        (f"{HEAD}\n{'x' * 200_000},", "row 2: field larger"),
    ],
)
@pytest.mark.parametrize("partial", [False, True])
def test_no_table_at_all(body: bytes | str, sentence: str, partial: bool) -> None:
    with pytest.raises(InvalidCsv, match=sentence):
        movements(body, CSV, partial=partial)


@pytest.mark.parametrize("kind", [JSON, NDJSON, CSV])
def test_too_many_records(kind: str) -> None:
    many = [{**c.MOVEMENT, "id": str(i)} for i in range(LIMIT + 1)]
    body = {JSON: json.dumps(many), NDJSON: lines(*many), CSV: table(many, FIELDS)}[kind]
    with pytest.raises(TooLarge, match=str(LIMIT)):
        movements(body, kind, partial=True)
    fewer = {JSON: json.dumps(many[1:]), NDJSON: lines(*many[1:]), CSV: table(many[1:], FIELDS)}[kind]
    assert len(movements(fewer, kind).messages) == LIMIT


def test_lines_are_counted_before_any_is_read() -> None:
    with pytest.raises(TooLarge):
        movements("{\n" * (LIMIT + 1), NDJSON)


def test_a_broken_line_is_named_and_can_be_left_out() -> None:
    body = lines({**c.MOVEMENT, "id": "a"}, "", '{"id": "b"', {**c.MOVEMENT, "id": "c"})
    with pytest.raises(MalformedJson, match="row 3: the JSON ends too early"):
        movements(body, NDJSON)
    found = movements(body, NDJSON, partial=True)
    assert [message.message_id for message in found.messages] == ["a", "c"]
    assert [(one.position, one.stable_code) for one in found.refusals] == [(1, "malformed-json")]


@pytest.mark.parametrize("kind", [JSON, NDJSON])
def test_depth_is_limited_before_anything_is_read(kind: str) -> None:
    with pytest.raises(MalformedJson, match="nested deeper"):
        movements("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1), kind)


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "text/csv; header=present", ""])
def test_other_types_are_not_read(kind: str) -> None:
    with pytest.raises(UnsupportedMediaType):
        movements("x", kind)


@given(st.binary(max_size=300), st.sampled_from([JSON, NDJSON, CSV]), st.booleans())
def test_junk_is_refused_by_name(body: bytes, kind: str, partial: bool) -> None:
    try:
        found = movements(body, kind, partial=partial)
    except (InvalidInput, TooLarge):
        return
    assert found.messages == []
    assert partial or found.refusals == []


@given(st.text('",\r\n;ab1', max_size=60))
def test_junk_below_a_head_is_refused_by_row(rest: str) -> None:
    try:
        found = movements(f"{HEAD}\n{rest}", CSV, partial=True)
    except (InvalidCsv, TooLarge):
        return
    assert found.messages == []
    assert all(refusal.row is not None and refusal.row >= 2 for refusal in found.refusals)
