"""Messages about returns: their form, junk, and ids that are carried out once; no node is needed."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveledger.chain.movements.batching import document_leaf
from liveledger.chain.outbox.outbox import KeyReused
from liveledger.domain import gs1
from liveledger.domain.errors import InvalidInput, NotFound, RuleViolation
from liveledger.domain.returns import Grade, GradeEntry, ReturnAct
from liveledger.messages.returns import ReturnMessage, read_message
from liveledger_api.returns.service import ReturnService
from liveledger_api.store.schema import open_store

GLN = gs1.with_check_digit("690123400001")
ENTRY = {"brand": 1, "sku": "TEA", "place": GLN, "quantity": 5, "grade": "B"}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 300) | st.text(max_size=8) | st.sampled_from([GLN, "A", "grade"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "act", "entries", "lot", *ENTRY]), inner, max_size=6)
    ),
    max_leaves=12,
)


def message(**changes: Any) -> bytes:
    value = {"id": "r-1", "entries": [ENTRY], **changes}
    return json.dumps({name: part for name, part in value.items() if part is not None}).encode()


def with_entry(**changes: Any) -> bytes:
    return message(entries=[ENTRY, {name: part for name, part in {**ENTRY, **changes}.items() if part is not None}])


def test_a_message_in_full() -> None:
    entry = {**ENTRY, "lot": "L1", "disposition": "restock_discounted", "document": "RMA-7", "reason": "opened"}
    read = read_message(message(act="close", entries=[entry], document="D-1", reason="posted"))
    assert (read.message_id, read.act) == ("r-1", ReturnAct.CLOSED)
    [draft] = read.drafts
    assert (draft.brand, draft.sku, draft.lot, draft.place) == (1, "TEA", "L1", int(GLN))
    assert (draft.quantity, draft.grade) == (5, Grade.B)
    assert read_message(message()).act is ReturnAct.GRADED


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"brand": 0}, "brand"),
        ({"brand": True}, "brand"),
        ({"sku": ""}, "sku"),
        ({"sku": "漢" * 22}, "sku"),
        ({"lot": "x" * 21}, "lot"),
        ({"lot": 7}, "lot"),
        ({"place": "6901234000017"}, "place"),
        ({"place": 6901234000018}, "place"),
        ({"quantity": 0}, "quantity"),
        ({"quantity": 1 << 24}, "quantity"),
        ({"quantity": 1.5}, "quantity"),
        ({"grade": "E"}, "grade"),
        ({"grade": None}, "grade"),
        ({"disposition": "burn"}, "disposition"),
        ({"disposition": "scrap"}, "disposition"),
        ({"reason": "x" * 257}, "reason"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_entry_and_field_are_named(changes: dict[str, Any], path: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_message(with_entry(**changes))
    assert refused.value.stable_code == "invalid-return"
    assert refused.value.details["path"] == f"/entries/1/{path}"


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"id": None}, "/id"),
        ({"id": "two words"}, "/id"),
        ({"id": "x" * 129}, "/id"),
        ({"act": "burn"}, "/act"),
        ({"entries": None}, "/entries"),
        ({"entries": []}, "/entries"),
        ({"entries": [ENTRY] * 257}, "/entries"),
        ({"entries": ENTRY}, "/entries"),
        ({"more": 1}, "/more"),
    ],
)
def test_fields_of_the_message_are_named(changes: dict[str, Any], path: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_message(message(**changes))
    assert refused.value.details["path"] == path


@given(JSON)
def test_junk_is_refused_or_has_the_form(junk: Any) -> None:
    try:
        read = read_message(json.dumps(junk).encode())
    except InvalidInput:
        return
    assert read.document == junk
    assert all(draft.quantity > 0 for draft in read.drafts)


@given(st.binary(max_size=80))
def test_bytes_that_are_no_json_are_refused(junk: bytes) -> None:
    with pytest.raises(InvalidInput):
        read_message(junk)


class ScriptedClient:
    """Stands for the client of one account: takes calls, or refuses them."""

    def __init__(self, sender: Any) -> None:
        self.taken: dict[str, tuple[ReturnAct, bytes]] = {}
        self.refuses = False
        self.checked = 0
        sender.address = bytes(20)
        sender.outbox = SimpleNamespace(find=lambda _address, key: self.taken.get(key))
        sender.outcome = lambda key: self.outcomes.get(key)
        sender.reason = lambda _key: RuleViolation("ReturnsNotHeld()")
        self.outcomes: dict[str, Any] = {}

    def resolve(self, drafts: Any) -> list[GradeEntry]:
        """Numbers of the one SKU and place."""
        return [GradeEntry(1, 0, 1, draft.quantity, draft.grade) for draft in drafts]

    def check(self, _act: ReturnAct, _entries: list[GradeEntry]) -> None:
        """Counts."""
        self.checked += 1

    def submit(self, act: ReturnAct, _entries: list[GradeEntry], root: bytes, *, key: str) -> None:
        """Keeps the call once for each key."""
        if self.refuses:
            raise RuleViolation("ReturnsNotHeld()", reason="ReturnsNotHeld")
        assert self.taken.setdefault(key, (act, root)) == (act, root)


class Desk:
    """A service over a store of its own."""

    def __init__(self, folder: Path) -> None:
        self.opened: list[str] = []
        sender: Any = SimpleNamespace()
        self.client = ScriptedClient(sender)
        self.store = open_store(folder / "store.db")

        def open_sender(label: str) -> Any:
            self.opened.append(label)
            return sender

        chain: Any = SimpleNamespace(sender=open_sender)
        self.service = ReturnService(self.store, chain)
        anything: Any = self.service
        anything._client = lambda _account: self.client

    def submit(self, read: ReturnMessage, *, dry_run: bool = False) -> dict[str, Any]:
        return self.service.submit(read, "operator", dry_run=dry_run)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_the_ledger_commits_to_the_message_and_its_salt(desk: Desk) -> None:
    read = read_message(message())
    taken = desk.submit(read)
    salt = bytes.fromhex(taken["salt"][2:])
    assert len(salt) == 16
    assert taken["documents_root"] == "0x" + document_leaf(salt, read.document).hex()
    assert desk.client.taken["returns:r-1"] == (ReturnAct.GRADED, document_leaf(salt, read.document))


def test_an_id_is_carried_out_once_and_stands_for_one_message(desk: Desk) -> None:
    first, again = desk.submit(read_message(message())), desk.submit(read_message(message()))
    assert first == again
    with pytest.raises(KeyReused):
        desk.submit(read_message(message(reason="another")))
    assert len(desk.client.taken) == 1


def test_what_the_ledger_refuses_is_not_kept(desk: Desk) -> None:
    desk.client.refuses = True
    with pytest.raises(RuleViolation):
        desk.submit(read_message(message()))
    with pytest.raises(NotFound):
        desk.service.status("r-1", "operator")
    desk.client.refuses = False
    assert desk.submit(read_message(message(reason="another")))["entries"] == 1


def test_a_dry_run_writes_nothing(desk: Desk) -> None:
    assert desk.submit(read_message(message()), dry_run=True) == {
        "id": "r-1",
        "act": "graded",
        "entries": 1,
        "dry_run": True,
    }
    assert (desk.client.checked, desk.client.taken) == (1, {})
    desk.service.resume()
    assert desk.opened == []


def test_states_of_a_message(desk: Desk) -> None:
    desk.submit(read_message(message()))
    assert desk.service.status("r-1", "operator")["state"] == "acknowledged"
    desk.client.outcomes["returns:r-1"] = SimpleNamespace(status=1, block=9)
    assert (desk.service.status("r-1", "operator")["state"], desk.service.status("r-1", "operator")["block"]) == (
        "final",
        "9",
    )
    desk.client.outcomes["returns:r-1"] = SimpleNamespace(status=0, block=9)
    refused = desk.service.status("r-1", "operator")
    assert (refused["state"], refused["reason"]) == ("refused", "ReturnsNotHeld()")
    with pytest.raises(NotFound):
        desk.service.status("r-1", "other")


def test_after_a_restart_what_is_pending_goes_on(desk: Desk) -> None:
    desk.submit(read_message(message()))
    desk.opened.clear()
    desk.service.resume()
    assert desk.opened == ["operator"]


def test_a_store_made_before_gets_the_table(tmp_path: Path) -> None:
    before = open_store(tmp_path / "old.db")
    with before.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE returns")
    before.engine.dispose()
    after = open_store(tmp_path / "old.db")
    with after.reading() as session:
        assert session.connection().exec_driver_sql("SELECT count(*) FROM returns").scalar_one() == 0
