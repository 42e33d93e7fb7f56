"""`liveledger reconcile --every`: what cannot be compared is left behind, what is away is tried again."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from liveledger.cli import reconcile as command
from liveledger.domain.errors import InvalidInput, RuleViolation, Unavailable
from liveledger.reconcile.errors import InvalidSnapshot
from liveledger.reconcile.sources import Delivery, open_source

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
        command.reconcile(CONTEXT, str(tmp_path), place=None, every=None, partial=True, record=True, propose=None)
    assert refused.value.stable_code == "partial-not-recorded"


@pytest.mark.parametrize("place", [None, ""])
def test_what_is_recorded_names_its_place(tmp_path: Path, place: str | None) -> None:
    with pytest.raises(InvalidInput) as refused:
        command.reconcile(CONTEXT, str(tmp_path), place=place, every=None, record=True, propose=None)
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
