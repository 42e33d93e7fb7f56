"""`--json` prints one object, with the ledger's numbers as decimal strings; what is written is read back."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from liveledger.bindings import codec, validators
from liveledger_cli.common import decimals
from liveledger_cli.common.context import Output
from liveledger_cli.common.read_back import NotReadBack, require, write_and_read
from liveledger_cli.member.member_admin import _likeness

BEYOND = (1 << 63) + 1


def printed(capsys: pytest.CaptureFixture[str], data: dict[str, object]) -> object:
    Output(as_json=True).result(data, "")
    return json.loads(capsys.readouterr().out)


def test_a_number_of_the_ledger_is_a_decimal_string(capsys: pytest.CaptureFixture[str]) -> None:
    data: dict[str, object] = {
        "height": BEYOND,
        "share_bps": None,
        "nodes": [{"power": 10, "pid": 77, "healthy": True, "consensus": {"height": 3}}],
        "refusing": [3, 4],
        "settings": {"stock_bps": 1, "order_seconds": 60},
        "decision_seconds": 0.25,
        "registered": 2,
    }
    assert printed(capsys, data) == {
        "height": str(BEYOND),
        "share_bps": None,
        "nodes": [{"power": "10", "pid": 77, "healthy": True, "consensus": {"height": "3"}}],
        "refusing": ["3", "4"],
        "settings": {"stock_bps": "1", "order_seconds": "60"},
        "decision_seconds": 0.25,
        "registered": 2,
    }


def test_documents_of_others_stay_as_they_were_written(capsys: pytest.CaptureFixture[str]) -> None:
    data: dict[str, object] = {
        "movements": [{"block": 7, "message": {"brand": 1, "quantity": 12}}],
        "events": [{"event": {"quantityList": [{"quantity": 5}]}}],
    }
    assert printed(capsys, data) == {**data, "movements": [{"block": "7", "message": {"brand": 1, "quantity": 12}}]}


def test_an_endless_command_prints_an_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    for height in (1, 2):
        Output(as_json=True).one_of_many({"height": height, "name": "a\nb"}, "")
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == [
        {"height": "1", "name": "a\nb"},
        {"height": "2", "name": "a\nb"},
    ]


def test_the_names_are_of_one_kind() -> None:
    counted = {"pid", "bytes", "files", "accepted", "registered", "restarts", "seconds", "disk_bytes", "port"}
    assert not [name for name in counted if decimals.is_of_the_ledger(name)]
    assert decimals.is_of_the_ledger("stock_value_fen")
    assert decimals.is_of_the_ledger("index_height")


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    require("the account", "active", "active")
    with pytest.raises(NotReadBack, match="the account is suspended now, not active"):
        require("the account", "active", "suspended")
    assert write_and_read(tmp_path / "file", b"content") == b"content"


def test_a_file_that_holds_something_else_is_not_called_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "liveledger_cli.common.read_back.write_out", lambda path, content: path.write_bytes(content[:3])
    )
    with pytest.raises(NotReadBack, match="3 other bytes"):
        write_and_read(tmp_path / "file", b"content")


def test_a_listed_node_is_compared_as_the_contract_has_it() -> None:
    entry = validators.Node(2, 26656, bytes(15) + b"\x07")
    data = codec.encode(("(uint16,uint16,bytes16)",), (entry.abi_tuple(),))
    listed = validators.decode_node_of(data)
    assert _likeness(listed, entry) == "as the card says"
    assert _likeness(replace(listed, organisation=3), entry) == "another one"
