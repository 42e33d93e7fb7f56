"""Files on the command line: cut into bodies without losing a record or a row's number."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from liveledger.cli.api_client import ApiRefusal
from liveledger.cli.message_files import CSV, MessageFile, read_file, send
from liveledger.domain.errors import InvalidInput
from liveledger_api.messages.rows import Columns, read_rows

CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6)


class Api:
    """Keeps what was sent; refuses the body number ``refuses``."""

    def __init__(self, refuses: int = -1) -> None:
        self.sent: list[tuple[bytes, str, dict[str, str]]] = []
        self._refuses = refuses

    def post(self, path: str, body: bytes, media_type: str, **parameters: str) -> dict[str, Any]:
        """An answer that refuses the first record of every body."""
        if len(self.sent) == self._refuses:
            raise ApiRefusal(400, {"code": "invalid-movement", "detail": "record 0: no", "hint": "look"})
        self.sent.append((body, media_type, parameters))
        refusal = {"record": 0, "code": "x", "errors": [{"path": "/0", "message": "no"}]}
        return {"accepted": 2, "dry_run": False, "lane": 1000, "poster": "0x1", "refused": [refusal]}


def sent(file: MessageFile, size: int) -> tuple[Api, dict[str, Any]]:
    """Sends a file to an API."""
    api: Any = Api()
    return api, send(api, "/movements", file, {"partial": "true"}, size=size, quiet=True)


@given(st.lists(st.lists(CELLS, min_size=2, max_size=2), max_size=12), st.integers(1, 5))
def test_rows_keep_cells_and_numbers_whatever_the_size(rows: list[list[str]], size: int) -> None:
    columns = Columns(("a", "b"), lambda row: dict(row))
    file = MessageFile([], rows, ["a", "b"])
    read = [pair for chunk in file.chunks(size) for pair in read_rows(chunk.body, columns, 100)]
    expected = [(number, {k: v for k, v in zip("ab", row, strict=True) if v}) for number, row in enumerate(rows, 2)]
    assert read == expected


@given(st.lists(st.lists(CELLS, min_size=2, max_size=2), min_size=1, max_size=8))
def test_a_table_is_read_as_it_was_written(tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]) -> None:
    out = io.StringIO()
    csv.writer(out).writerows([["a", "b"], *rows])
    path = tmp_path_factory.getbasetemp() / "rows.csv"
    path.write_bytes(out.getvalue().encode())
    assert read_file(str(path)).rows == rows


@pytest.mark.parametrize(
    ("name", "text", "records", "rows"),
    [
        ("a.csv", "\ufeffid,sku\r\n1,A\r\n\r\n2,B\r\n\r\n", [], [["1", "A"], [], ["2", "B"]]),
        ("a.CSV", "id\n", [], []),
        ("a.csv", "", [], []),
        ("a.json", '[{"id": "1"}, {"id": "2"}]', [b'{"id": "1"}', b'{"id": "2"}'], []),
        ("a.json", '{"id": "1"}', [b'{"id": "1"}'], []),
        ("a.ndjson", '{"id": 1}\n\n{"id"', [b'{"id": 1}', b'{"id"'], []),
        ("a.txt", '{"id": 1}', [b'{"id": 1}'], []),
        ("a.txt", "[1]", [b"1"], []),
        ("a.txt", "id\n1", [], [["1"]]),
    ],
)
def test_forms_by_ending_or_first_character(
    tmp_path: Path, name: str, text: str, records: list[bytes], rows: list[list[str]]
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
        ("a.csv", b"id\n\xff", "cannot be read"),
        ("b.csv", None, "cannot be read"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path: Path, name: str, content: bytes | None, sentence: str) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InvalidInput, match=sentence):
        read_file(str(tmp_path / name))


def test_answers_are_added_up_and_refusals_numbered_in_the_file() -> None:
    file = MessageFile([json.dumps({"id": i}).encode() for i in range(5)], [], [])
    api, total = sent(file, 2)
    assert [body.count(b"\n") + 1 for body, _, _ in api.sent] == [2, 2, 1]
    assert (total["accepted"], total["lane"], total["poster"], total["dry_run"]) == (6, 1000, "0x1", False)
    assert [one["record"] for one in total["refused"]] == [0, 2, 4]


def test_a_table_is_sent_as_a_table() -> None:
    api, _ = sent(MessageFile([], [["1"], ["2"], ["3"]], ["id"]), 2)
    assert [(body, kind) for body, kind, _ in api.sent] == [
        (b"id\r\n1\r\n2\r\n", CSV),
        (b"id\r\n\r\n\r\n3\r\n", CSV),
    ]


def test_a_refusal_says_what_went_before() -> None:
    api: Any = Api(refuses=1)
    with pytest.raises(ApiRefusal) as refusal:
        send(api, "/movements", MessageFile([b"{}"] * 5, [], []), {}, size=2, quiet=True)
    assert refusal.value.details["first_record"] == 2
    assert "before number 2 are taken" in refusal.value.hint
