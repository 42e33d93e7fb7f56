"""The command of the verifier in JavaScript says what ``liveledger verify`` says, line by line, with its exit codes."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from liveledger.domain.home import LedgerHome
from tests.house.tree import ROOT
from tests.support.commands import liveledger

COMMAND = (
    str(ROOT / "node_modules" / ".bin" / "node"),
    str(ROOT / "api" / "verifier_js" / "bin" / "liveledger-verify.js"),
)
VECTORS = ROOT / "tests" / "proofs" / "vectors"
# One of every sentence that a verdict has: lists, pages, what is old, what is not shown, what is not known.
PROVEN = (
    "forms/capital-1",
    "forms/contract-1",
    "forms/transaction-1",
    "histories/some-fields",
    "histories/stranger",
    "old/acts-1",
    "past/movement-2",
    "views/item-events-1-withheld",
    "views/movement-2-unknown-batch",
    "views/place-accuracy-1-unknown-place",
    "views/raw-storage-1",
    "views/reading-1",
    "views/reading-1-other-device",
    "views/reading-1-unknown-report",
    "views/settlement-1-three",
    "views/sku-movements-2-behind-the-end",
    "views/sku-movements-2-inside-a-leaf",
    "views/sku-returns-1-unknown-sku",
    "views/stock-1",
    "views/stock-lots-2-second-lot",
)
REFUSED = ("age/stale", "commit/one-less", "histories/value", "question/another")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for a vector's files, in which both commands run."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _written(name: str, folder: Path) -> dict[str, Any]:
    """Writes bundle.json, trust.json (good for decades) and question.json of a vector."""
    vector: dict[str, Any] = json.loads((VECTORS / f"{name}.json").read_text())
    (folder / "bundle.json").write_bytes(vector["bundle"].encode())
    trust = {**vector["anchor"], "valid_until": {"seconds": "4000000000", "nanos": 0}}
    (folder / "trust.json").write_text(json.dumps(trust))
    (folder / "question.json").write_text(json.dumps(vector["question"]))
    return vector


def _home() -> LedgerHome:
    return LedgerHome.find("main", Path())


def _both(*words: str) -> tuple[Any, Any]:
    asked = ("bundle.json", "--trust", "trust.json", "--question", "question.json", *words)
    own = subprocess.run([*COMMAND, *asked], capture_output=True, text=True, check=False)
    return liveledger("verify", *asked, home=_home()), own


def _lines(text: str) -> list[Any]:
    """The lines, the answer as a JSON value: its fields come in any order. Spellings of items Python tells alone."""
    lines = [line for line in text.splitlines() if not line.startswith("asked as ")]
    return [json.loads(line[8:]) if line.startswith("answer: ") else line for line in lines]


@pytest.mark.parametrize("name", PROVEN)
def test_proven_bundles_get_the_same_lines(name: str, folder: Path) -> None:
    _written(name, folder)
    first, second = _both()
    assert first.returncode == second.returncode == 0, second.stdout + second.stderr
    assert _lines(second.stdout) == _lines(first.stdout)
    assert len(_lines(first.stdout)) == 11


@pytest.mark.parametrize("name", REFUSED)
def test_refused_bundles_get_the_same_step_and_code(name: str, folder: Path) -> None:
    vector = _written(name, folder)
    first, second = _both("--max-age", "600") if vector["refusal"]["code"] == "stale" else _both()
    assert first.returncode == second.returncode == 1
    said = f"refused at step {vector['refusal']['step']} ({vector['refusal']['code']}): "
    assert first.stdout.startswith(said)
    assert second.stdout.startswith(said)
    assert second.stderr.split() == first.stderr.split()


@pytest.mark.parametrize("name", ["histories/some-fields", "question/another"])
def test_both_write_the_same_json(name: str, folder: Path) -> None:
    _written(name, folder)
    said = [json.loads(done.stdout) for done in _both("--json")]
    for one in said:
        one.pop("age_seconds", None)
        one.get("refusal", {}).pop("message", None)
    assert said[0] == said[1]


def test_wrong_use_and_missing_files_end_with_the_same_codes(folder: Path) -> None:
    _written("views/stock-1", folder)
    good = {"bundle": "bundle.json", "--trust": "trust.json", "--question": "question.json"}
    (folder / "junk.json").write_text('{"view": "stock/1"}')
    changes = ({"bundle": "none.json"}, {"--trust": "none.json"}, {"--trust": "junk.json"}, {"--question": "junk.json"})
    ends = []
    for change in changes:
        bundle, *options = [word for pair in {**good, **change}.items() for word in pair][1:]
        words = [bundle, *options]
        own = subprocess.run([*COMMAND, *words], capture_output=True, text=True, check=False)
        ends.append((liveledger("verify", *words, home=_home()).returncode, own.returncode))
    assert ends == [(3, 3), (2, 2), (2, 2), (2, 2)]
