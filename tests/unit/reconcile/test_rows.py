"""Snapshots as they come: both forms, both spellings, and every way to be broken, by row and field."""

from __future__ import annotations

import json
import string
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveledger.domain.errors import InvalidInput, LiveLedgerError
from liveledger.messages.bodies import read_body
from liveledger.messages.snapshots import Snapshot, snapshot_form
from liveledger.reconcile import rows as reader
from liveledger.reconcile.errors import InvalidSnapshot, SnapshotTooLarge
from liveledger.reconcile.rows import ALIASES
from liveledger.reconcile.rows import read_rows as read_at
from tests.messages import cases as c
from tests.unit.reconcile.snapshots import AT, GTIN, ORGANISATION, PLACE, entries, entry, ndjson, table

NOW = 1795514400.0
EXPECTED = Snapshot(
    position=0,
    row=None,
    message_id="m-1",
    source="wms",
    organisation=ORGANISATION,
    brand=None,
    sku="A",
    gtin=GTIN.zfill(14),
    place=int(PLACE),
    channel="shop",
    quantity=12,
    available=10,
    reserved=2,
    lot="L1",
    expiry=20270331,
    at=1795514400,
    document=entry(lot={"code": "L1", "expiry": "2027-03-31"}),
)
LONG_SPELLING = {short: long for long, short in ALIASES.items()}


def read_rows(content: bytes) -> list[Snapshot]:
    """The rows at the time that the usual one states."""
    return read_at(content, NOW)


def test_both_forms_and_both_spellings_say_the_same() -> None:
    flat = entry(lot="L1", expiry="2027-03-31")
    nested = entry(lot={"code": "L1", "expiry": "2027-03-31"})
    long = {LONG_SPELLING.get(name, name): value for name, value in flat.items()}
    found = [ndjson([flat]), ndjson([nested]), table([flat]), table([long]), b"\xef\xbb\xbf" + ndjson([long])]
    rows = [row for content in found for row in read_rows(content)]
    assert [replace(row, row=None) for row in rows] == [EXPECTED] * len(found)
    assert [row.row for row in rows] == [1, 1, 2, 2, 1]


def test_a_lot_that_is_not_stated_has_no_code() -> None:
    for content in (ndjson([entry()]), table([entry(lot="", expiry="")])):
        (row,) = read_rows(content)
        assert (row.lot, row.expiry) == (None, 0)


def test_a_string_may_hold_what_else_ends_a_line() -> None:
    line = json.dumps(entry(source="a\u2028b\x85c"), ensure_ascii=False).encode()
    for content in (line, line + b"\r\n" + json.dumps(entry(id="m-2", sku="B")).encode() + b"\r\n"):
        assert read_rows(content)[0].source == "a\u2028b\x85c"


def test_the_time_counts_its_offset() -> None:
    (row,) = read_rows(ndjson([entry(at="2026-11-24T18:00:00.5+08:00")]))
    assert row.at == EXPECTED.at


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"id": ""}, "id"),
        ({"id": "x" * 129}, "id"),
        ({"id": "a b"}, "id"),
        ({"source": "x" * 257}, "source"),
        ({"source": 7}, "source"),
        ({"organisation": "6901234000019"}, "organisation"),
        ({"organisation": 6901234000012}, "organisation"),
        ({"sku": "x" * 65}, "sku"),
        ({"sku": "\ud800"}, "sku"),
        ({"gtin": "123"}, "gtin"),
        ({"place": "x"}, "place"),
        ({"quantity": -1}, "quantity"),
        ({"quantity": 1.0}, "quantity"),
        ({"quantity": True}, "quantity"),
        ({"quantity": 1 << 53}, "quantity"),
        ({"quantity": 11}, "quantity"),
        ({"available": "10"}, "available"),
        ({"reserved": []}, "reserved"),
        ({"lot": "x" * 21}, "lot/code"),
        ({"lot": {"code": "L1", "expiry": "x"}}, "lot/expiry"),
        ({"lot": {"code": "L1", "expiry": None}, "expiry": None}, "expiry"),
        ({"lot": "L1", "expiry": "2027-02-30"}, "lot/expiry"),
        ({"lot": "L1", "expiry": "31.3.2027"}, "lot/expiry"),
        ({"at": "2026-11-24T10:00:00"}, "at"),
        ({"at": "2026-13-24T10:00:00Z"}, "at"),
        ({"at": "1969-12-31T23:59:59Z"}, "at"),
        ({"at": "2106-02-07T06:28:16Z"}, "at"),
        ({"at": 5}, "at"),
        ({"brand": 0}, "brand"),
        ({"brand": 4096}, "brand"),
        ({"colour": "red"}, "colour"),
        ({"sku_code": "A"}, "sku"),
    ],
)
def test_a_broken_field_is_named_with_its_row(changes: dict[str, Any], field: str) -> None:
    content = ndjson([entry(id="fine", sku="B"), entry(**changes)])
    with pytest.raises(InvalidSnapshot) as refused:
        read_rows(content)
    assert refused.value.details == {"row": 2, "field": field}
    assert refused.value.message.startswith(f"row 2, {field}: ")


