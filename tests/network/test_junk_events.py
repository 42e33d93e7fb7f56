"""A stranger lists 10,100 events of one item: the brand's history stays as it is, and proven, on every kind of node."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
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
from liveledger.chain.rpc.transport import RpcError
from liveledger.domain import gs1
from liveledger.domain.hashing import keccak
from liveledger.domain.home import LedgerHome
from liveledger.domain.item_keys import ItemKey
from liveledger.services.members import OrganisationDraft, Registrar
from liveledger.verifier.sections import MAX_LEAVES
from tests.api import events as e
from tests.api.ledger import RunningApi, api_of, run_cli, served
from tests.support.network import RunningNetwork, eventually, running_network

pytestmark = [pytest.mark.network, pytest.mark.slow, pytest.mark.timeout(1_800)]
JUNK = 10_100
AT_ONCE = 500
GAS = 200_000
ITEM = "https://id.gs1.org/01/09521234567899/21/500"
STRANGER_GLN = int(gs1.with_check_digit("690123410399"))
# geth keeps the states of so many blocks in a compact node.
COMPACT_BLOCKS = 128


@dataclass(frozen=True)
class Flooded:
    """A ledger of an archive and a compact node after the flood, each with an API of its own."""

    archive: RunningApi
    compact: LedgerHome
    stranger: int
    told: str

    def homes(self) -> tuple[LedgerHome, LedgerHome]:
        return self.archive.home, self.compact


@pytest.fixture(scope="module")
def flooded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flooded]:
    folder = tmp_path_factory.mktemp("junk")
    with running_network(folder / "one", validators=2, compact=[1]) as net, api_of(net) as api:
        number, account = admit_stranger(api)
        with second_home(folder / "two", net) as compact:
            captured(api, 1)
            began, first = time.monotonic(), net.height()
            junk(api, account)
            seconds, blocks = time.monotonic() - began, net.height() - first
            captured(api, 2)
            net.wait_height(net.height() + COMPACT_BLOCKS + 10, seconds=600.0)
            told = f"junk: {JUNK:,} anchors of one item in {seconds:.0f} s and {blocks} blocks of two validators"
            yield Flooded(api, compact, number, told)


def admit_stranger(api: RunningApi) -> tuple[int, LocalAccount]:
    """An organisation that nobody approved, with an account that may capture events."""
    outbox = open_outbox(api.ledger)
    registrar = Registrar(Sender(api.ledger, load_account(api.home, "administrator"), outbox))
    draft = OrganisationDraft(OrganisationKind.LOGISTICS, STRANGER_GLN, bytes(32))
    (number,) = registrar.register_organisations([draft])
    account: LocalAccount = Account.create()
    registrar.register_accounts([(account, number, Role.CAPTURE_EVENTS)])
    outbox.close()
    return number, account


@contextmanager
def second_home(folder: Path, net: RunningNetwork) -> Iterator[LedgerHome]:
    """A home whose only node is the second one of ``net``, as another organisation on another host has it."""
    home = LedgerHome(folder, net.home.name)
    home.node().directory.parent.mkdir(parents=True)
    home.node().directory.symlink_to(net.home.node(1).directory)
    replace(net.network, hosted=(net.network.nodes[1].node_id,)).save(home)
    home.trust.write_bytes(net.home.trust.read_bytes())
    home.set_login(required=False)
    with served(home):
        yield home


def captured(api: RunningApi, number: int) -> None:
    """One more event of the item by the operator, which the brand approved; waits until the history has it."""
    address = f"/items/{quote(ITEM, safe='')}/events"
    event = {**e.SPELLED[0], "eventID": f"urn:uuid:flooded-{number}", "epcList": [ITEM]}
    assert api.http.post("/capture", json=e.document(event)).status_code == 202

    def listed() -> int:
        return len(api.get(address, proof="true").json()["answer"]["events"])

    eventually(f"event {number} is proven", lambda: listed() == number)


def traced(home: LedgerHome, *which: str, expect: int = 0) -> dict[str, Any]:
    """The item's history as a home's command line has it from its own API, proven."""
    done = run_cli(home, "item", "trace", ITEM, *which, "--json", expect=expect)
    return dict(json.loads(done.stdout))


def junk(api: RunningApi, account: LocalAccount) -> None:
    """Hands in all of the junk, some hundreds at once, as fast as the ledger takes it, and waits for the last of it."""
    key = ItemKey.of(ITEM)
    target, fees = api.ledger.manifest.address("Provenance"), fees_for(1_000)

    def one(nonce: int) -> bytes:
        data = provenance.Anchor(keccak(nonce.to_bytes(8)), bytes(32), [key.gtin], [key.uri]).calldata()
        chain = api.ledger.evm_chain_id
        return sign(account, evm_chain_id=chain, nonce=nonce, target=target, data=data, gas=GAS, fees=fees).raw

    for first in range(0, JUNK, AT_ONCE):
        handed_in(api, [one(nonce) for nonce in range(first, min(first + AT_ONCE, JUNK))])
    eventually("all of it is in blocks", lambda: sent(api, account) == JUNK, 600.0)


def handed_in(api: RunningApi, raws: list[bytes]) -> None:
    """Hands in transactions in their order; what finds the organisation's share full comes again."""

    def all_taken() -> bool:
        refused = [answer for answer in api.ledger.send(raws) if isinstance(answer, RpcError)]
        assert all("waiting" in str(answer) for answer in refused), refused[0]
        return not refused

    eventually("the ledger takes the junk", all_taken, 300.0)


def sent(api: RunningApi, account: LocalAccount) -> int:
    return int(api.net.rpc("eth_getTransactionCount", account.address, "latest"), 16)


def test_the_brands_history_is_proven_on_both(flooded: Flooded, tell: Callable[[str], None]) -> None:
    tell(flooded.told)
    for home in flooded.homes():
        told = traced(home)
        assert told["verdict"]["verdict"] == "proven"
        assert told["answer"]["count"] == "2"
        assert [entry["standing"] for entry in told["answer"]["events"]] == ["approved"] * 2
        counts = {one["organisation"]: one["count"] for one in told["answer"]["others"] if one["count"] != "0"}
        assert counts == {str(flooded.stranger): str(JUNK)}
    documents = [entry["event"]["eventID"] for entry in traced(flooded.archive.home)["events"]]
    assert documents == ["urn:uuid:flooded-1", "urn:uuid:flooded-2"]


def test_the_strangers_newest_page_is_proven_on_both(flooded: Flooded) -> None:
    for home in flooded.homes():
        told = traced(home, "--of", str(flooded.stranger), "--first", str(JUNK - 2), "--limit", "2")
        assert (told["verdict"]["verdict"], told["answer"]["count"]) == ("proven", str(JUNK))
        assert len(told["answer"]["events"]) == 2


def test_the_strangers_oldest_page_is_proven_on_an_archive_and_elsewhere_a_hint(
    flooded: Flooded, tell: Callable[[str], None]
) -> None:
    oldest = ("--of", str(flooded.stranger), "--first", "0", "--limit", "2")
    told = traced(flooded.archive.home, *oldest)
    assert told["verdict"]["verdict"] == "proven"
    assert [entry["standing"] for entry in told["answer"]["events"]] == ["none"] * 2
    assert 2 < int(told["answer"]["count"]) <= MAX_LEAVES < JUNK  # it was so long at the block of the proof
    refused = run_cli(flooded.compact, "item", "trace", ITEM, *oldest, "--json", expect=2)
    tell(f"junk: the oldest page on a compact node: {refused.stderr.strip() or refused.stdout.strip()}")
    assert "archive" in refused.stdout + refused.stderr
