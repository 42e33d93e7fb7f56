"""The options that commands share: where they may stand, which one counts, and what is told of one in vain."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
import typer
from typer.main import get_command

from liveledger.domain.errors import InvalidInput
from liveledger_cli import main
from liveledger_cli.common.ledger_context import VARIABLES, Commands, LedgerContext

OwnAs = Annotated[str, typer.Option("--as", help="Another meaning")]


class Told:
    """A command line of its own with the root's real options; ``seen``: what its commands were told."""

    def __init__(self) -> None:
        self.seen: list[tuple[Any, ...]] = []
        self.root = main.assemble([])
        group = Commands(no_args_is_help=True)
        self.root.add_typer(group, name="group")
        group.command("act", acts_as="brand")(self._act)
        group.command("read")(self._read)
        group.command("plain")(self._plain)
        group.command("own")(self._own)

    def run(self, *words: str) -> tuple[Any, ...]:
        """What the command was told."""
        get_command(self.root).main([*words], prog_name="liveledger", standalone_mode=False)
        return self.seen[-1]

    def _act(self, here: LedgerContext, what: str = "") -> None:
        self.seen.append((here.ledger, here.node, here.label, here.as_json, what))

    def _read(self, here: LedgerContext) -> None:
        self.seen.append((here.ledger, here.as_json))

    def _plain(self, what: str = "") -> None:
        self.seen.append((what,))

    def _own(
        self, here: LedgerContext, key: Annotated[str, typer.Option("--as", help="Another meaning")] = "k"
    ) -> None:
        self.seen.append((here.ledger, key))


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    for variable in VARIABLES.values():
        monkeypatch.delenv(variable, raising=False)
    return Told()


def test_an_option_may_stand_before_the_command_or_behind_it(told: Told) -> None:
    wanted = "tea", 2, "clerk", True, "x"
    options = ["--ledger", "tea", "--node", "2", "--as=clerk", "--json"]
    assert told.run(*options, "group", "act", "--what", "x") == wanted
    assert told.run("group", "act", "--what", "x", *options) == wanted


def test_the_nearer_option_counts(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    assert told.run("group", "act") == ("main", 0, "brand", False, "")
    monkeypatch.setenv("LIVELEDGER_LEDGER", "variable")
    monkeypatch.setenv("LIVELEDGER_AS", "hers")
    assert told.run("group", "act")[:3] == ("variable", 0, "hers")
    assert told.run("--ledger", "before", "group", "act")[0] == "before"
    assert told.run("--ledger", "before", "group", "act", "--ledger", "behind")[0] == "behind"


def test_a_false_number_before_the_command_is_refused(told: Told) -> None:
    with pytest.raises(Exception, match="-1"):
        told.run("--node", "-1", "group", "act")
    assert not told.seen


@pytest.mark.parametrize("option", [["--ledger", "x"], ["--node", "1"], ["--as", "x"], ["--json"]])
def test_what_a_command_does_not_take_is_refused_before_it(told: Told, option: list[str]) -> None:
    with pytest.raises(InvalidInput, match=f"plain` takes no {option[0]}"):
        told.run(*option, "group", "plain")
    assert not told.seen


def test_an_option_with_another_meaning_is_not_the_shared_one(told: Told) -> None:
    assert told.run("--ledger", "tea", "group", "own", "--as", "mine") == ("tea", "mine")
    with pytest.raises(InvalidInput, match="takes no --as"):
        told.run("--as", "x", "group", "own")


def test_what_was_given_in_vain_is_told(told: Told, capsys: pytest.CaptureFixture[str]) -> None:
    told.run("group", "read", "--as", "x", "--node", "1")
    assert sorted(line.split()[0] for line in capsys.readouterr().err.splitlines()) == ["--as", "--node"]
    told.run("group", "read", "--as", "x", "-q")
    told.run("group", "act", "--as", "x")
    told.run("--as", "x", "group", "read")
    assert capsys.readouterr().err == ""


def test_who_acts_has_to_be_named_where_nobody_usually_does() -> None:
    with pytest.raises(InvalidInput) as refused:
        _ = LedgerContext().label
    assert refused.value.exit_code == 2


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("--ledger x sku list", "sku list"),
        ("--json --as=x sku --ledger y", "sku --ledger y"),
        ("--version", ""),
        ("--ledger", ""),
        ("", ""),
    ],
)
def test_the_command_is_found_behind_the_shared_options(line: str, words: str) -> None:
    assert main.command_words(line.split()) == words.split()
