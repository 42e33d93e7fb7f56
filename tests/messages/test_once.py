"""A message id counts once for an organisation: whichever account, lane or form of the message it comes with."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from liveledger.chain.movements.batching import MovementMessage, Movements, document_leaf
from liveledger.chain.movements.journal import Journal
from liveledger.chain.movements.posting import Offered
from liveledger.chain.outbox.outbox import Outbox
from liveledger.domain.errors import NotFound
from liveledger.domain.movements import Kind, Movement
from liveledger.messages.movements import of_document
from liveledger_api.errors import AlreadyExists
from liveledger_api.movements.service import MovementService
from liveledger_api.store.schema import open_store

SALE: dict[str, Any] = {
    "kind": "sell",
    "brand": 1,
    "sku": "TEA",
    "from": "6901234000016",
    "quantity": 1,
    "at": "2026-11-24T12:00:00Z",
}
ADDRESSES = {"a": b"\x0a" * 20, "b": b"\x0b" * 20, "other": b"\x0c" * 20}
ORGANISATIONS = {b"\x0a" * 20: 2, b"\x0b" * 20: 2, b"\x0c" * 20: 3}
SCHEMA_1 = """
CREATE TABLE messages (account VARCHAR NOT NULL, message_id VARCHAR NOT NULL, salt BLOB NOT NULL,
    document VARCHAR NOT NULL, PRIMARY KEY (account, message_id));
PRAGMA user_version = 1;
"""


class Home:
    """The files of a member's API, and services over them as settings have them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.outbox = Outbox(folder / "outbox.db", evm_chain_id=7, genesis=bytes(32))
        self.index: Any = SimpleNamespace()
        self.posted: list[tuple[str, int, str]] = []
        self.leaves: dict[str, bytes] = {}

    def service(self, lane: int = 1000) -> MovementService:
        """The service after a start with this lane."""
        senders = {label: SimpleNamespace(address=address) for label, address in ADDRESSES.items()}
        chain: Any = SimpleNamespace(ledger=None, sender=senders.__getitem__)
        made = MovementService(
            open_store(self.folder / "store.db"), chain, self.outbox, self.index, lane=lane, max_movements=10
        )
        anything: Any = made
        movement = Movement(kind=Kind.SELL, sku=1, source=1, target=0, quantity=1, at=1)
        anything._resolver = SimpleNamespace(sort_out=lambda some, _: ([(one, movement) for one in some], []))
        anything._archive._organisation_of = ORGANISATIONS.get
        anything._posters = {(label, lane): LanePoster(self, label, lane) for label in ADDRESSES}
        return made


class LanePoster:
    """Acknowledges as the real one does, without a chain."""

    def __init__(self, home: Home, label: str, lane: int) -> None:
        self._home, self._label, self._lane = home, label, lane
        self.journal = Journal(home.outbox, ADDRESSES[label], lane)

    def newest_open(self) -> None:
        """Nothing is open."""

    def offer(self, messages: Sequence[MovementMessage], *, park: bool | None) -> Offered:
        """Keeps all."""
        with self._home.outbox.transaction():
            names = [one.message_id for one in messages]
            added = self.journal.add(names, Movements.of_messages(messages), 1.0, park=park)
        assert added is not None
        self._home.posted += [(self._label, self._lane, one.message_id) for one in messages]
        self._home.leaves |= {one.message_id: one.document for one in messages}
        return Offered(len(messages), 0)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """An empty home."""
    return Home(tmp_path)


def post(service: MovementService, account: str, *names: str, **changes: Any) -> tuple[int, int]:
    """Accepted, and posted before."""
    messages = [replace(of_document({"id": n, **SALE, **changes}), position=at) for at, n in enumerate(names)]
    answer = service.post(messages, account)
    return answer["accepted"], answer["already_posted"]


def refuse(home: Home, account: str, lane: int, name: str) -> None:
    """The chain refuses a message that was acknowledged."""
    journal = Journal(home.outbox, ADDRESSES[account], lane)
    ((number,),) = home.outbox.read("SELECT id FROM message WHERE message_id = ?", (name,))
    with home.outbox.transaction():
        journal.refuse(number, f"StockOversell({name})", 9.0)


def test_another_account_of_the_organisation_posts_nothing_twice(home: Home) -> None:
    service = home.service()
    assert post(service, "a", "m-1", "m-2") == (2, 0)
    assert post(service, "b", "m-1", "m-2", "m-3") == (1, 2)
    assert home.posted == [("a", 1000, "m-1"), ("a", 1000, "m-2"), ("b", 1000, "m-3")]
    found = service.status("m-1", "b")
    assert (found["poster"], found["lane"], found["state"]) == ("0x" + "0a" * 20, "1000", "acknowledged")
    # Ids are the organisation's own: another one's mean other messages.
    assert post(service, "other", "m-1", quantity=9) == (1, 0)


