"""Maps of columns: what they make of a table, and what they refuse."""

from __future__ import annotations

from datetime import timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveledger.tables import cells as c
from liveledger.tables.errors import InvalidCsv, InvalidMap
from liveledger.tables.mapping import Reading, mapped
from liveledger.tables.maps import MAX_BYTES, Numbers, TableMap, Times, read_map
from liveledger_cli.common.table_options import movement_options

MAP = """
[table]
head = 2
other_columns = "ignore"
skip = {"单据编号" = ["合计"]}
[columns]
id = ["@source", "单据编号", "行号"]
kind = "业务类型"
sku = ["货号", "规格"]
quantity = "数量"
at = ["日期", "时间"]
place = "仓库"
[constants]
brand = 1
source = "erp"
[words.kind]
"采购入库" = "receive"
"销售出库" = "sell"
[words.place]
"杭州仓" = "6901234000016"
[numbers]
thousands = ","
absolute = true
[times]
forms = ["%Y/%m/%d %H:%M", "%Y/%m/%d"]
zone = "+08:00"
"""
TABLE = """库存流水,,,,,,,,
单据编号,行号,业务类型,货号,规格,数量,日期,时间,仓库,经手人
RK-1,1,采购入库,TEA,红,"1,200.00",2026/11/24,9:05,杭州仓,王
CK 2,1,销售出库,TEA,,-3,2026/11/24,,杭州仓,李
,,,,,,,,,
合计,,,,,"1,197",,,,
CK-3,1,赠品出库,TEA,,1.5,昨天,,未知仓,李
"""
FIELDS = ("id", "source", "brand", "sku", "kind", "from", "to", "quantity", "at")


def reading(text: str = MAP, **changes: Any) -> Reading:
    """How movements are read by a map."""
    options = movement_options(None, None, [], ignore=False)
    found = options.reading(list)
    return Reading(read_map(text.encode()), found.fields, found.extra, found.finish, **changes)


def test_a_table_of_another_system() -> None:
    head, *found = mapped(TABLE.encode(), reading())
    assert head == (1, list(FIELDS))
    assert [(number, dict(zip(head[1], row, strict=True))) for number, row in found] == [
        (
            3,
            {
                "id": "erp-RK-1-1",
                "source": "erp",
                "brand": "1",
                "sku": "TEA-红",
                "kind": "receive",
                "from": "",
                "to": "6901234000016",
                "quantity": "1200",
                "at": "2026-11-24T09:05:00+08:00",
            },
        ),
        (
            4,
            {
                "id": "erp-CK%202-1",
                "source": "erp",
                "brand": "1",
                "sku": "TEA",
                "kind": "sell",
                "to": "",
                "from": "6901234000016",
                "quantity": "3",
                "at": "2026-11-24T00:00:00+08:00",
            },
        ),
        # What the map cannot read stands as it was: the form of the message refuses it by row and field.
        (
            7,
            {
                "id": "erp-CK-3-1",
                "source": "erp",
                "brand": "1",
                "sku": "TEA",
                "kind": "赠品出库",
                "to": "",
                "from": "未知仓",
                "quantity": "1.5",
                "at": "昨天",
            },
        ),
    ]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("数量,日期", "件数,日期"), "the column '数量' stands not in the head"),
        (("行号", "单据编号"), "the column '单据编号' stands twice"),
    ],
)
def test_a_column_that_is_not_there_once(change: tuple[str, str], says: str) -> None:
    with pytest.raises(InvalidCsv, match=says) as refused:
        mapped(TABLE.replace(*change).encode(), reading())
    assert refused.value.details["row"] == 2


def test_other_columns_are_named_unless_they_are_to_be_left_out() -> None:
    text = MAP.replace('other_columns = "ignore"', "")
    with pytest.raises(InvalidCsv, match="the map has no field for '经手人'"):
        mapped(TABLE.encode(), reading(text))
    assert len(mapped(TABLE.encode(), reading(text).with_options(None, {}, ignore=True))) == 4


def test_rows_of_another_width_are_all_named() -> None:
    table = TABLE.replace("杭州仓,李", "杭州仓,李,x").replace("未知仓,李", "未知仓,李,y")
    with pytest.raises(InvalidCsv, match=r"row 4 has 11 cells, the head has 10 \(and 1 more rows\)") as refused:
        mapped(table.encode(), reading())
    assert [one["row"] for one in refused.value.details["errors"]] == [4, 7]


def test_what_the_command_line_states_counts_more() -> None:
    stated = reading().with_options("gb18030", {"brand": "7", "source": "x"}, ignore=False)
    head, first, *_ = mapped(TABLE.encode("gb18030"), stated)
    row = dict(zip(head[1], first[1], strict=True))
    assert (row["brand"], row["id"]) == ("7", "x-RK-1-1")