@pytest.mark.parametrize(
    ("changes", "field"), [({"lot": {"code": "L1"}}, "lot/expiry"), ({"expiry": "2027-03-31"}, "lot/code")]
)
def test_a_lot_has_a_code_and_an_expiry(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidSnapshot) as refused:
        read_rows(ndjson([entry(**changes)]))
    assert (refused.value.stable_code, refused.value.details["field"]) == ("snapshot-missing-field", field)


@pytest.mark.parametrize("case", c.INVALID_SNAPSHOTS)
def test_what_the_api_refuses_is_refused_here_at_the_same_field(case: c.Case) -> None:
    content = ndjson([c.changed(c.SNAPSHOT, case.changes)])
    if case.changes == {"lot": "L1"}:
        # The one thing that only files may do: their lots are columns.
        assert read_at(content, c.NOW)[0].lot == "L1"
        return
    with pytest.raises(InvalidSnapshot) as refused:
        read_at(content, c.NOW)
    assert (refused.value.details["row"], refused.value.details["field"]) in {
        (1, case.field),
        *[(1, f"{case.field}/{part}") for part in ("code", "expiry")],
    }


@pytest.mark.parametrize("message", c.VALID_SNAPSHOTS)
def test_what_the_api_takes_is_the_same_message_here(message: dict[str, Any]) -> None:
    (row,) = read_at(ndjson([message]), c.NOW)
    assert row == snapshot_form(c.NOW, 1).build(0, 1, message)


@pytest.mark.parametrize("name", [name for name in entry() if name != "lot"])
@pytest.mark.parametrize("form", [ndjson, table])
def test_a_missing_field_is_named(name: str, form: Any) -> None:
    rows = entries({}, {"sku": "B"})
    if form is ndjson:
        del rows[1][name]
    else:
        rows[1][name] = ""
    with pytest.raises(InvalidSnapshot) as refused:
        read_rows(form(rows))
    assert (refused.value.stable_code, refused.value.details) == (
        "snapshot-missing-field",
        {"row": 2 if form is ndjson else 3, "field": name},
    )


@pytest.mark.parametrize(
    ("rows", "field"),
    [
        ([entry(), entry(sku="B")], "id"),
        (entries({}, {}), "sku"),
        (entries({"lot": "L1"}, {"lot": "L1"}), "sku"),
    ],
)
def test_a_row_that_stands_there_twice_is_refused(rows: list[dict[str, Any]], field: str) -> None:
    with pytest.raises(InvalidSnapshot, match="repeats row 1") as refused:
        read_rows(ndjson(rows))
    assert (refused.value.stable_code, refused.value.details["field"]) == ("snapshot-duplicate-row", field)


def test_channels_and_lots_of_a_sku_are_rows_of_their_own() -> None:
    rows = entries({}, {"channel": "live"}, {"lot": "L1"}, {"lot": "L2"})
    assert len(read_rows(ndjson(rows))) == 4


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n",
        b"id,source",
        b"{}\n[]",
        b"{",
        b'{"id": 1, "id": 2}',
        b'{"a":' + b"[" * 9000,
        b"\xff\xfe",
        b"id,id\n1,2",
        b'id,source\n"x,2',
        b"id,source\n1",
        b"\x00" * 50,
        b"null",
    ],
)
def test_junk_is_refused_by_name(content: bytes) -> None:
    with pytest.raises(InvalidSnapshot):
        read_rows(content)


_CELLS = b"m-1,wms,6901234000016,A,6901234567892,6901234000023,shop,12,10,2,,2026-11-24T10:00:00Z\r\n"
_HEAD = b"id,source,organisation,sku,gtin,place,channel,quantity,available,reserved,lot,at\r\n"


