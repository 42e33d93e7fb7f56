"""A stranger lists 10,100 events of one item on a running ledger: the brand's history stays as it is, and proven."""

from __future__ import annotations

import json
from functools import partial
from urllib.parse import quote

import pytest
from eth_account import Account
from eth_account.signers.local import LocalAccount

from liveledger.bindings import provenance
from liveledger.bindings.constants import OrganisationKind, Role
from liveledger.chain.accounts.accounts import load_account
from liveledger.chain.outbox.opening import open_outbox
from liveledger.chain.outbox.sender import Sender
from liveledger.chain.outbox.signing import fees_for, sign
from liveledger.domain import gs1
from liveledger.domain.hashing import hex_bytes, keccak
from liveledger.domain.item_keys import ItemKey
from liveledger.services.members import OrganisationDraft, Registrar
from tests.api import events as e
from tests.api.ledger import RunningApi
from tests.support.network import eventually

pytestmark = [pytest.mark.network, pytest.mark.slow, pytest.mark.timeout(1_800)]
JUNK = 10_100
GAS = 200_000
ITEM = "https://id.gs1.org/01/09521234567899/21/500"
STRANGER_GLN = int(gs1.with_check_digit("690123410399"))


@pytest.fixture
def stranger(api: RunningApi) -> tuple[int, LocalAccount]:
    """An organisation that nobody approved, with an account that may capture events."""
    outbox = open_outbox(api.ledger)
    registrar = Registrar(Sender(api.ledger, load_account(api.home, "administrator"), outbox))
    draft = OrganisationDraft(OrganisationKind.LOGISTICS, STRANGER_GLN, bytes(32))
    (number,) = registrar.register_organisations([draft])
    account: LocalAccount = Account.create()
    registrar.register_accounts([(account, number, Role.CAPTURE_EVENTS)])
    outbox.close()
    return number, account


def captured(api: RunningApi, number: int) -> None:
    """One more event of the item by the operator, which the brand approved; waits until the history has it."""
    event = {**e.SPELLED[0], "eventID": f"urn:uuid:flooded-{number}", "epcList": [ITEM]}
    assert api.http.post("/capture", json=e.document(event)).status_code == 202
    eventually(f"event {number} is proven", lambda: len(history(api)["answer"]["events"]) == number, 120.0)


def history(api: RunningApi) -> dict[str, dict[str, list[dict[str, str]]]]:
    """The item's history as the API answers and proves it."""
    return dict(api.get(f"/items/{quote(ITEM, safe='')}/events", proof="true").json())


def junk(api: RunningApi, account: LocalAccount) -> None:
    """Hands in all of the junk, as fast as the ledger takes it, and waits for the last of it."""
    key, chain = ItemKey.of(ITEM), api.net.network.evm_chain_id
    target, fees = api.ledger.manifest.address("Provenance"), fees_for(1_000)
    for nonce in range(JUNK):
        data = provenance.Anchor(keccak(nonce.to_bytes(8)), bytes(32), [key.gtin], [key.uri]).calldata()
        raw = sign(account, evm_chain_id=chain, nonce=nonce, target=target, data=data, gas=GAS, fees=fees).raw
        eventually(f"room for number {nonce}", partial(taken, api, raw), 600.0)
    eventually("all of it is in blocks", lambda: sent(api, account) == JUNK, 600.0)


def taken(api: RunningApi, raw: bytes) -> bool:
    """Whether the node takes a transaction now, rather than has its sender's share of what waits full."""
    answer = api.net.try_rpc("eth_sendRawTransaction", hex_bytes(raw))
    assert "result" in answer or "waiting" in answer["error"]["message"], answer
    return "result" in answer


def sent(api: RunningApi, account: LocalAccount) -> int:
    return int(api.net.rpc("eth_getTransactionCount", account.address, "latest"), 16)


def test_the_brands_history_under_ten_thousand_junk_events(api: RunningApi, stranger: tuple[int, LocalAccount]) -> None:
    number, account = stranger
    captured(api, 1)
    junk(api, account)
    captured(api, 2)
    traced = json.loads(api.cli("item", "trace", ITEM, "--json").stdout)
    assert traced["verdict"]["verdict"] == "proven"
    assert [entry["event"]["eventID"] for entry in traced["events"]] == ["urn:uuid:flooded-1", "urn:uuid:flooded-2"]
    others = {one["organisation"]: one["count"] for one in traced["answer"]["others"]}
    assert {other for other, count in others.items() if count != "0"} == {str(number)}
    assert others[str(number)] == str(JUNK)
    newest = ("--first", str(JUNK - 1), "--limit", "1")
    alone = json.loads(api.cli("item", "trace", ITEM, "--of", str(number), *newest, "--json").stdout)
    assert (alone["verdict"]["verdict"], len(alone["answer"]["events"])) == ("proven", 1)
