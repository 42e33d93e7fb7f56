"""Where passphrases come from, and what happens where there is none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from liveledger.chain.accounts.passphrases import (
    CREDENTIAL,
    AskedOnce,
    FilePassphrase,
    MissingPassphrase,
    NoPassphrase,
    PromptPassphrase,
    WeakPassphrase,
    find_source,
)
from liveledger.domain.errors import ConfigurationError, NotFound, TooLarge
from tests.unit.keys.support import PASSPHRASE, Given, private_file


def answers(*typed: str) -> Callable[[str], str]:
    waiting = list(typed)
    return lambda _: waiting.pop(0)


@pytest.mark.parametrize("ending", ["", "\n", "\r\n", "\nanother line\n"])
def test_the_first_line_of_a_file_counts(tmp_path: Path, ending: str) -> None:
    file = private_file(tmp_path / "pass", (PASSPHRASE + ending).encode())
    assert FilePassphrase(file).known("x") == FilePassphrase(file).new("x") == PASSPHRASE


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666])
def test_a_file_that_others_reach_is_refused(tmp_path: Path, mode: int) -> None:
    file = private_file(tmp_path / "pass", PASSPHRASE.encode())
    file.chmod(mode)
    with pytest.raises(ConfigurationError, match="open to others"):
        FilePassphrase(file).known("x")


def test_files_that_do_not_serve(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        FilePassphrase(tmp_path / "none").known("x")
    for content, error in ((b"", MissingPassphrase), (b"\xff", ConfigurationError), (b"x" * 2000, TooLarge)):
        with pytest.raises(error):
            FilePassphrase(private_file(tmp_path / "pass", content)).known("x")
    with pytest.raises(WeakPassphrase):
        FilePassphrase(private_file(tmp_path / "pass", b"short")).new("x")


def test_a_new_passphrase_is_typed_twice() -> None:
    assert PromptPassphrase(answers(PASSPHRASE, PASSPHRASE)).new("x") == PASSPHRASE
    with pytest.raises(WeakPassphrase, match="differ"):
        PromptPassphrase(answers(PASSPHRASE, PASSPHRASE + "!")).new("x")
    with pytest.raises(MissingPassphrase):
        PromptPassphrase(answers("")).known("x")
    assert PromptPassphrase(answers("x")).known("x") == "x"


def test_the_end_of_the_terminal_is_no_passphrase() -> None:
    def ended(_: str) -> str:
        raise EOFError

    with pytest.raises(MissingPassphrase):
        PromptPassphrase(ended).known("x")


def test_the_nearest_source_is_taken(tmp_path: Path) -> None:
    option, named = (private_file(tmp_path / name, name.encode() * 8) for name in ("option", "named"))
    credential = private_file(tmp_path / CREDENTIAL, b"credential")
    # As systemd shows it where it grants by an access list.
    credential.chmod(0o440)
    environment = {"LIVELEDGER_PASSPHRASE_FILE": str(named), "CREDENTIALS_DIRECTORY": str(tmp_path)}
    assert find_source(option, environment, terminal=True).known("x") == "option" * 8
    assert find_source(None, environment, terminal=True).known("x") == "named" * 8
    del environment["LIVELEDGER_PASSPHRASE_FILE"]
    assert find_source(None, environment, terminal=False).known("x") == "credential"
    credential.chmod(0o444)
    with pytest.raises(ConfigurationError, match="open to others"):
        find_source(None, environment, terminal=False).known("x")
    credential.unlink()
    assert isinstance(find_source(None, environment, terminal=True), PromptPassphrase)
    with pytest.raises(MissingPassphrase) as caught:
        find_source(None, environment, terminal=False).known("the key 'brand'")
    assert caught.value.as_dict()["code"] == "missing-passphrase"
    assert "--passphrase-file" in caught.value.hint


def test_nobody_is_asked_twice() -> None:
    source = Given()
    once = AskedOnce(source)
    assert once.new("a") == once.known("b") == once.new("c") == PASSPHRASE
    assert source.asked == ["a"]
    with pytest.raises(MissingPassphrase):
        AskedOnce(NoPassphrase()).new("x")