@pytest.mark.parametrize(
    ("content", "row"),
    [
        (_HEAD + _CELLS.replace(b",12,", b",-1,"), 2),
        (b"\r\n\r\n" + _HEAD + b"\r\n" + _CELLS.replace(b",12,", b",x,"), 5),
        (_HEAD + _CELLS.replace(b"wms", b'"w\r\nms"') + b"\r\n" + _CELLS.replace(b",12,", b",-1,"), 4),
        (_HEAD + b"\n\n" + _CELLS.replace(b"m-1", b"m-1,"), 4),
        (_HEAD + _CELLS + b"\n" + _CELLS.replace(b"wms", b'"wms'), 4),
        (_HEAD + _CELLS + b"\n" + _CELLS.replace(b"wms", b"w\xff"), 4),
        (b"\n" + _HEAD.replace(b"source", b"id") + _CELLS, 2),
    ],
)
def test_a_tables_row_has_the_number_that_the_api_tells(content: bytes, row: int) -> None:
    with pytest.raises(InvalidInput) as told:
        read_body(content, "text/csv", snapshot_form(NOW, 10))
    with pytest.raises(InvalidSnapshot) as refused:
        read_rows(content)
    assert (told.value.details["row"], refused.value.details["row"]) == (row, row)
    assert refused.value.message.startswith(f"row {row}")


def test_blank_lines_of_ndjson_count() -> None:
    with pytest.raises(InvalidSnapshot) as refused:
        read_rows(b"\n" + ndjson([entry()]) + b"\n\n" + ndjson([entry(id="m-2", sku="B", quantity=-1)]))
    assert refused.value.details == {"row": 4, "field": "quantity"}


def test_sizes_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SnapshotTooLarge, match="16384"):
        read_rows(ndjson([entry(source="x" * 20_000)]))
    with pytest.raises(SnapshotTooLarge, match="16384"):
        read_rows(table([entry(source="x" * 20_000)]))
    monkeypatch.setattr(reader, "MAX_ROWS", 1)
    with pytest.raises(SnapshotTooLarge, match="1 rows"):
        read_rows(ndjson(entries({}, {"sku": "B"})))
    monkeypatch.setattr(reader, "MAX_BYTES", 10)
    with pytest.raises(SnapshotTooLarge, match="10 bytes"):
        read_rows(b" " * 11)


def _refusal(content: bytes) -> LiveLedgerError | None:
    try:
        read_rows(content)
    except LiveLedgerError as error:
        return error
    return None


@given(st.binary(max_size=300))
def test_any_bytes_give_rows_or_a_named_refusal(content: bytes) -> None:
    refusal = _refusal(content)
    assert refusal is not None
    assert refusal.stable_code in {"invalid-snapshot", "snapshot-missing-field", "snapshot-too-large"}


@given(
    st.dictionaries(
        st.sampled_from([*entry(), "expiry", "brand", "message_id"]),
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(string.printable, max_size=30),
    )
)
def test_any_values_give_rows_or_a_named_refusal(changes: dict[str, Any]) -> None:
    refusal = _refusal(json.dumps(entry() | changes).encode())
    assert refusal is None or refusal.details["row"] == 1


def test_the_usual_time_is_what_the_expected_row_says() -> None:
    (row,) = read_rows(ndjson([entry(at=AT)]))
    assert row.at == EXPECTED.at


def test_all_bad_rows_are_listed() -> None:
    content = ndjson([entry(id=f"m-{at}", quantity=-1 if at % 2 else 12) for at in range(200)])
    with pytest.raises(InvalidSnapshot, match=r"^row 2, quantity: .* \(and 99 more rows\)") as refused:
        read_rows(content)
    listed = refused.value.details["errors"]
    assert ([one["row"] for one in listed], listed[0]["code"]) == (list(range(2, 202, 2)), "invalid-snapshot")


def test_tables_as_spreadsheets_save_them() -> None:
    (expected,) = read_rows(table([entry()]))
    text = table([entry()]).decode()
    for content in (text.encode("utf-16"), text.replace(",", ";").encode(), (text + ",,,\r\n").encode()):
        assert read_rows(content) == [expected]
    with pytest.raises(InvalidSnapshot, match="read as GB18030"):
        read_rows(text.replace("wms", "仓库").encode("gb18030"))
