"""Files on the command line: cut into bodies without losing a record or a row's number."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveledger.domain.errors import InvalidInput
from liveledger.messages.rows import Columns, read_rows
from liveledger_cli.common.message_files import MessageFile, read_file

CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6)


@given(st.lists(st.lists(CELLS, min_size=2, max_size=2), max_size=12), st.integers(1, 5))
def test_rows_keep_cells_and_numbers_whatever_the_size(rows: list[list[str]], size: int) -> None:
    columns = Columns(("a", "b"), lambda row: dict(row))
    numbered = [(number, row) for number, row in enumerate(rows, 2) if "".join(row).strip()]
    file = MessageFile(rows=numbered, head=["a", "b"])
    read = [pair for chunk in file.chunks(size) for pair in read_rows(chunk.body, columns, 100)]
    expected = [(number, {k: v for k, v in zip("ab", row, strict=True) if v}) for number, row in numbered]
    assert read == expected


@given(st.lists(st.lists(CELLS, min_size=2, max_size=2), min_size=1, max_size=8))
def test_a_table_is_read_as_it_was_written(tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]) -> None:
    out = io.StringIO()
    csv.writer(out).writerows([["a", "b"], *rows])
    path = tmp_path_factory.getbasetemp() / "rows.csv"
    path.write_bytes(out.getvalue().encode())
    assert read_file(str(path)).rows == [(at, row) for at, row in enumerate(rows, 2) if "".join(row).strip()]


@pytest.mark.parametrize(
    ("name", "text", "records", "rows"),
    [
        ("a.csv", "\ufeffid,sku\r\n1,A\r\n\r\n2,B\r\n,\r\n", [], [(2, ["1", "A"]), (4, ["2", "B"])]),
        ("a.CSV", "id\n", [], []),
        ("a.csv", "", [], []),
        ("a.json", '[{"id": "1"}, {"id": "2"}]', [b'{"id": "1"}', b'{"id": "2"}'], []),
        ("a.json", '{"id": "1"}', [b'{"id": "1"}'], []),
        ("a.ndjson", '{"id": 1}\n\n{"id"', [b'{"id": 1}', b'{"id"'], []),
        ("a.txt", '{"id": 1}', [b'{"id": 1}'], []),
        ("a.txt", "[1]", [b"1"], []),
        ("a.txt", "id\n1", [], [(2, ["1"])]),
        ("a.tsv", "id\tsku\n1\tA", [], [(2, ["1", "A"])]),
        ("a.csv", "sep=;\nid;sku\n1;A,B", [], [(3, ["1", "A,B"])]),
    ],
)
def test_forms_by_ending_or_first_character(
    tmp_path: Path, name: str, text: str, records: list[bytes], rows: list[tuple[int, list[str]]]
) -> None:
    (tmp_path / name).write_bytes(text.encode())
    file = read_file(str(tmp_path / name))
    assert (list(file.records), list(file.rows), file.count) == (records, rows, len(records) + len(rows))


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.json", b'{"id": }', "line 1, column 8"),
        ("a.json", b"[" * 200_000, "nested deeper"),
        ("a.csv", b'id\n"1', "row 2: "),
        ("a.csv", b"id\n\xff", "row 2: byte 3 is no UTF-8"),
        ("a.ndjson", b"{}\n\xff", "row 2: byte 3 is no UTF-8"),
        ("b.csv", None, "cannot be read"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path: Path, name: str, content: bytes | None, sentence: str) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InvalidInput, match=sentence):
        read_file(str(tmp_path / name))
