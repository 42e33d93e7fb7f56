"""Bytes to rows: encodings by name or by their mark, separators by the head, numbers as a spreadsheet shows them."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveledger.tables.delimited import rows, written
from liveledger.tables.errors import InvalidCsv
from liveledger.tables.text import NAMES, decode, encoding_of

CHINESE = "商品编码,数量\r\n茶-1,5\r\n"


@pytest.mark.parametrize(
    ("encoding", "stated"),
    [
        ("utf-8", None),
        ("utf-8-sig", None),
        ("utf-8-sig", "UTF-8"),
        ("utf-16", None),
        ("utf-16", "utf-16-le"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "UTF-16BE"),
        ("gb18030", "GB18030"),
        ("gbk", "gb2312"),
        ("gbk", "GBK"),
    ],
)
def test_a_table_in_its_encoding(encoding: str, stated: str | None) -> None:
    assert decode(CHINESE.encode(encoding), stated) == CHINESE


def test_gb18030_is_said_by_name() -> None:
    with pytest.raises(InvalidCsv) as refused:
        decode(CHINESE.encode("gb18030"))
    assert refused.value.message.startswith("row 1: byte 0 is no UTF-8; read as GB18030, which Chinese Excel saves,")
    assert "商品编码,数量" in refused.value.message
    assert "--encoding gb18030" in refused.value.hint
    assert "charset=gb18030" in refused.value.hint


@pytest.mark.parametrize(
    ("body", "stated", "says"),
    [
        (b"id\n\xff\xfe\n", None, "row 2: byte 3 is no UTF-8$"),
        ("café".encode("cp1252"), None, "row 1: byte 3 is no UTF-8$"),
        (b'id\n"a\nb\nc"\n\xc3', None, "row 3: byte"),
        (CHINESE.encode("utf-16-le"), None, "row 1: byte|NUL"),
        ("id\n1\n".encode("utf-16-le"), None, "row 1: there is a NUL"),
        (b"\xef\xbb\xbfid", "gb18030", "begins with the mark of UTF-8"),
        (b"\xff\xfei\0d\0", "utf-8", "begins with the mark of UTF-16"),
        (b"id", "utf-7", "'utf-7' is not read here"),
        (b"id", "base64", "'base64' is not read here"),
        (b"id", "\0", "is not read here"),
        (b"\xff", "gb18030", "row 1: byte 0 is no GB18030"),
    ],
)
def test_what_does_not_fit_is_named(body: bytes, stated: str | None, says: str) -> None:
    with pytest.raises(InvalidCsv, match=says):
        decode(body, stated)


@pytest.mark.parametrize("name", NAMES)
def test_the_names_that_are_told_are_known(name: str) -> None:
    assert encoding_of(name)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a,b\n1,2\n", [(1, ["a", "b"]), (2, ["1", "2"])]),
        ("a;b\n1;2,5\n", [(1, ["a", "b"]), (2, ["1", "2,5"])]),
        ("a\tb\n1\t2;5\n", [(1, ["a", "b"]), (2, ["1", "2;5"])]),
        ('"a;;;",b\n1,2\n', [(1, ["a;;;", "b"]), (2, ["1", "2"])]),
        ("\n,,\na,b\n, \n\n1,2\n,,,\n", [(3, ["a", "b"]), (6, ["1", "2"])]),
        ('a,b\n"x\ny",2\n3,4\n', [(1, ["a", "b"]), (2, ["x\ny", "2"]), (3, ["3", "4"])]),
        ("sep=;\r\na;b\r\n1;2\r\n", [(2, ["a", "b"]), (3, ["1", "2"])]),
        ("code\nA\n", [(1, ["code"]), (2, ["A"])]),
        ("", []),
    ],
)
def test_rows_and_their_numbers(text: str, expected: list[tuple[int, list[str]]]) -> None:
    assert list(rows(text)) == expected


@given(st.lists(st.lists(st.text("ab,;\t\"\n 'é茶", max_size=4), min_size=2, max_size=3), max_size=6))
def test_what_a_spreadsheet_wrote_is_read_under_its_numbers(table: list[list[str]]) -> None:
    out = io.StringIO()
    csv.writer(out).writerows(table)
    filled = [(at, row) for at, row in enumerate(table, 1) if "".join(row).strip()]
    assert list(rows(out.getvalue(), ",")) == filled
    assert list(rows(written(iter(filled)), ",")) == filled


@given(st.binary(max_size=200), st.sampled_from([None, *NAMES, "junk"]))
def test_junk_raises_nothing_else(body: bytes, stated: str | None) -> None:
    try:
        found = list(rows(decode(body, stated)))
    except InvalidCsv:
        return
    assert [number for number, _ in found] == sorted({number for number, _ in found})