@pytest.mark.parametrize(
    "text",
    [
        "[colums]",
        "columns = 1",
        "[columns]\nid = 5",
        "[columns]\nid = []",
        '[columns]\ncolour = "Farbe"',
        '[words.colour]\n"rot" = "red"',
        "[constants]\nat = 2026-11-24T10:00:00Z",
        "[words]\nkind = 1",
        "[words.kind]\na = []",
        "[numbers]\nthousands = '.'",
        "[numbers]\ndecimal = ''",
        "[numbers]\nabsolute = 1",
        "[times]\nforms = '%Y'",
        "[times]\nzone = 'Mars/Olympus'",
        "[times]\nzone = '+99:00'",
        "[times]\nzone = 8",
        "[times]\nzone = '../../etc/passwd'",
        "[table]\nhead = 0",
        "[table]\nhead = true",
        "[table]\nseparator = 'x'",
        "[table]\nskip = []",
        "[table]\nskip = {a = 'x'}",
        "[table]\nother_columns = 'drop'",
        "[table]\ncolour = 1",
        "not toml",
        "a = " + "[" * 5_000,
        "#" * (MAX_BYTES + 1),
    ],
)
def test_a_map_that_says_what_it_cannot_is_refused(text: str) -> None:
    with pytest.raises(InvalidMap):
        mapped(b"id\n1\n", reading(text))


def test_an_encoding_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidCsv, match="not read here"):
        read_map(b"[table]\nencoding = 'klingon'")


@pytest.mark.parametrize(
    ("text", "numbers", "expected"),
    [
        ("12", Numbers(), "12"),
        ("012.00", Numbers(), "12"),
        ("12.5", Numbers(), "12.5"),
        ("1,234", Numbers(), "1,234"),
        ("1,234", Numbers(","), "1234"),
        ("1,23", Numbers(","), "1,23"),
        ("1.234.567,0", Numbers(".", ","), "1234567"),
        ("5-", Numbers(absolute=True), "5"),
        ("5-", Numbers(), "-5"),
        ("-0", Numbers(), "0"),
        ("--5", Numbers(absolute=True), "--5"),
        ("٣", Numbers(), "٣"),
        ("", Numbers(), ""),
        ("1e3", Numbers(), "1e3"),
    ],
)
def test_numbers(text: str, numbers: Numbers, expected: str) -> None:
    assert c.whole(text, numbers) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("24.11.2026 10:00", "2026-11-24T10:00:00+01:00"),
        ("1795514400", "2026-11-24T10:00:00Z"),
        ("1795514400000", "2026-11-24T10:00:00Z"),
        # The hour that summer time skips, and the one that it has twice.
        ("29.03.2026 02:30", "29.03.2026 02:30"),
        ("25.10.2026 02:30", "25.10.2026 02:30"),
        ("25.10.2026 03:30", "2026-10-25T03:30:00+01:00"),
        ("2026-11-24T10:00:00Z", "2026-11-24T10:00:00Z"),
        ("31.11.2026 10:00", "31.11.2026 10:00"),
    ],
)
def test_times(text: str, expected: str) -> None:
    table = read_map(b'[times]\nforms = ["%d.%m.%Y %H:%M", "unix", "unix-ms"]\nzone = "Europe/Berlin"')
    assert c.moment(text, table.times) == expected


def test_a_time_without_a_zone_is_left() -> None:
    assert c.moment("2026-11-24 10:00", Times(("%Y-%m-%d %H:%M",))) == "2026-11-24 10:00"
    assert c.day("20261124", Times(("%Y%m%d",))) == "2026-11-24"


@pytest.mark.parametrize(
    ("cell", "expected"),
    [(" A\u3000", "A"), ('="06901234567892"', "06901234567892"), ("'690123", "690123"), ("'tis", "'tis"), ("\t5", "5")],
)
def test_what_spreadsheets_put_around_text(cell: str, expected: str) -> None:
    assert c.clean(cell) == expected


@given(st.lists(st.lists(st.text(max_size=8), min_size=1, max_size=10), max_size=5))
def test_junk_below_the_head_keeps_its_rows_or_is_refused(table: list[list[str]]) -> None:
    text = "\n".join(TABLE.splitlines()[:2]) + "\n" + "\n".join(",".join(row) for row in table)
    try:
        head, *found = mapped(text.encode("utf-8", "replace"), reading())
    except InvalidCsv:
        return
    assert all(len(row) == len(head[1]) and number > 2 for number, row in found)


def test_zones_by_offset() -> None:
    zone = read_map(b'[times]\nzone = "-03:30"').times.zone
    assert zone == timezone(-timedelta(hours=3, minutes=30))
    assert TableMap().fields == frozenset()
