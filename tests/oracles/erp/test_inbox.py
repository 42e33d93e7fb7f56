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
from liveledger_oracles.gateways.mqtt.inbox import DeadLettersFull, Inbox, InboxFull, Verdict
from liveledger_oracles.gateways.mqtt.intake import Intake, Refused, Taken
from liveledger_oracles.gateways.mqtt.settings import Interface

INTERFACE = Interface(name="wms-7", organisation="6901234100020", kinds=("movements",))
FIRST_VERSION = """
DROP TABLE inbox; DROP TABLE dead; DROP TABLE counts; DROP TABLE notes; DROP TABLE sizes;
CREATE TABLE inbox (number INTEGER PRIMARY KEY AUTOINCREMENT, interface TEXT NOT NULL, kind TEXT NOT NULL,
 message_id TEXT NOT NULL, digest BLOB NOT NULL UNIQUE, line BLOB NOT NULL, received_at REAL NOT NULL);
CREATE INDEX inbox_by_kind ON inbox (kind, number);
CREATE TABLE dead (number INTEGER PRIMARY KEY AUTOINCREMENT, interface TEXT NOT NULL, kind TEXT NOT NULL,
 message_id TEXT, digest BLOB NOT NULL UNIQUE, line BLOB NOT NULL, code TEXT NOT NULL, reason TEXT NOT NULL,
 died_at REAL NOT NULL);
CREATE TABLE counts (interface TEXT NOT NULL, kind TEXT NOT NULL, outcome TEXT NOT NULL, n INTEGER NOT NULL,
 PRIMARY KEY (interface, kind, outcome)) WITHOUT ROWID;
CREATE TABLE notes (name TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE sizes (name TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO sizes VALUES ('inbox', 0), ('dead', 0);
CREATE TRIGGER inbox_more AFTER INSERT ON inbox BEGIN UPDATE sizes SET n = n + 1 WHERE name = 'inbox'; END;
CREATE TRIGGER inbox_less AFTER DELETE ON inbox BEGIN UPDATE sizes SET n = n - 1 WHERE name = 'inbox'; END;
CREATE TRIGGER dead_more AFTER INSERT ON dead BEGIN UPDATE sizes SET n = n + 1 WHERE name = 'dead'; END;
CREATE TRIGGER dead_less AFTER DELETE ON dead BEGIN UPDATE sizes SET n = n - 1 WHERE name = 'dead'; END;
INSERT INTO inbox VALUES (1, 'wms-7', 'movements', 'a', x'01', '{}', 1), (2, 'wms-7', 'movements', 'b', x'02', '{}', 1);
INSERT INTO dead VALUES (1, 'wms-7', 'movements', 'c', x'03', '{}', 'unknown-lot', 'lot', 1);
PRAGMA user_version = 1;
"""
VERDICT = Verdict("unknown-lot", "lot: the ledger knows no lot")


def opened(folder: Path, *, max_pending: int = 100, max_dead: int = 100) -> Inbox:
    """An inbox of a test."""
    return Inbox(folder / "erp.db", max_pending=max_pending, max_dead=max_dead)


def taken(name: str, kind: str = "movements", text: str = "", interface: str = "wms-7") -> Taken:
    """A message of an interface."""
    return Taken(interface, kind, name, f'{{"id": "{name}{text}"}}'.encode())


def junk(text: bytes, interface: str = "wms-7") -> Refused:
    """What is no JSON, from a listed interface."""
    return Refused(interface, "movements", "malformed-json", "no object", text)


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
    inbox.refuse(junk(b"{"), b"{")
    head = Refused("wms-7", "movements", "too-large", "too large", b'{"id": "big"', "big", whole=False)
    inbox.refuse(head, b'{"id": "big", "rest": 1}')
    numbers = [letter.number for letter in inbox.dead()]
    assert inbox.retry([*numbers, 99]) == 1
    assert [(letter.code, letter.message_id, letter.whole) for letter in inbox.dead()] == [
        ("malformed-json", None, True),
        ("too-large", "big", False),
    ]
    assert [one.message_id for one in inbox.oldest("movements", 9)] == ["a"]


def test_what_parsed_can_be_sent_again_once_the_white_list_is_right(tmp_path: Path) -> None:
    inbox, intake = opened(tmp_path), Intake([INTERFACE], max_bytes=100)
    for topic, payload in (
        ("stock/wms-7/movements", b'{"id": "m-1",\n "organisation": "6901234000016"}'),
        ("stock/wms-7/snapshots", b'{"id": "s-1"}'),
    ):
        found = intake.look(topic, payload)
        assert isinstance(found, Refused)
        inbox.refuse(found, payload)
    assert inbox.retry([letter.number for letter in inbox.dead()]) == 2
    assert [(one.message_id, one.line.count(b"\n")) for one in inbox.oldest("movements", 9)] == [("m-1", 0)]
    assert [one.message_id for one in inbox.oldest("snapshots", 9)] == ["s-1"]


