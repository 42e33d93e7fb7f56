"""`liveledger reconcile --every`: what cannot be compared is left behind, what is away is tried again."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from liveledger.domain.errors import InvalidInput, RuleViolation, Unavailable
from liveledger.reconcile import recording
from liveledger.reconcile.errors import InvalidSnapshot
from liveledger.reconcile.sources import Delivery, open_source
from liveledger.rules.sentences.accuracy import SENTENCES
from liveledger_cli.common.ledger_context import LedgerContext
from liveledger_cli.reconcile import commands as command

ROUNDS = 3


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """The signals' handlers are put back."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


class Rounds:
    """An event that is set after some waits, as a signal would."""

    def __init__(self) -> None:
        self.waits: list[float] = []

    def is_set(self) -> bool:
        return len(self.waits) >= ROUNDS

    def set(self) -> None:
        self.waits = [0.0] * ROUNDS

    def wait(self, seconds: float) -> bool:
        self.waits.append(seconds)
        return self.is_set()


CONTEXT = typer.Context(typer.main.get_command(typer.Typer(callback=lambda: None)))


def test_a_part_is_never_recorded(tmp_path: Path) -> None:
    """Before anything is opened: what was counted of a place says nothing about the place."""
    with pytest.raises(InvalidInput) as refused:
        command.reconcile(
            LedgerContext(), CONTEXT, str(tmp_path), place=None, every=None, partial=True, record=True, propose=None
        )
    assert refused.value.stable_code == "partial-not-recorded"


@pytest.mark.parametrize("place", [None, ""])
def test_what_is_recorded_names_its_place(tmp_path: Path, place: str | None) -> None:
    with pytest.raises(InvalidInput) as refused:
        command.reconcile(LedgerContext(), CONTEXT, str(tmp_path), place=place, every=None, record=True, propose=None)
    assert refused.value.stable_code == "place-not-named"


def _files(folder: Path) -> None:
    for name in ("a.csv", "b.csv", "c.csv"):
        (folder / name).write_bytes(name.encode())


@pytest.mark.parametrize("error", [InvalidSnapshot("row 1"), RuleViolation("refused")])
def test_a_bad_snapshot_does_not_hold_up_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: Exception
) -> None:
    rounds, seen = Rounds(), list[str]()
    monkeypatch.setattr(command.threading, "Event", lambda: rounds)
    _files(tmp_path)

    def one(delivery: Delivery) -> None:
        seen.append(Path(delivery.name).name)
        if delivery.content == b"a.csv":
            raise error

    command._repeat(open_source(str(tmp_path)), one, 300)
    assert sorted(seen) == ["a.csv", "b.csv", "c.csv"]
    assert rounds.waits == [300] * ROUNDS
    assert "a.csv: error" in " ".join(capsys.readouterr().err.split())


def test_a_node_that_is_away_loses_no_snapshot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rounds, tries = Rounds(), list[str]()
    monkeypatch.setattr(command.threading, "Event", lambda: rounds)
    (tmp_path / "a.csv").write_bytes(b"a")

    def one(delivery: Delivery) -> None:
        tries.append(delivery.name)
        if len(tries) == 1:
            raise Unavailable("the node is away")

    command._repeat(open_source(str(tmp_path)), one, 300)
    assert len(tries) == 2
    assert "the node is away" in capsys.readouterr().err


def test_a_signal_ends_it_between_two_snapshots(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rounds, tries = Rounds(), list[str]()
    monkeypatch.setattr(command.threading, "Event", lambda: rounds)
    _files(tmp_path)

    def one(delivery: Delivery) -> None:
        tries.append(delivery.name)
        signal.raise_signal(signal.SIGTERM)

    command._repeat(open_source(str(tmp_path)), one, 300)
    assert len(tries) == 1


def test_what_comes_too_soon_is_said_and_left_by_a_command_that_goes_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It compares every five minutes and records once an hour; a command that runs once says that it did not record."""
    refusal = RuleViolation("an organisation's next comparison is of 10:00 or later", reason=command.TOO_SOON)
    other = RuleViolation("neither operates nor audits", reason="AccuracyNotOperator")

    def refusing(error: RuleViolation) -> command._Desk:
        def refuse(*_: object) -> None:
            raise error

        monkeypatch.setattr(recording, "record", refuse)
        parts: Any = object()
        return command._Desk(parts, parts, parts)

    report: Any = object()
    assert refusing(refusal).record(report, goes_on=True) is None
    assert "not recorded: an organisation's next comparison is of 10:00" in " ".join(capsys.readouterr().err.split())
    with pytest.raises(RuleViolation, match="10:00"):
        refusing(refusal).record(report, goes_on=False)
    with pytest.raises(RuleViolation, match="neither"):
        refusing(other).record(report, goes_on=True)


def test_the_reason_is_the_contracts() -> None:
    assert command.TOO_SOON in SENTENCES
