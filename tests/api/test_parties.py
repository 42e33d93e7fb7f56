"""Who is shown what is kept here: documents of events, jobs, snapshots, settlements; and with which keys it may act."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from eth_account.signers.local import LocalAccount
from sqlalchemy import select

from liveledger.bindings.constants import Role
from liveledger.domain import gs1
from liveledger.domain.keys import key_path
from liveledger_api.access.parties import named_parties
from liveledger_api.access.principals import LOCAL, NOBODY, Interface, Kind, Principal
from liveledger_api.snapshots.queries import Period, of_place
from liveledger_api.store.schema import StoredEvent, StoredSnapshot
from tests.api import events as e
from tests.api.members import EVERY_ROLE, JSON, Members, bearer
from tests.api.members import members as make_members

OURS, OTHERS, THIRD = 3, 4, 5
SELLER = int(gs1.with_check_digit("690123400000"))
EVENT_ID = "urn:uuid:7"


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Members]:
    """An API with login; the key ``capturer`` of organisation 3 is in its home."""
    with make_members(tmp_path) as made:
        made.roll.here("capturer", OURS, EVERY_ROLE)
        yield made


def _capture(api: Members) -> StoredEvent:
    """An event of organisation 3 that names the seller."""
    token = api.log_in(api.roll.elsewhere(OURS, Role.CAPTURE_EVENTS))
    body = {**e.OBJECT, "eventID": EVENT_ID, "@context": e.CONTEXT}
    answer = api.world.client.post("/events", json=body, headers=JSON | bearer(token))
    assert answer.status_code == 201, answer.text
    with api.world.store.reading() as session:
        return session.scalars(select(StoredEvent)).one()


def _member(api: Members, account: LocalAccount, *interfaces: Interface) -> Principal:
    standing = api.roll.members[bytes.fromhex(account.address[2:])]
    if not interfaces:
        return Principal(Kind.MEMBER, standing)
    return Principal(Kind.KEY, standing, frozenset(interfaces), "id")


def test_a_document_is_for_who_captured_it_and_whom_it_names(api: Members) -> None:
    _capture(api)
    colleague = api.roll.elsewhere(OURS, Role(0))
    seller = api.roll.elsewhere(OTHERS, Role(0), gln=SELLER)
    stranger = api.roll.elsewhere(THIRD, EVERY_ROLE)
    expected = {colleague.address: 200, seller.address: 200, stranger.address: 404}
    for account in (colleague, seller, stranger):
        answer = api.world.client.get(f"/events/{EVENT_ID}", headers=bearer(api.log_in(account)))
        assert answer.status_code == expected[account.address]
    unknown = api.world.client.get("/events/urn:uuid:8", headers=bearer(api.log_in(stranger))).json()
    refused = api.world.client.get(f"/events/{EVENT_ID}", headers=bearer(api.log_in(stranger))).json()
    assert (unknown["code"], unknown["title"]) == (refused["code"], refused["title"])


def test_the_history_of_an_item_withholds_documents_not_hashes(api: Members) -> None:
    row = _capture(api)
    beside = api.world.parts.off_chain
    seller = api.roll.elsewhere(OTHERS, Role(0), gln=SELLER)
    reads = [LOCAL, _member(api, api.roll.elsewhere(OURS, Role(0))), _member(api, seller)]
    reads.append(_member(api, seller, Interface.EVENTS, Interface.LEDGER))
    blind = [NOBODY, _member(api, api.roll.elsewhere(THIRD, EVERY_ROLE)), _member(api, seller, Interface.LEDGER)]
    assert [beside.as_read_by(who).document(row.event_hash) is not None for who in reads] == [True] * 4
    assert [beside.as_read_by(who).document(row.event_hash) for who in blind] == [None] * 3


def test_the_owner_of_an_api_may_show_documents_to_shoppers(tmp_path: Path) -> None:
    with make_members(tmp_path, public_documents=True) as api:
        api.roll.here("capturer", OURS, EVERY_ROLE)
        row = _capture(api)
        assert api.world.parts.off_chain.as_read_by(NOBODY).document(row.event_hash) is not None
        # The list of who reads an event by its id stays what it is: members.
        assert api.world.client.get(f"/events/{EVENT_ID}").status_code == 401


def test_a_document_of_an_account_that_is_gone_is_nobodys(api: Members) -> None:
    row = _capture(api)
    key_path(api.roll.home.keys, "capturer").unlink()
    colleague = _member(api, api.roll.elsewhere(OURS, Role(0)))
    assert api.world.parts.off_chain.as_read_by(colleague).document(row.event_hash) is None


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ({"sourceList": [{"type": "owning_party", "source": "urn:epc:id:pgln:6901234.00000"}]}, [SELLER]),
        ({"destinationList": [{"destination": f"https://id.gs1.org/417/{SELLER}"}]}, [SELLER]),
        ({"destinationList": [{"destination": f"https://id.gs1.org/414/{SELLER}/254/9"}]}, [SELLER]),
        ({"destinationList": [{"destination": "urn:epc:id:sgln:6901234.00000.0"}]}, [SELLER]),
        ({"sourceList": [{"source": "urn:epc:id:sgtin:6901234.005678.1001"}]}, []),
        ({"sourceList": [{"source": "urn:epc:id:pgln:69.1"}, {"source": 7}, 7], "destinationList": 7}, []),
        ({"bizTransactionList": [{"bizTransaction": "urn:epc:id:pgln:6901234.00000"}]}, []),
    ],
)
def test_the_parties_that_an_event_names(event: dict[str, Any], expected: list[int]) -> None:
    assert list(named_parties(event)) == expected


def test_capture_jobs_are_the_organisations_own(api: Members) -> None:
    ours = bearer(api.log_in(api.roll.elsewhere(OURS, Role.CAPTURE_EVENTS)))
    theirs = bearer(api.log_in(api.roll.elsewhere(OTHERS, EVERY_ROLE)))
    posted = api.world.client.post("/capture", json=e.document(e.OBJECT), headers=ours)
    assert posted.status_code == 202
    path = posted.headers["Location"]
    assert [api.world.client.get(path, headers=one).status_code for one in (ours, theirs)] == [200, 404]
    assert [len(api.world.client.get("/capture", headers=one).json()) for one in (ours, theirs)] == [1, 0]


def _snapshot(number: int, organisation: int, brand: int) -> StoredSnapshot:
    words = dict.fromkeys(("source", "sku_code", "gtin", "channel", "account", "document"), "x")
    counts = dict.fromkeys(("sku", "place", "quantity", "available", "reserved", "lot", "expiry"), 0)
    return StoredSnapshot(
        organisation=organisation,
        brand=brand,
        message_id=str(number),
        place_gln="1",
        lot_code=None,
        at=number,
        received_at=0.0,
        **words,
        **counts,
    )


def test_snapshots_are_for_their_sender_and_for_the_brand(api: Members) -> None:
    rows = [_snapshot(1, OURS, OTHERS), _snapshot(2, THIRD, OURS), _snapshot(3, THIRD, OTHERS)]
    with api.world.store.writing() as session:
        session.add_all(rows)
    period = Period(0, 9, (0, 0), 9)
    with api.world.store.reading() as session:
        seen = {
            who: [row.at for row in of_place(session, "1", period, None, who)] for who in (None, OURS, OTHERS, THIRD, 6)
        }
    assert seen == {None: [1, 2, 3], OURS: [1, 2], OTHERS: [1, 3], THIRD: [2, 3], 6: []}


def test_settlements_are_for_the_parties_of_the_agreement(api: Members) -> None:
    known, unknown = b"\x01" * 32, b"\x02" * 32
    api.agreements[known] = frozenset({OURS, THIRD})
    found = {}
    for organisation in (OURS, OTHERS, THIRD):
        token = bearer(api.log_in(api.roll.elsewhere(organisation, EVERY_ROLE)))
        for agreement in (known, unknown):
            answer = api.world.client.get(f"/agreements/0x{agreement.hex()}/settlements", headers=token)
            found[organisation, agreement] = answer.json()["code"]
    turned_away = {pair for pair, code in found.items() if code == "not-a-party"}
    assert turned_away == {(OTHERS, known)}


def _acts_as(api: Members, token: str, label: str | None) -> Any:
    parameters = {"account": label} if label else {}
    body = {**e.OBJECT, "eventID": f"urn:uuid:{label}-{len(token)}", "@context": e.CONTEXT}
    answer = api.world.client.post("/events", json=body, params=parameters, headers=JSON | bearer(token))
    return answer.status_code if answer.is_success else answer.json()["code"]


def test_a_member_acts_with_accounts_of_its_organisation_alone(api: Members) -> None:
    api.roll.here("stranger", OTHERS, EVERY_ROLE)
    ours = api.log_in(api.roll.elsewhere(OURS, Role.CAPTURE_EVENTS))
    theirs = api.log_in(api.roll.elsewhere(OTHERS, Role.CAPTURE_EVENTS))
    assert _acts_as(api, ours, "capturer") == 201
    assert _acts_as(api, ours, "stranger") == "foreign-account"
    assert _acts_as(api, ours, "no-such-label") == "foreign-account"
    assert _acts_as(api, theirs, "capturer") == "foreign-account"
    assert _acts_as(api, theirs, None) == "foreign-account"  # the server's own account is not theirs
    assert _acts_as(api, ours, "../capturer") == "invalid-input"


def test_a_member_whose_key_is_here_acts_with_it_unless_it_names_another(api: Members) -> None:
    here = api.roll.here("capturer-2", OURS, Role.CAPTURE_EVENTS)
    # The simulated chain signs with ``capturer`` alone: what names another key is not found behind the door.
    assert _acts_as(api, api.log_in(here), None) == "not-found"
    assert _acts_as(api, api.log_in(here), "capturer") == 201


def test_one_key_under_two_labels_is_one_account(api: Members) -> None:
    here = api.roll.here("a-key", OURS, Role.CAPTURE_EVENTS)
    shutil.copy2(key_path(api.roll.home.keys, "a-key"), key_path(api.roll.home.keys, "same"))
    token = api.log_in(here)
    told = api.world.client.get("/login", headers=bearer(token)).json()
    assert told["accounts"] == ["a-key", "capturer", "same"]
    assert [_acts_as(api, token, label) for label in ("a-key", "same")] == ["not-found"] * 2


def test_a_key_that_is_replaced_on_disk_is_judged_by_what_signs(api: Members) -> None:
    signs = api.roll.elsewhere(OTHERS, EVERY_ROLE)
    home = api.world.door.login.home
    home._signer = lambda _: bytes.fromhex(signs.address[2:])
    token = api.log_in(api.roll.elsewhere(OURS, Role.CAPTURE_EVENTS))
    assert _acts_as(api, token, "capturer") == "foreign-account"


def test_a_suspended_account_of_the_home_is_nobodys(api: Members) -> None:
    token = api.log_in(api.roll.elsewhere(OURS, Role.CAPTURE_EVENTS))
    address = cast("bytes", next(iter(api.roll.members)))
    api.roll.suspended.add(address)
    assert _acts_as(api, token, "capturer") == "foreign-account"


def test_nobody_fills_the_disk_of_an_organisation_that_is_not_its_own(api: Members) -> None:
    asked = {"content": b"-", "headers": JSON | bearer(api.log_in(api.roll.elsewhere(OTHERS, EVERY_ROLE)))}
    refused = api.world.client.post("/readings", **asked)  # type: ignore[arg-type]
    assert (refused.status_code, refused.json()["code"]) == (403, "not-a-party")
    asked["headers"] = JSON | bearer(api.log_in(api.roll.elsewhere(OURS, EVERY_ROLE)))
    assert api.world.client.post("/readings", **asked).json()["code"] == "malformed-json"  # type: ignore[arg-type]
