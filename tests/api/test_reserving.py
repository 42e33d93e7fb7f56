"""Reservations have an account of their own where there is one: who may post by it, and what goes with them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from liveledger.bindings.constants import Role
from liveledger.chain.accounts.passphrases import MissingPassphrase
from liveledger.chain.movements.batching import MovementMessage, Movements
from liveledger.chain.movements.journal import Journal
from liveledger.chain.movements.posting import Offered
from liveledger.chain.outbox.outbox import Outbox
from liveledger.domain.errors import NotFound, RuleViolation, Unavailable
from liveledger.domain.hashing import hex_bytes
from liveledger.domain.keys import reservations_label
from liveledger.domain.movements import Kind, Movement
from liveledger.messages.movements import Message, of_document
from liveledger_api.access.errors import NotAMember
from liveledger_api.access.principals import Standing
from liveledger_api.movements.reserving import Reserving, apart
from liveledger_api.movements.service import MovementService
from liveledger_api.store.schema import open_store

OWN, APART = "operator", "operator-reservations"
ADDRESSES = {OWN: b"\x0a" * 20, APART: b"\x0b" * 20}
POSTS = Role.POST_MOVEMENTS


class Roll:
    """Keys of a home and what the ledger says of their accounts: organisation and roles; none where not active."""

    def __init__(self, own: tuple[int, Role] | None, apart: tuple[int, Role] | None) -> None:
        self.members = {ADDRESSES[OWN]: own, ADDRESSES[APART]: apart}
        self.opened: list[str] = []
        self.failure: Exception | None = None

    def address(self, label: str) -> bytes:
        """Opens a key."""
        self.opened.append(label)
        if label == APART and self.failure is not None:
            raise self.failure
        return ADDRESSES[label]

    def standing(self, account: bytes) -> Standing:
        """Of an active account."""
        found = self.members[account]
        if found is None:
            raise NotAMember("it is suspended")
        return Standing(account, found[0], 1, found[1])

    def reserving(self) -> Reserving:
        """The rule over it."""
        return Reserving(self.address, self.standing)


@pytest.mark.parametrize(
    ("own", "beside", "stands"),
    [
        ((2, POSTS), (2, POSTS), True),
        ((2, POSTS | Role.REPORT), (2, POSTS), True),
        ((2, Role.REPORT), (2, POSTS), False),  # who may not post does not post through another account
        (None, (2, POSTS), False),
        ((2, POSTS), None, False),
        ((2, POSTS), (2, Role.REPORT), False),
        ((2, POSTS), (3, POSTS), False),
    ],
)
def test_both_accounts_must_be_able_to_post(
    own: tuple[int, Role] | None, beside: tuple[int, Role] | None, stands: bool
) -> None:
    assert Roll(own, beside).reserving().stands(OWN) is stands


def test_a_key_that_is_not_there_may_come_later() -> None:
    roll = Roll((2, POSTS), (2, POSTS))
    roll.failure, reserving = NotFound("no key"), roll.reserving()
    assert not reserving.stands(OWN)
    roll.failure = None
    assert reserving.stands(OWN)


def test_a_key_that_cannot_be_opened_is_tried_once() -> None:
    """A wrong passphrase takes a second to find out, and a request must not wait for that."""
    roll = Roll((2, POSTS), (2, POSTS))
    roll.failure, reserving = MissingPassphrase("it is encrypted"), roll.reserving()
    assert not reserving.stands(OWN)
    assert not reserving.stands(OWN)
    assert roll.opened.count(APART) == 1


def test_a_node_that_is_away_is_no_answer() -> None:
    roll = Roll((2, POSTS), (2, POSTS))
    roll.failure = Unavailable("the node is away")
    with pytest.raises(Unavailable):
        roll.reserving().stands(OWN)


def _pairs(*movements: tuple[Kind, int, int]) -> list[tuple[Message, Movement]]:
    """Movements of SKUs at places."""
    return [
        (message(f"m-{at}", kind.name.lower()), _movement(kind, sku, place))
        for at, (kind, sku, place) in enumerate(movements)
    ]


def test_what_touches_the_same_stock_stays_together() -> None:
    pairs = _pairs(
        (Kind.RECEIVE, 1, 1), (Kind.RESERVE, 1, 1), (Kind.RESERVE, 1, 2), (Kind.RESERVE, 2, 1), (Kind.SELL, 3, 1)
    )
    first, rest = apart(pairs)
    assert (first, rest) == ([pairs[2], pairs[3]], [pairs[0], pairs[1], pairs[4]])


def message(name: str, kind: str) -> Message:
    """A message; what its movement is the scripted resolver says."""
    place = {"receive": {"to": "6901234000016"}}.get(kind, {"from": "6901234000016"})
    goods = {"brand": 1, "sku": "TEA", "quantity": 1, "at": "2026-11-24T12:00:00Z"}
    return of_document({"id": name, "kind": kind, **goods, **place})


def _movement(kind: Kind, sku: int = 1, place: int = 1) -> Movement:
    source, target = (0, place) if kind is Kind.RECEIVE else (place, 0)
    return Movement(kind=kind, sku=sku, source=source, target=target, quantity=1, at=1)


class LanePoster:
    """Keeps what is offered, as the real one does; with ``open`` something is on its way, and is refused till then."""

    def __init__(self, outbox: Outbox, label: str) -> None:
        self.names: list[str] = []
        self.waited = 0
        self.open: int | None = None
        self.refuses = False
        self._outbox, self._journal = outbox, Journal(outbox, ADDRESSES[label], 1)

    def newest_open(self) -> int | None:
        """What is on its way."""
        return self.open

    def wait(self, *, timeout: float, newest: int | None = None) -> None:
        """It is final then."""
        assert (timeout > 0, newest) == (True, self.open)
        self.waited += 1

    def offer(self, messages: Sequence[MovementMessage], *, park: bool | None) -> Offered:
        """Keeps all."""
        if self.refuses:
            self.refuses = False
            raise RuleViolation("StockOversell()", reason="StockOversell")
        with self._outbox.transaction():
            assert self._journal.add([one.message_id for one in messages], Movements.of_messages(messages), 1.0)
        self.names += [one.message_id for one in messages]
        return Offered(len(messages), 0)


class Desk:
    """A service of an account and the one for its reservations."""

    def __init__(self, folder: Path, roll: Roll) -> None:
        outbox = Outbox(folder / "outbox.db", evm_chain_id=7, genesis=bytes(32))
        senders = {label: SimpleNamespace(address=address) for label, address in ADDRESSES.items()}
        chain: Any = SimpleNamespace(ledger=None, sender=senders.__getitem__)
        index: Any = SimpleNamespace()
        self.service = MovementService(
            open_store(folder / "store.db"), chain, outbox, index, lane=1, max_movements=99, reserving=roll.reserving()
        )
        self.posters = {label: LanePoster(outbox, label) for label in ADDRESSES}
        anything: Any = self.service
        anything._resolver = SimpleNamespace(sort_out=lambda some, _: ([(one, _resolved(one)) for one in some], []))
        anything._archive._organisation_of = lambda _: 2
        anything._posters = {(label, 1): poster for label, poster in self.posters.items()}

    def posted(self) -> dict[str, list[str]]:
        """Which messages went by which account."""
        return {label: poster.names for label, poster in self.posters.items()}


def _resolved(one: Message) -> Movement:
    """The SKU is the number in the message's id."""
    return _movement(one.kind, sku=int(one.message_id.rsplit("-", 1)[-1]))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Both accounts are active and may post."""
    return Desk(tmp_path, Roll((2, POSTS), (2, POSTS)))


def test_only_reservations_go_by_their_own_account(desk: Desk) -> None:
    answer = desk.service.post([message("r-1", "reserve"), message("r-2", "reserve")], OWN)
    assert (answer["accepted"], answer["poster"]) == (2, hex_bytes(ADDRESSES[APART]))
    desk.service.post([message("s-1", "sell")], OWN)
    desk.service.post([message("m-1", "reserve"), message("m-2", "sell")], OWN)  # all or nothing: one transaction
    assert desk.posted() == {OWN: ["s-1", "m-1", "m-2"], APART: ["r-1", "r-2"]}
    assert desk.service.status("r-1", OWN)["poster"] == hex_bytes(ADDRESSES[APART])
    assert desk.service.post([message("r-1", "reserve")], OWN)["already_posted"] == 1


def test_of_a_partial_request_those_that_stand_alone_go_first(desk: Desk) -> None:
    sent = [message("a-1", "receive"), message("b-1", "reserve"), message("c-2", "reserve"), message("d-3", "sell")]
    answer = desk.service.post_each(sent, [], OWN)
    assert (answer["accepted"], answer["already_posted"], answer["refused"]) == (4, 0, [])
    assert (answer["poster"], answer["reservations_poster"]) == tuple(hex_bytes(one) for one in ADDRESSES.values())
    assert desk.posted() == {OWN: ["a-1", "b-1", "d-3"], APART: ["c-2"]}


def test_a_partial_request_of_reservations_alone_is_one(desk: Desk) -> None:
    answer = desk.service.post_each([message("r-1", "reserve"), message("r-2", "reserve")], [], OWN)
    assert (answer["accepted"], answer["poster"]) == (2, hex_bytes(ADDRESSES[APART]))
    assert "reservations_poster" not in answer
    assert desk.service.post_each([message("r-1", "sell")], [], OWN)["refused"][0]["code"] == "already-exists"


@pytest.mark.parametrize(("kind", "posts"), [("reserve", APART), ("ship", OWN)])
def test_what_is_on_its_way_by_the_other_account_is_waited_for(desk: Desk, kind: str, posts: str) -> None:
    """A reservation of what was received a moment ago; a shipment of what was reserved then."""
    other = OWN if posts == APART else APART
    desk.posters[other].open, desk.posters[posts].refuses = 7, True
    assert desk.service.post([message("m-1", kind)], OWN)["accepted"] == 1
    assert (desk.posters[other].waited, desk.posted()[posts]) == (1, ["m-1"])


def test_without_the_account_all_stand_in_line(tmp_path: Path) -> None:
    desk = Desk(tmp_path, Roll((2, POSTS), None))
    desk.service.post([message("r-1", "reserve")], OWN)
    answer = desk.service.post_each([message("r-2", "reserve"), message("s-1", "sell")], [], OWN)
    assert "reservations_poster" not in answer
    assert desk.posted() == {OWN: ["r-1", "r-2", "s-1"], APART: []}
    assert not desk.service.reserves_apart(OWN)


def test_both_accounts_are_taken_up_again_after_a_restart(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.service.post([message("r-1", "reserve")], OWN)
    desk.service.post([message("s-1", "sell")], OWN)
    opened: list[str] = []
    monkeypatch.setattr(desk.service, "_poster", lambda label, lane: opened.append(label))
    desk.service.resume()
    assert sorted(opened) == [OWN, reservations_label(OWN)]
