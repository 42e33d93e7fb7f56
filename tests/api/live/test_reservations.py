"""Reservations by an account of their own, on a running ledger: posted, shipped from, and in line once it is gone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from liveledger.bindings import consortium
from liveledger.bindings.constants import CONSORTIUM_ADDRESS, Role, Status
from liveledger.chain.accounts.accounts import address_of, load_account, load_or_create_account
from liveledger.chain.outbox.opening import open_outbox
from liveledger.chain.outbox.sender import Sender
from liveledger.chain.rpc.finality import final_height
from liveledger.domain.hashing import hex_bytes
from liveledger.domain.keys import reservations_label
from liveledger.domain.member_words import organisation_of
from liveledger.services.members import Registrar
from tests.api.ledger import SHOP, WAREHOUSE, RunningApi
from tests.support.network import eventually

pytestmark = pytest.mark.network
OWN = "operator"


@pytest.fixture(scope="module")
def apart(api: RunningApi) -> Iterator[str]:
    """The address of the account for reservations, which is suspended again in the end."""
    ledger, outbox = api.ledger, open_outbox(api.ledger)
    account = load_or_create_account(api.home, reservations_label(OWN))
    sender = Sender(ledger, load_account(api.home, "administrator"), outbox)
    asked = consortium.MemberOf(address_of(load_account(api.home, OWN))).calldata()
    word = ledger.execution.call(CONSORTIUM_ADDRESS, asked, final_height(ledger))
    number = organisation_of(consortium.decode_member_of(word))
    assert reservations(api) == "in-line"
    Registrar(sender).register_accounts([(account, number, Role.POST_MOVEMENTS)])
    eventually("the server posts by it", lambda: reservations(api) == "own-account", 30.0)
    yield hex_bytes(address_of(account))
    call = consortium.SetAccount(address_of(account), Status.SUSPENDED, 0)
    sender.run("suspend-reservations", CONSORTIUM_ADDRESS, call.calldata())
    eventually("the server posts in line", lambda: reservations(api) == "in-line", 30.0)
    outbox.close()


def reservations(api: RunningApi) -> str:
    return str(api.http.get("/health/ready").json()["reservations"])


def post(api: RunningApi, message_id: str, kind: str, quantity: int, **rest: str) -> dict[str, str]:
    answer = api.http.post("/movements", json=api.movement(message_id, kind, quantity, **rest))
    assert answer.status_code == 202, answer.text
    return dict(answer.json())


def test_a_reservation_goes_by_it_and_a_shipment_rests_on_it(api: RunningApi, apart: str) -> None:
    received = post(api, "apart-1", "receive", 10, to=WAREHOUSE)
    reserved = post(api, "apart-2", "reserve", 4, **{"from": WAREHOUSE})
    post(api, "apart-3", "ship", 3, **{"from": WAREHOUSE, "to": SHOP})
    assert (reserved["poster"], received["poster"] != apart) == (apart, True)
    states = {name: api.final(name) for name in ("apart-1", "apart-2", "apart-3")}
    assert (states["apart-2"]["poster"], states["apart-3"]["poster"]) == (apart, received["poster"])
    assert int(states["apart-1"]["block"]) <= int(states["apart-2"]["block"]) <= int(states["apart-3"]["block"])
    answer = api.get(f"/stock/{api.brand}/TEA-1/{WAREHOUSE}").json()["answer"]
    assert (answer["available"], answer["reserved"]) == ("6", "1")


def test_of_a_partial_request_only_what_stands_alone_goes_by_it(api: RunningApi, apart: str) -> None:
    post(api, "apart-4", "receive", 5, to=SHOP)
    api.final("apart-4")
    sent = [
        api.movement("apart-5", "reserve", 2, **{"from": SHOP}),
        api.movement("apart-6", "receive", 1, to=WAREHOUSE),
        api.movement("apart-7", "reserve", 1, **{"from": WAREHOUSE}),
        api.movement("apart-8", "reserve", 99, **{"from": SHOP}),
    ]
    answer = api.http.post("/movements?partial=true", json=sent).json()
    assert (answer["accepted"], answer["reservations_poster"]) == (3, apart)
    assert [(one["record"], one["id"]) for one in answer["refused"]] == [(3, "apart-8")]
    assert [api.final(f"apart-{number}")["poster"] == apart for number in (5, 6, 7)] == [True, False, False]
