"""`list` and `show` commands over the application: tables, JSON and CSV, one page or all; nothing in a code acts."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest
from typer.main import get_command

from liveledger.domain.errors import InvalidInput, LiveLedgerError, Unavailable
from liveledger.domain.home import LedgerHome
from liveledger.index.database import sqlite_engine
from liveledger.prover.stored_index import StoredIndex
from liveledger_cli.common import listing
from liveledger_cli.common.api_client import ApiClient, ApiRefusal
from liveledger_cli.main import assemble
from tests.api.support import World
from tests.index.goods_tables import CODES, GTIN, HERE_GLN, SKUS, TEA, fill

Run = Callable[..., str]


@pytest.fixture
def run(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command of ``liveledger`` against the application over a filled index; what it prints on stdout."""
    engine = sqlite_engine(tmp_path / "index.db")
    fill(engine)
    cast(SimpleNamespace, world.parts).stored_index = StoredIndex(engine)
    speak_to(monkeypatch, world.client._transport)
    return runner(capsys)


def speak_to(monkeypatch: pytest.MonkeyPatch, transport: httpx.BaseTransport) -> None:
    """Lets commands reach a server through ``transport``."""

    def client(home: LedgerHome) -> ApiClient:
        return ApiClient(home, transport, url="http://testserver", shown={})

    monkeypatch.setattr(listing, "ApiClient", client)


def runner(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs commands and gives their stdout."""

    def run(*words: str) -> str:
        capsys.readouterr()
        get_command(assemble(words))(list(words), standalone_mode=False)
        return capsys.readouterr().out

    return run


def test_every_list_and_show_prints_a_table_and_json(run: Run) -> None:
    lists = {
        ("organisation", "list"): 3,
        ("brand", "list"): 2,
        ("location", "list"): 2,
        ("location", "stock", str(HERE_GLN)): 3,
        ("sku", "list", str(TEA)): len(SKUS),
        ("sku", "list", "--gtin", str(GTIN)): 2,
        ("lot", "list", str(TEA), "TEA-1"): 2,
        ("lot", "find", "L1"): 2,
        ("stock", "list", str(TEA)): 3,
        ("stock", "list", str(TEA), "TEA-1"): 2,
    }
    for words, count in lists.items():
        lines = run(*words).splitlines()
        assert len(lines) == count + 1, words
        found = json.loads(run(*words, "--json"))
        assert len(found["answer"]["entries"]) == count
        assert (found["proof"], found["answer"]["next"]) == (None, None)
    for words in (("organisation", "show", "2"), ("brand", "show", "1"), ("location", "show", str(HERE_GLN))):
        answer = json.loads(run(*words, "--json"))["answer"]
        fields = [line.split() for line in run(*words).splitlines()]
        assert ["gln", answer["gln"]] in fields
        assert len(fields) == len(answer) - ("kind" in answer and words[0] == "brand")


def test_a_table_has_a_column_a_field(run: Run) -> None:
    lines = run("sku", "list", str(TEA), "--code", "TEA-").splitlines()
    assert lines[0].split() == ["sku", "brand", "code", "gtin", "unit", "block"]
    assert lines[1].split() == [str(SKUS[0]), "1", "TEA-1", f"{GTIN:014}", "EA", "2"]
    assert lines[2].split() == [str(SKUS[1]), "1", "TEA-2", "-", "EA", "2"]
    assert run("sku", "list", str(TEA), "--code", "x") == "none\n"


def test_codes_steer_neither_a_terminal_nor_a_spreadsheet(run: Run) -> None:
    table, sheet = run("sku", "list", str(TEA)), run("sku", "list", str(TEA), "--csv")
    assert "\x1b" not in table + sheet
    assert len(table.splitlines()) == len(CODES) + 1
    assert sheet.count("\r\n") == len(CODES) + 1
    head, *rows = csv.reader(io.StringIO(sheet))
    assert head == ["sku", "brand", "code", "gtin", "unit", "block"]
    codes = {row[2] for row in rows}
    assert "'=cmd|' /C calc'!A1" in codes
    assert 'a,"b"\\u000a\\u001b[2J' in codes
    assert not [code for code in codes if code[0] in "=+-@"]


def test_all_prints_every_page_and_a_limit_says_that_there_is_more(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = json.loads(run("sku", "list", str(TEA), "--json"))["answer"]["entries"]
    short = json.loads(run("sku", "list", str(TEA), "--json", "--limit", "2"))["answer"]
    assert (short["entries"], short["next"]) == (whole[:2], whole[1]["sku"])
    monkeypatch.setattr(listing, "MAX_LIMIT", 1)
    assert json.loads(run("sku", "list", str(TEA), "--json", "--all"))["answer"] == {"entries": whole, "next": None}
    rows = list(csv.reader(io.StringIO(run("sku", "list", str(TEA), "--csv", "--all"))))
    assert [row[0] for row in rows[1:]] == [entry["sku"] for entry in whole]
    get_command(assemble(["sku"]))(["sku", "list", str(TEA), "--limit", "2"], standalone_mode=False)
    assert "there is more" in capsys.readouterr().err


def test_what_is_not_there_and_what_is_no_question(run: Run) -> None:
    missing = (("organisation", "show", "77"), ("brand", "show", "2"), ("location", "show", "6901234000016"))
    unknown: tuple[tuple[str, ...], ...] = (
        *missing,
        ("sku", "list", "2"),
        ("lot", "list", "1", "none"),
        ("stock", "list", "1", "none"),
    )
    for words in unknown:
        with pytest.raises(ApiRefusal) as caught:
            run(*words)
        assert caught.value.exit_code == 3
    for words in (("sku", "list"), ("sku", "list", "1", "--gtin", str(GTIN)), ("brand", "list", "--csv", "--json")):
        with pytest.raises(InvalidInput):
            run(*words)
    with pytest.raises(LiveLedgerError) as refused:
        run("organisation", "list", "--kind", "shop")
    assert refused.value.exit_code == 2


ENTRY = {"number": "1", "status": "active", "gln": "x", "skus": "1", "block": "1", "name_commitment": "x"}
PAGES: dict[str, list[Any]] = {
    "in a circle": [([ENTRY], "1"), ([ENTRY], "2"), ([ENTRY], "1")],
    "more than was asked for": [([ENTRY] * 1001, None)],
    "no entries": [(None, None)],
    "a word for an entry": [(["x"], None)],
    "a number for a cursor": [([ENTRY], 7)],
    "a column is missing": [([{"number": "1"}], None)],
}


@pytest.mark.parametrize("name", PAGES)
def test_a_server_that_makes_no_sense_ends_the_list(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def answers() -> Iterator[httpx.Response]:
        for entries, following in PAGES[name]:
            answer = {"entries": entries, "next": following}
            yield httpx.Response(200, json={"answer": answer, "block": {"height": "3"}, "proof": None})

    told = answers()
    speak_to(monkeypatch, httpx.MockTransport(lambda _: next(told)))
    with pytest.raises(Unavailable):
        runner(capsys)("brand", "list", "--all", "--csv")
