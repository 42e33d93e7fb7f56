"""The command of the verifier in JavaScript says what ``liveledger verify`` says, line by line, with its exit codes."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from liveledger.domain.home import LedgerHome
from tests.house.tree import ROOT
from tests.proofs.installed import write_case
from tests.support.commands import liveledger

COMMAND = (
    str(ROOT / "node_modules" / ".bin" / "node"),
    str(ROOT / "api" / "verifier_js" / "bin" / "liveledger-verify.js"),
)
# What they print of all the others is compared without a process for each: test_javascript_printed.py.
PROVEN = ("forms/transaction-1", "histories/some-fields", "past/movement-2", "views/item-events-1-withheld")
REFUSED = ("age/stale", "commit/one-less", "histories/value", "question/another")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for a vector's files, in which both commands run."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _home() -> LedgerHome:
    return LedgerHome.find("main", Path())


def _both(*words: str) -> tuple[Any, Any]:
    asked = ("bundle.json", "--trust", "trust.json", "--question", "question.json", *words)
    own = _own(*asked)
    return liveledger("verify", *asked, home=_home()), own


def _own(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *words], capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("name", PROVEN)
def test_proven_bundles_get_the_same_lines(name: str, folder: Path) -> None:
    write_case(name, folder)
    first, second = _both()
    assert first.returncode == second.returncode == 0, second.stdout + second.stderr
    assert second.stdout == first.stdout


@pytest.mark.parametrize("name", REFUSED)
def test_refused_bundles_get_the_same_step_and_code(name: str, folder: Path) -> None:
    vector = write_case(name, folder)
    first, second = _both("--max-age", "600") if vector["refusal"]["code"] == "stale" else _both()
    assert first.returncode == second.returncode == 1
    said = f"refused at step {vector['refusal']['step']} ({vector['refusal']['code']}): "
    assert first.stdout.startswith(said)
    assert second.stdout.startswith(said)
    assert second.stderr.split() == first.stderr.split()


@pytest.mark.parametrize("name", ["histories/some-fields", "question/another"])
def test_both_write_the_same_json(name: str, folder: Path) -> None:
    write_case(name, folder)
    said = [json.loads(done.stdout) for done in _both("--json")]
    for one in said:
        one.pop("age_seconds", None)
        one.get("refusal", {}).pop("message", None)
    assert said[0] == said[1]


def test_wrong_use_and_missing_files_end_with_the_same_codes(folder: Path) -> None:
    write_case("views/stock-1", folder)
    good = {"bundle": "bundle.json", "--trust": "trust.json", "--question": "question.json"}
    (folder / "junk.json").write_text('{"view": "stock/1"}')
    changes = ({"bundle": "none.json"}, {"--trust": "none.json"}, {"--trust": "junk.json"}, {"--question": "junk.json"})
    ends = []
    for change in changes:
        bundle, *options = [word for pair in {**good, **change}.items() for word in pair][1:]
        words = [bundle, *options]
        own = _own(*words)
        ends.append((liveledger("verify", *words, home=_home()).returncode, own.returncode))
    assert ends == [(3, 3), (2, 2), (2, 2), (2, 2)]


def _seen(folder: Path) -> str:
    return (folder / "main" / "seen.json").read_text()


def test_the_height_that_was_seen_is_one_file_for_both(folder: Path) -> None:
    write_case("views/stock-1", folder)
    asked = ("bundle.json", "--trust", "trust.json", "--question", "question.json", "--remember")
    own = _own(*asked, "--home", str(folder / "js"))
    assert own.returncode == 0, own.stderr
    assert liveledger("verify", *asked, home=LedgerHome.find("main", folder / "py")).returncode == 0
    assert _seen(folder / "js") == _seen(folder / "py")
    later = {name: height + 1 for name, height in json.loads(_seen(folder / "js")).items()}
    for name in ("js", "py"):
        (folder / name / "main" / "seen.json").write_text(json.dumps({**later, "A": 7}))
    refused = _own(*asked, "--home", str(folder / "js"))
    assert (
        liveledger("verify", *asked, home=LedgerHome.find("main", folder / "py")).returncode == refused.returncode == 1
    )
    assert refused.stdout.startswith("refused at step 2 (below-anchor): ")
    assert json.loads(_seen(folder / "js")) == {**later, "A": 7}


REMEMBERING = ("bundle.json", "--trust", "trust.json", "--question", "question.json", "--remember")
DAMAGED = (
    *("[]", "{", '{"A": "1"}', "null", '{"A": 1.0}', '{"A": -1}', '{"A": true}', '{"A": 1, "A": 2}'),
    *('{"A": 9007199254740992}', "[" * 60_000, " " * ((1 << 20) + 1), "\udcff"),
)


def _ends(home: Path) -> list[tuple[int, str, str]]:
    """How both commands end that are to note a height in a home: exit code, first words of the error, hint."""
    own = _own(*REMEMBERING, "--home", str(home))
    ends = []
    for done in (own, liveledger("verify", *REMEMBERING, home=LedgerHome.find("main", home))):
        assert done.stdout == ""
        # A line breaks where the terminal ends; the system's own words for an error are another in each language.
        error, _, hint = " ".join(done.stderr.split()).partition(" hint: ")
        ends.append((done.returncode, error.replace("- ", "-").rpartition(": ")[0] or error, hint))
    return ends


@pytest.mark.parametrize("damaged", DAMAGED, ids=lambda text: text[:24].strip())
def test_a_damaged_note_of_heights_ends_both_alike(damaged: str, folder: Path) -> None:
    write_case("views/stock-1", folder)
    note = folder / "h" / "main" / "seen.json"
    note.parent.mkdir(parents=True)
    content = damaged.encode("utf-8", "surrogateescape")
    note.write_bytes(content)
    first, second = _ends(Path("h"))
    assert first == second
    assert (first[0], first[2]) == (4, "remove it to begin anew")
    assert note.read_bytes() == content


def _folder_for_a_note(home: Path) -> None:
    (home / "main" / "seen.json").mkdir(parents=True)


def _file_for_a_folder(home: Path) -> None:
    home.mkdir()
    (home / "main").write_text("")


def _note_of_itself(home: Path) -> None:
    (home / "main").mkdir(parents=True)
    (home / "main" / "seen.json").symlink_to("seen.json")


@pytest.mark.parametrize("make", [_folder_for_a_note, _file_for_a_folder, _note_of_itself])
def test_a_note_of_heights_that_cannot_be_read_is_not_called_damaged(
    make: Callable[[Path], None], folder: Path
) -> None:
    write_case("views/stock-1", folder)
    make(folder / "h")
    first, second = _ends(Path("h"))
    assert first == second
    assert (first[0], first[2]) == (4, "let this user read and write there, or choose another --home")
    assert first[1].endswith("seen.json cannot be read")


def _folder_in_the_way(home: Path) -> None:
    (home / "main" / "seen.new").mkdir(parents=True)


def _nothing_to_do(_: Path) -> None:
    """``/proc/1`` is there, and takes no folder: Node's own way of making folders never ends below it."""


