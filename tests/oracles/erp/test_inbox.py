"""The inbox: on disk before anything is said, nothing twice, nothing lost, sizes bounded."""

from __future__ import annotations

import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from liveledger.domain.errors import ConfigurationError
from liveledger_oracles.erp.inbox import Inbox, InboxFull, Verdict
from liveledger_oracles.erp.intake import Refused, Taken

VERDICT = Verdict("unknown-lot", "lot: the ledger knows no lot")


def opened(folder: Path, *, max_pending: int = 100, max_dead: int = 100) -> Inbox:
    """An inbox of a test."""
    return Inbox(folder / "erp.db", max_pending=max_pending, max_dead=max_dead)


def taken(name: str, kind: str = "movements", text: str = "") -> Taken:
    """A message of the interface ``wms-7``."""
    return Taken("wms-7", kind, name, f'{{"id": "{name}{text}"}}'.encode())


def counted(inbox: Inbox) -> dict[str, int]:
    """Counts by outcome."""
    counts: Counter[str] = Counter()
    for one in inbox.counts():
        counts[one["outcome"]] += one["n"]
    return dict(counts)


def test_what_was_taken_is_on_disk_at_once_and_once(tmp_path: Path) -> None:
    inbox = opened(tmp_path)
    assert [inbox.take(taken("a")), inbox.take(taken("a")), inbox.take(taken("a", text="2"))] == [True, False, True]
    with sqlite3.connect(tmp_path / "erp.db") as other:  # another connection sees it: it was committed
        assert other.execute("SELECT message_id FROM inbox ORDER BY number").fetchall() == [("a",), ("a",)]
    assert counted(inbox) == {"received": 2, "repeated": 1}
    inbox.close()
    again = opened(tmp_path)
    assert [one.line for one in again.oldest("movements", 9)] == [b'{"id": "a"}', b'{"id": "a2"}']


def test_a_full_inbox_takes_nothing(tmp_path: Path) -> None:
    inbox = opened(tmp_path, max_pending=2)
    inbox.take(taken("a"))
    inbox.take(taken("b"))
    with pytest.raises(InboxFull):
        inbox.take(taken("c"))
    assert (inbox.pending(), counted(inbox)) == (2, {"received": 2})
    inbox.settle(inbox.oldest("movements", 1), [])
    assert inbox.take(taken("c"))


def test_settling_moves_each_message_to_one_place(tmp_path: Path) -> None:
    inbox = opened(tmp_path)
    for name in "abc":
        inbox.take(taken(name))
    inbox.take(taken("s", "snapshots"))
    a, b, c = inbox.oldest("movements", 9)
    inbox.settle([a, c], [(b, VERDICT)])
    assert [one.message_id for one in inbox.oldest("snapshots", 9)] == ["s"]
    (letter,) = inbox.dead()
    assert (letter.message_id, letter.code, letter.line) == ("b", "unknown-lot", b'{"id": "b"}')
    assert counted(inbox) == {"received": 4, "delivered": 2, "refused:unknown-lot": 1}


def test_a_dead_letter_can_be_sent_again_unless_it_has_no_id(tmp_path: Path) -> None:
    inbox = opened(tmp_path)
    inbox.take(taken("a"))
    inbox.settle([], [(inbox.oldest("movements", 1)[0], VERDICT)])
    inbox.refuse(Refused("wms-7", "movements", "malformed-json", "no JSON", True), b"{")
    numbers = [letter.number for letter in inbox.dead()]
    assert inbox.retry([*numbers, 99]) == 1
    assert [letter.code for letter in inbox.dead()] == ["malformed-json"]
    assert [one.message_id for one in inbox.oldest("movements", 9)] == ["a"]


