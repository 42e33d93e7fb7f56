"""Files of SKUs and lots: what is good is read as it stands, what is not is named by row and never gets further."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveledger.domain import gs1
from liveledger.domain.errors import InvalidInput, TooLarge
from liveledger.domain.units import UNITS
from liveledger.services.members import LotDraft, SkuDraft
from liveledger_cli.common.message_files import MessageFile, read_file, record
from liveledger_cli.sku.records import (
    MAX_RECORDS,
    InvalidLot,
    InvalidSku,
    read_lots,
    read_skus,
    require_distinct_lots,
    require_distinct_skus,
)
from tests.house.tree import ROOT

EXAMPLES = ROOT / "examples" / "messages"
GTIN = "06901234567892"


def table(*rows: str) -> MessageFile:
    """The table of these lines."""
    head, *rest = csv.reader(io.StringIO("\n".join(rows)))
    return MessageFile(rows=[(number, row) for number, row in enumerate(rest, 2) if row], head=head)


def test_the_examples_are_what_their_messages_name() -> None:
    skus = [one.draft for one in read_skus(read_file(str(EXAMPLES / "skus.csv")))]
    lots = [one.draft for one in read_lots(read_file(str(EXAMPLES / "lots.csv")))]
    movements = [json.loads(line) for line in (EXAMPLES / "movements.ndjson").read_text().splitlines()]
    snapshots = [json.loads(line) for line in (EXAMPLES / "snapshots.ndjson").read_text().splitlines()]
    messages = movements + snapshots
    assert {one.code for one in skus} == {message["sku"] for message in messages}
    assert {(one.code, one.gtin) for one in skus} == {(one["sku"], int(one["gtin"])) for one in snapshots}
    assert {one["unit"] for one in movements if "unit" in one} == {"EA"}
    assert {one.unit for one in skus} == {UNITS["EA"]}
    named = {(one["sku"], one["lot"]["code"], one["lot"]["expiry"]) for one in snapshots if one["lot"]}
    assert named == {(one.sku, one.code, "2027-11-30") for one in lots if one.expiry == 20271130}
    assert {one["lot"] for one in movements if "lot" in one} == {one.code for one in lots}


def test_columns_come_in_any_order_and_may_be_left_out() -> None:
    skus = read_skus(table("unit,code", ",A", "", "KGM,B 茶"))
    assert [(one.row, one.draft) for one in skus] == [(2, SkuDraft("A")), (4, SkuDraft("B 茶", 0, UNITS["KGM"]))]
    lots = read_lots(table("lot,sku", "L1,A", "L1,B"))
    assert [one.draft for one in lots] == [LotDraft("A", "L1"), LotDraft("B", "L1")]


def test_a_record_without_a_file() -> None:
    assert read_skus(record({"code": "A", "gtin": GTIN, "unit": None}))[0].draft == SkuDraft("A", int(GTIN))
    assert read_lots(record({"sku": "A", "lot": "L", "expiry": "2027-11-30"}))[0].draft == LotDraft("A", "L", 20271130)


@pytest.mark.parametrize(
    ("rows", "row", "says"),
    [
        (("gtin,unit", f"{GTIN},EA"), 2, "code: is missing"),
        (("code,unit", "A,", ",EA"), 3, "code: is missing"),
        (("code", "A", "B" * 65), 3, "1 … 64 bytes"),
        (("code", "茶" * 22), 2, "1 … 64 bytes"),
        (("code", " A"), 2, "blank at an end"),
        (("code", "A\u200bB"), 2, "not seen"),
        (("code", "A", "B", "A"), 4, "code: 'A' stands in row 2 already"),
        (("code,gtin", f"A,{GTIN[:-1]}3"), 2, "its check digit is 2"),
        (("code,gtin", "A,690123"), 2, "has 6 digits"),
        (("code,gtin", "A,00000000"), 2, "GTIN of zeros"),
        (("code,gtin", "A,6.90123E+12"), 2, "digits only"),
        (("code,unit", "A,ea"), 2, "no unit of the ledger"),
        (("code,unit", "A,EA,1"), 2, "3 cells, the head has 2"),
        (("code,gtin", "A"), 2, "1 cells, the head has 2"),
    ],
)
def test_a_bad_sku_is_named_by_its_row(rows: tuple[str, ...], row: int, says: str) -> None:
    with pytest.raises(InvalidSku, match=f"row {row}.*{says}") as refused:
        read_skus(table(*rows))
    assert [one["row"] for one in refused.value.details["errors"]] == [row]


@pytest.mark.parametrize(
    ("rows", "row", "says"),
    [
        (("lot,expiry", "L,2027-11-30"), 2, "sku: is missing"),
        (("sku,lot", "A,"), 2, "lot: is missing"),
        (("sku,lot", f"A,{'L' * 21}"), 2, "1 … 20 bytes"),
        (("sku,lot,expiry", "A,L,2027-02-30"), 2, "no date"),
        (("sku,lot,expiry", "A,L,30/11/2027"), 2, "no date"),
        (("sku,lot,expiry", "A,L,20271130"), 2, "no date"),
        (("sku,lot,expiry", "A,L,2027-11-30", "A,L,"), 3, "lot: 'L' stands in row 2 already"),
    ],
)
def test_a_bad_lot_is_named_by_its_row(rows: tuple[str, ...], row: int, says: str) -> None:
    with pytest.raises(InvalidLot, match=f"row {row}.*{says}") as refused:
        read_lots(table(*rows))
    assert [one["row"] for one in refused.value.details["errors"]] == [row]


def test_every_bad_record_is_named_at_once() -> None:
    rows = [f"C{number},{number}" for number in range(100)]
    with pytest.raises(InvalidSku, match=r"^row 2, gtin: .*\(and 99 more\)") as refused:
        read_skus(table("code,gtin", *rows))
    assert [one["row"] for one in refused.value.details["errors"]] == list(range(2, 102))


CYRILLIC = "\u0422\u0415\u0410-1"


@pytest.mark.parametrize(
    ("codes", "there", "row"),
    [
        (("TEA-2", CYRILLIC), ("TEA-1",), 3),
        (("TEA-1", CYRILLIC), (), 3),
        ((CYRILLIC, "TEA-1"), (), 3),
        (("\u0422EA-9",), (), 2),
        (("ＴＥＡ",), (), 2),
    ],
)
def test_codes_that_look_alike_are_refused_by_row(codes: tuple[str, ...], there: tuple[str, ...], row: int) -> None:
    records = read_skus(table("code", *codes))
    with pytest.raises(InvalidSku) as refused:
        require_distinct_skus(records, [one.draft for one in records], lambda _: there)
    assert (refused.value.stable_code, refused.value.details["row"]) == ("look-alike", row)
    assert "--allow-look-alike" in refused.value.hint


def test_lots_are_told_apart_within_their_sku() -> None:
    records = read_lots(table("sku,lot", "A,L1", "B,L–1", "B,L-1"))
    fresh = [one.draft for one in records]
    with pytest.raises(InvalidLot, match="row 4, lot"):
        require_distinct_lots(records, fresh, lambda _: ())
    require_distinct_lots(records, fresh[:2], {"A": ("L-1",), "B": ("L1",)}.__getitem__)
    # What is registered already is not judged again.
    require_distinct_lots(records, [], lambda _: ("L-1",))


@pytest.mark.parametrize("code", ["TEA-1\u00a0", "cafe\u0301", "A\u200bB", ".."])
def test_a_code_that_cannot_be_typed_is_refused(code: str) -> None:
    for read, head, row in ((read_skus, "code", code), (read_lots, "sku,lot", f"A,{code}")):
        with pytest.raises(InvalidInput) as refused:
            read(table(head, row))
        assert refused.value.stable_code == "unreadable-code"


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("a.csv", "code,colour\nA,red\n", "column 'colour' is not known"),
        ("a.csv", "code,code\nA,B\n", "stands twice in the head"),
        ("a.csv", 'code\nA\n"B\n', "row 3: "),
        ("a.csv", "code,gtin\n", "no record"),
        ("a.csv", "", "no record"),
        ("a.json", "[]", "no record"),
        ("a.json", '[{"code": "A"}, 7]', "record 1: is a number"),
        ("a.json", '{"code": "A", "gtin": 6901234567892}', "record 0, gtin: a GTIN is written as text"),
        ("a.ndjson", '{"code": "A"}\n{"code"', "row 2: the JSON ends too early"),
        ("a.ndjson", '{"code": "A", "colour": 1}', "row 1, colour"),
    ],
)
def test_a_file_that_is_none_is_refused(tmp_path: Path, name: str, text: str, says: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(InvalidInput, match=says):
        read_skus(read_file(str(tmp_path / name)))


def test_a_file_has_a_limit() -> None:
    with pytest.raises(TooLarge, match="more than 100000 rows"):
        read_skus(MessageFile(rows=[(2 + number, [f"C{number}"]) for number in range(MAX_RECORDS + 1)], head=["code"]))


CELLS = st.one_of(st.text(st.characters(codec="utf-8"), max_size=70), st.sampled_from(["", "A", "EA", GTIN, "KGM"]))
HEADS = st.permutations(["code", "gtin", "unit"]) | st.lists(CELLS, max_size=4)


@given(HEADS, st.lists(st.lists(CELLS, max_size=4), max_size=6))
def test_junk_is_read_as_it_stands_or_refused(head: list[str], rows: list[list[str]]) -> None:
    try:
        found = read_skus(MessageFile(rows=list(enumerate(rows, 2)), head=head))
    except InvalidInput:
        return
    assert [one.row for one in found] == [number for number, row in enumerate(rows, 2) if "".join(row).strip()]
    for one in found:
        assert one.row is not None
        cells = dict(zip(head, rows[one.row - 2], strict=False))
        assert one.draft.code == cells["code"] == cells["code"].strip()
        assert 1 <= len(one.draft.code.encode()) <= 64
        assert one.draft.gtin == int(gs1.gtin14(cells["gtin"]) if cells.get("gtin") else 0)
        assert one.draft.unit == UNITS[cells.get("unit") or "EA"]
    assert len({one.draft.code for one in found}) == len(found)


@given(st.binary(max_size=200), st.sampled_from([".csv", ".json", ".ndjson", ""]))
def test_junk_bytes_raise_nothing_else(tmp_path_factory: pytest.TempPathFactory, content: bytes, suffix: str) -> None:
    path = tmp_path_factory.getbasetemp() / f"goods{suffix}"
    path.write_bytes(content)
    for read in (read_skus, read_lots):
        try:
            read(read_file(str(path)))
        except InvalidInput:
            continue