@pytest.mark.parametrize(("make", "home"), [(_folder_in_the_way, "h"), (_nothing_to_do, "/proc/1")])
def test_a_height_that_cannot_be_noted_is_no_refusal(make: Callable[[Path], None], home: str, folder: Path) -> None:
    write_case("views/stock-1", folder)
    make(Path(home))
    first, second = _ends(Path(home))
    assert first == second
    assert (first[0], first[2]) == (4, "let this user read and write there, or choose another --home")
    assert "the bundle is proven, but its height cannot be noted in" in first[1]


@pytest.mark.parametrize("option", ["--trust", "--question"])
def test_a_file_without_an_end_is_read_to_its_limit(option: str, folder: Path) -> None:
    write_case("views/stock-1", folder)
    words = ["bundle.json", "--trust", "trust.json", "--question", "question.json"]
    words[words.index(option) + 1] = "/dev/zero"
    ends = (_own(*words), liveledger("verify", *words, home=_home()))
    assert [end.returncode for end in ends] == [2, 2]


def test_without_trust_both_take_the_anchor_of_the_home(folder: Path) -> None:
    write_case("views/stock-1", folder)
    asked = ("bundle.json", "--question", "question.json")
    home = LedgerHome.find("tea", folder / "home")
    ends = [liveledger("verify", *asked, home=home), _own(*asked, "--home", str(folder / "home"), "--ledger", "tea")]
    assert [end.returncode for end in ends] == [2, 2]
    home.directory.mkdir(parents=True)
    (folder / "trust.json").rename(home.trust)
    ends = [liveledger("verify", *asked, home=home), _own(*asked, "--home", str(folder / "home"), "--ledger", "tea")]
    assert ends[0].stdout == ends[1].stdout
    assert [end.returncode for end in ends] == [0, 0]
    assert not (home.directory / "seen.json").exists()
    assert _own(*asked, "--ledger", "../tea").returncode == 2