def test_dead_letters_over_the_limit_are_counted_only(tmp_path: Path) -> None:
    inbox = opened(tmp_path, max_dead=2)
    for text in (b"1", b"2", b"2", b"3"):
        inbox.refuse(Refused("wms-7", "movements", "malformed-json", "no object", True), text)
    inbox.refuse(Refused("(not listed)", "", "unknown-interface", "", False), b"x")
    assert [letter.line for letter in inbox.dead()] == [b"1", b"2"]
    assert counted(inbox) == {"refused:malformed-json": 4, "dead-letters-full": 2, "refused:unknown-interface": 1}


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "erp.db").write_bytes(b"no database" * 100)
    with pytest.raises(ConfigurationError, match="cannot be used"):
        opened(tmp_path)
    (tmp_path / "erp.db").unlink()
    opened(tmp_path).close()
    with sqlite3.connect(tmp_path / "erp.db") as db:
        db.execute("PRAGMA user_version = 9")
    with pytest.raises(ConfigurationError, match="schema version 9"):
        opened(tmp_path)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for the machine's files."""
    return tmp_path_factory.mktemp("inbox")


class Life(RuleBasedStateMachine):
    """Messages come, are delivered, die and are tried again; the file is opened anew in between."""

    folder: Path
    runs = 0

    @initialize()
    def fresh(self) -> None:
        """A new file."""
        type(self).runs += 1
        self.path = self.folder / f"{self.runs}.db"
        self.inbox = Inbox(self.path, max_pending=6, max_dead=4)
        self.waiting: list[str] = []
        self.dead: set[str] = set()

    @rule(name=st.sampled_from("abcdefghij"))
    def take(self, name: str) -> None:
        """A message comes."""
        if len(self.waiting) >= 6:
            with pytest.raises(InboxFull):
                self.inbox.take(taken(name))
        else:
            assert self.inbox.take(taken(name)) == (name not in self.waiting)
            self.waiting += [] if name in self.waiting else [name]

    @rule(good=st.lists(st.booleans(), max_size=4))
    def settle(self, good: list[bool]) -> None:
        """The API takes some and refuses others."""
        batch = self.inbox.oldest("movements", len(good))
        pairs = list(zip(batch, good, strict=False))
        against = [(one, VERDICT) for one, fine in pairs if not fine]
        self.inbox.settle([one for one, fine in pairs if fine], against)
        self.waiting = self.waiting[len(batch) :]
        for one, _ in against:
            if len(self.dead) < 4:
                self.dead.add(one.message_id)

    @rule(name=st.sampled_from("abcdefghij"))
    def retry(self, name: str) -> None:
        """Somebody sends a dead letter again."""
        numbers = [letter.number for letter in self.inbox.dead() if letter.message_id == name]
        moved = self.inbox.retry(numbers)
        if numbers:
            assert moved == (name not in self.waiting)
            self.waiting += [] if name in self.waiting else [name]
            self.dead.discard(name)

    @rule()
    def reopen(self) -> None:
        """The process is started again."""
        self.inbox.close()
        self.inbox = Inbox(self.path, max_pending=6, max_dead=4)

    @invariant()
    def as_the_model_says(self) -> None:
        """What waits waits in order; what is dead is dead; the sizes are the tables' own."""
        if not hasattr(self, "inbox"):
            return
        assert [one.message_id for one in self.inbox.oldest("movements", 99)] == self.waiting
        assert {letter.message_id for letter in self.inbox.dead()} == self.dead
        state: dict[str, Any] = self.inbox.state()
        assert (state["pending"], state["dead"]) == (len(self.waiting), len(self.dead))

    def teardown(self) -> None:
        """Closes the file."""
        if hasattr(self, "inbox"):
            self.inbox.close()


def test_whatever_happens_nothing_is_lost_or_doubled(folder: Path) -> None:
    from hypothesis.stateful import run_state_machine_as_test

    Life.folder = folder
    run_state_machine_as_test(Life, settings=settings(max_examples=25, stateful_step_count=25, deadline=None))


@given(st.lists(st.sampled_from("abc"), max_size=8))
def test_counts_add_up(tmp_path_factory: pytest.TempPathFactory, names: list[str]) -> None:
    inbox = opened(tmp_path_factory.mktemp("counts"))
    for name in names:
        inbox.take(taken(name))
    assert sum(counted(inbox).values()) == len(names)
    assert inbox.pending() == len(set(names))
    inbox.close()