def test_no_dead_letter_is_lost_at_the_limit_the_broker_keeps_it(tmp_path: Path) -> None:
    inbox = opened(tmp_path, max_dead=2)
    for text in (b"1", b"2"):
        inbox.refuse(junk(text), text)
    with pytest.raises(DeadLettersFull) as full:
        inbox.refuse(junk(b"3"), b"3")
    assert (full.value.stable_code, isinstance(full.value, InboxFull)) == ("dead-letters-full", True)
    inbox.refuse(junk(b"1", "till"), b"1")
    inbox.refuse(Refused("(not listed)", "", "unknown-interface", "", None), b"x")
    assert [letter.line for letter in inbox.dead()] == [b"1", b"2", b"1"]
    assert counted(inbox) == {"refused:malformed-json": 3, "refused:unknown-interface": 1}
    assert inbox.discard([inbox.dead()[0].number]) == 1
    inbox.refuse(junk(b"3"), b"3")
    assert [letter.line for letter in inbox.dead()] == [b"2", b"1", b"3"]


def test_what_the_api_refused_is_kept_over_the_limit_and_then_no_more_is_sent(tmp_path: Path) -> None:
    inbox = opened(tmp_path, max_dead=1)
    for name in "abc":
        inbox.take(taken(name))
    inbox.take(taken("t", interface="till"))
    a, b, _ = [one for one in inbox.oldest("movements", 9) if one.interface == "wms-7"]
    inbox.settle([], [(a, VERDICT), (b, VERDICT)])
    assert [letter.message_id for letter in inbox.dead()] == ["a", "b"]
    assert [one.message_id for one in inbox.oldest("movements", 9)] == ["t"]
    inbox.discard([letter.number for letter in inbox.dead()])
    assert [one.message_id for one in inbox.oldest("movements", 9)] == ["c", "t"]


def test_old_dead_letters_are_discarded_and_stay_counted(tmp_path: Path) -> None:
    inbox = opened(tmp_path)
    for text in (b"1", b"2", b"3"):
        inbox.refuse(junk(text), text)
    first, second, third = inbox.dead()
    with sqlite3.connect(tmp_path / "erp.db") as other:
        other.execute("UPDATE dead SET died_at = 1000 + number")
    assert inbox.discard([second.number, second.number, 99], before=1000 + second.number) == 2
    assert ([one.number for one in inbox.dead()], inbox.state()["dead"]) == ([third.number], 1)
    assert counted(inbox) == {"refused:malformed-json": 3, "discarded": 2}
    assert first.number < second.number


def test_every_interface_has_its_quota_and_its_turn(tmp_path: Path) -> None:
    inbox = opened(tmp_path, max_pending=5)
    for number in range(5):
        inbox.take(taken(f"flood-{number}"))
    with pytest.raises(InboxFull):
        inbox.take(taken("flood-5"))
    inbox.take(taken("t-1", interface="till"))
    inbox.take(taken("t-2", interface="till"))
    inbox.take(taken("s-1", "snapshots", interface="till"))
    inbox.take(taken("x-1", interface="shop"))
    found = [one.message_id for one in inbox.oldest("movements", 4)]
    assert found == ["flood-0", "t-1", "x-1", "flood-1"]
    assert [one.message_id for one in inbox.oldest("movements", 99)] == [
        *("flood-0", "t-1", "x-1", "flood-1", "t-2", "flood-2", "flood-3", "flood-4"),
    ]
    assert [one.message_id for one in inbox.oldest("movements", 1)] == ["flood-0"]


def test_a_file_of_the_version_before_is_brought_up(tmp_path: Path) -> None:
    opened(tmp_path).close()
    with sqlite3.connect(tmp_path / "erp.db") as db:
        db.executescript(FIRST_VERSION)
    inbox = opened(tmp_path)
    assert [one.message_id for one in inbox.oldest("movements", 9)] == ["a", "b"]
    assert [(one.message_id, one.whole) for one in inbox.dead()] == [("c", True)]
    assert (inbox.state()["pending"], inbox.state()["dead"]) == (2, 1)
    inbox.settle(inbox.oldest("movements", 1), [])
    assert inbox.retry([1]) == 1
    assert (inbox.state()["pending"], inbox.state()["dead"]) == (2, 0)


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
        self.dead |= {one.message_id for one, _ in against}

    @rule(name=st.sampled_from("abcdefghij"))
    def retry(self, name: str) -> None:
        """Somebody sends a dead letter again."""
        numbers = [letter.number for letter in self.inbox.dead() if letter.message_id == name]
        moved = self.inbox.retry(numbers)
        if numbers:
            assert moved == (name not in self.waiting)
            self.waiting += [] if name in self.waiting else [name]
            self.dead.discard(name)

    @rule(name=st.sampled_from("abcdefghij"))
    def discard(self, name: str) -> None:
        """Somebody forgets a dead letter."""
        numbers = [letter.number for letter in self.inbox.dead() if letter.message_id == name]
        assert self.inbox.discard(numbers) == len(numbers)
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
        sent = self.waiting if len(self.dead) < 4 else []
        assert [one.message_id for one in self.inbox.oldest("movements", 99)] == sent
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
