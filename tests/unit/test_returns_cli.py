"""``liveledger returns`` where it needs no ledger: files, options, and the movements that carry a grading out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from liveledger.domain.errors import InvalidInput, LiveLedgerError, TooLarge
from liveledger.messages.returns import read_message
from liveledger_cli.returns.commands import MAX_FILE_BYTES, _message, returns_commands
from tests.house.tree import ROOT

EXAMPLE = ROOT / "examples" / "returns" / "simulated_returns.json"
ENTRY = {"brand": 1, "sku": "TEA", "place": "6901234000016", "quantity": 5, "grade": "A"}


def movements(file: Path, *options: str) -> list[dict[str, Any]]:
    done = CliRunner().invoke(returns_commands, ["movements", str(file), *options], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return [json.loads(line) for line in done.stdout.splitlines()]


def write(folder: Path, value: Any) -> Path:
    file = folder / "returns.json"
    file.write_text(value if isinstance(value, str) else json.dumps(value))
    return file


def test_the_example_has_the_form_and_says_that_it_is_simulated() -> None:
    read = read_message(EXAMPLE.read_bytes())
    assert [draft.grade.name for draft in read.drafts] == ["A", "B", "C", "D"]
    assert all("simulated" in entry["reason"] for entry in read.document["entries"])
    assert "simulated" in read.message_id


def test_movements_of_a_file(tmp_path: Path) -> None:
    rows = [
        ENTRY,
        {**ENTRY, "grade": "B", "lot": "L1", "quantity": 2},
        {**ENTRY, "grade": "C"},
        {**ENTRY, "grade": "D"},
    ]
    file = write(tmp_path, {"id": "rma-1", "entries": rows})
    at = "2026-11-24T10:00:00+00:00"
    goods = {"brand": 1, "sku": "TEA", "from": "6901234000016", "at": at}
    assert movements(file, "--at", at) == [
        {"id": "rma-1/0", "kind": "restock", "quantity": 5, **goods},
        {"id": "rma-1/1", "kind": "restock", "quantity": 2, "lot": "L1", **goods},
        {"id": "rma-1/2", "kind": "send_back", "quantity": 5, **goods},
        {"id": "rma-1/3", "kind": "scrap", "quantity": 5, **goods},
    ]


def test_a_list_of_entries_is_a_message_with_a_new_id(tmp_path: Path) -> None:
    file = write(tmp_path, [ENTRY])
    first, second = _message("grade", file, {}, None), _message("grade", file, {}, None)
    assert first["id"] != second["id"]
    assert _message("close", file, {}, "mine") == {"id": "mine", "act": "close", "entries": [ENTRY]}


def test_one_entry_in_options() -> None:
    message = _message("grade", None, {**ENTRY, "lot": None}, "one")
    assert message == {"id": "one", "act": "grade", "entries": [ENTRY]}


@pytest.mark.parametrize("text", ["", "{", "7", '"x"', "null", '{"id": 1, "id": 2}', "[" * 100_000, '{"act": "close"}'])
def test_bad_files_are_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(InvalidInput):
        _message("grade", write(tmp_path, text), {}, None)


def test_files_have_a_limit(tmp_path: Path) -> None:
    with pytest.raises(TooLarge):
        _message("grade", write(tmp_path, " " * (MAX_FILE_BYTES + 1)), {}, None)


def test_a_file_and_options_are_not_mixed(tmp_path: Path) -> None:
    for file, entry in ((write(tmp_path, [ENTRY]), ENTRY), (None, {})):
        with pytest.raises(LiveLedgerError, match="give a file, or one entry"):
            _message("grade", file, entry, None)


def test_entries_without_form_make_no_movements(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="grade"):
        movements(write(tmp_path, [{**ENTRY, "grade": "E"}]))