def test_what_was_stored_and_never_acknowledged_stands_in_nobodys_way(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crash, or a full disk, between the store and the outbox: the message may come again, corrected too."""
    service = home.service()
    monkeypatch.setattr(LanePoster, "offer", _full_disk)
    with pytest.raises(sqlite3.OperationalError):
        post(service, "a", "m-1", "m-2", quantity=1)
    monkeypatch.undo()
    assert post(home.service(), "a", "m-1", quantity=9, document="DN-9") == (1, 0)
    assert service.of_document("a", "DN-9", 0, 10)["movements"][0]["message"]["quantity"] == 9
    assert home.leaves["m-1"] == leaf_of(home, "m-1")
    assert post(service, "b", "m-2", quantity=1) == (1, 0)
    # From now on they count.
    with pytest.raises(AlreadyExists):
        post(service, "a", "m-1", quantity=1)


def _full_disk(*_: Any, **__: Any) -> Offered:
    raise sqlite3.OperationalError("database or disk is full")


def leaf_of(home: Home, name: str) -> bytes:
    """The leaf of a stored document."""
    with sqlite3.connect(home.folder / "store.db") as db:
        query = "SELECT salt, document FROM messages WHERE message_id = ?"
        salt, document = db.execute(query, (name,)).fetchone()
    return document_leaf(salt, json.loads(document))


def test_another_lane_posts_nothing_twice(home: Home) -> None:
    assert post(home.service(), "a", "m-1") == (1, 0)
    moved = home.service(lane=1001)
    assert post(moved, "a", "m-1", "m-2") == (1, 1)
    assert home.posted == [("a", 1000, "m-1"), ("a", 1001, "m-2")]
    assert [moved.status(name, "a")["lane"] for name in ("m-1", "m-2")] == ["1000", "1001"]


def test_what_an_earlier_lane_left_open_goes_on(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    post(home.service(), "a", "m-1")
    opened: list[tuple[str, int]] = []
    monkeypatch.setattr(MovementService, "_poster", lambda _, label, lane: opened.append((label, lane)))
    home.service(lane=1001).resume()
    assert opened == [("a", 1000)]


def test_an_account_whose_key_is_gone_hinders_only_while_something_is_open(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = home.service()
    post(service, "a", "m-1")

    def gone(_: Any, label: str, lane: int) -> None:
        raise NotFound(f"no key {label} for lane {lane}")

    monkeypatch.setattr(MovementService, "_poster", gone)
    with pytest.raises(NotFound, match="no key a for lane 1000"):
        service.resume()
    refuse(home, "a", 1000, "m-1")
    service.resume()


@pytest.mark.parametrize(
    "changes",
    [
        {"lot": None, "reason": None},
        {"organisation": 2},
        {"organisation": "6901234100020"},
        {"unit": "EA"},
        {"at": "2026-11-24T20:00:00+08:00"},
    ],
)
def test_the_same_in_another_form_is_the_same(home: Home, changes: dict[str, Any]) -> None:
    service = home.service()
    post(service, "a", "m-1")
    assert post(service, "a", "m-1", **changes) == (0, 1)
    first = of_document({"id": "m-1", **SALE}).document
    assert home.leaves["m-1"] == document_leaf(bytes.fromhex(service.status("m-1", "a")["salt"][2:]), first)


@pytest.mark.parametrize("changes", [{"quantity": 2}, {"lot": "L1"}, {"reason": "x"}, {"at": "2026-11-24T12:00:01Z"}])
def test_other_content_is_refused(home: Home, changes: dict[str, Any]) -> None:
    service = home.service()
    post(service, "a", "m-1")
    with pytest.raises(AlreadyExists):
        post(service, "b", "m-1", **changes)


def test_what_was_refused_is_told_and_listed(home: Home) -> None:
    service = home.service()
    post(service, "a", "m-1", "m-2", "m-3")
    post(service, "other", "o-1")
    for account, name in (("a", "m-3"), ("other", "o-1"), ("a", "m-1")):
        refuse(home, account, 1000, name)
    messages = [
        replace(of_document({"id": name, **SALE}), position=at) for at, name in enumerate(("m-1", "m-2", "m-4"))
    ]
    for again in (service.post(messages, "a"), service.post_each(messages, [], "a")):
        told = [(one["record"], one["id"], one["code"], one["errors"][0]["message"]) for one in again["refused"]]
        assert told == [(0, "m-1", "refused-before", "StockOversell(m-1)")]
        assert again["accepted"] + again["already_posted"] == 2
    page = service.refused("b", 0, 1)
    assert ([one["id"] for one in page["refused"]], page["more"]) == (["m-3"], True)
    page = service.refused("b", page["next"], 10)
    assert ([one["id"] for one in page["refused"]], page["more"]) == (["m-1"], False)
    assert service.refused("b", page["next"], 10) == {"refused": [], "next": page["next"], "more": False}


def test_a_store_of_schema_1_is_carried_over(home: Home) -> None:
    """Accounts a and b had posted m-1 both, a on a lane that is not the present one; m-9 never came to the outbox."""
    db = sqlite3.connect(home.folder / "store.db")
    db.executescript(SCHEMA_1)
    for account, name in (("a", "m-1"), ("a", "m-2"), ("a", "m-9"), ("b", "m-1"), ("other", "m-1")):
        document = of_document({"id": name, **SALE}).document
        row = (
            account,
            name,
            account.encode() * 16 if len(account) == 1 else bytes(16),
            str(document).replace("'", '"'),
        )
        db.execute("INSERT INTO messages VALUES (?, ?, ?, ?)", row)
    db.commit()
    db.close()
    for account, lane, names in (("a", 7, ("m-1", "m-2")), ("b", 1000, ("m-1",)), ("other", 1000, ("m-1",))):
        LanePoster(home, account, lane).offer(
            [MovementMessage(name, Movement(1, Kind.SELL, 1, 0, 1, 1), bytes(32)) for name in names], park=None
        )
    service = home.service()
    home.posted.clear()
    assert post(service, "b", "m-1", "m-2", "m-9") == (1, 2)
    assert home.posted == [("b", 1000, "m-9")]
    found = {account: service.status("m-1", account) for account in ADDRESSES}
    assert {account: (one["lane"], one["salt"][2:4]) for account, one in found.items()} == {
        "a": ("7", "61"),
        "b": ("1000", "62"),
        "other": ("1000", "00"),
    }
    again = home.service()
    assert post(again, "a", "m-1", "m-2", "m-9") == (0, 3)
