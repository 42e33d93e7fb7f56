"""Bundles of a real chain of four validators whose set changes while it runs.

These are the first tests of the folder's ledger: from genesis on they know each change of its set.
"""

from __future__ import annotations

import base64
import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from liveledger.bindings import provenance, stock_ledger
from liveledger.bindings.constants import OrganisationKind, Role
from liveledger.chain.accounts.accounts import address_of, load_account, load_or_create_account
from liveledger.chain.contracts.ledger import Ledger, open_ledger
from liveledger.chain.outbox.opening import open_outbox
from liveledger.chain.outbox.sender import Sender
from liveledger.chain.rpc.connection import connect
from liveledger.domain import event_fields
from liveledger.domain.hashing import hex_bytes
from liveledger.domain.item_keys import ItemKey
from liveledger.domain.movements import Kind, Movement, pack
from liveledger.index.database import sqlite_engine
from liveledger.index.follower import Index
from liveledger.prover.anchors import export_anchor
from liveledger.prover.errors import NothingToProve, ProofPending
from liveledger.prover.pending import when_verifiable
from liveledger.prover.prover import Prover
from liveledger.services.deployment import ADMINISTRATOR, deploy
from liveledger.services.members import OrganisationDraft, Registrar, SkuDraft
from liveledger.verifier import Question, TrustAnchor, encode_bundle, verify
from tests.support.network import RunningNetwork

pytestmark = [pytest.mark.network, pytest.mark.timeout(600)]
GLN = 6901234560000
GTIN = 6901234000016
ITEM = f"https://id.gs1.org/01/{GTIN:014}/21/1"
SALT = bytes(range(16))
EVENT = {"type": "ObjectEvent", "eventID": "urn:uuid:1", "epcList": [ITEM], "sensor": {"value": 4.5}}
ROLES = Role.POST_MOVEMENTS | Role.CAPTURE_EVENTS | Role.REGISTER_SKUS


@dataclass
class Scene:
    """A ledger on which things happened, and questions about them."""

    net: RunningNetwork
    ledger: Ledger
    prover: Prover
    index: Index
    questions: dict[str, dict[str, Any]]

    def document(self, event_hash: bytes) -> tuple[bytes, dict[str, Any]] | None:
        return (SALT, EVENT) if event_hash == event_fields.event_hash(SALT, EVENT) else None

    def disclosed(self, event_hash: bytes) -> tuple[bytes, dict[str, Any], None] | None:
        found = self.document(event_hash)
        return None if found is None else (*found, None)

    def readings(self, _root: bytes) -> None:
        return None

    def prove(self, view: str, **options: Any) -> tuple[Question, bytes]:
        """The bundle, as soon as its block is verifiable."""
        question = Question.parse({"view": view, "parameters": self.questions[view]})

        def ask() -> bytes:
            self.index.catch_up()
            return encode_bundle(self.prover.prove(question, **options))

        return question, when_verifiable(ask)


@pytest.fixture(scope="module")
def scene(four: RunningNetwork) -> Iterator[Scene]:
    deploy(four.home)
    ledger = open_ledger(four.home)
    outbox, engine = open_outbox(ledger), sqlite_engine(four.home.index)
    made = Scene(four, ledger, Prover(ledger, engine, export_anchor(ledger, 0)), Index(engine, ledger), {})
    made.prover = Prover(ledger, engine, export_anchor(ledger, 0), made)
    administrator = Registrar(Sender(ledger, load_account(ledger.home, ADMINISTRATOR), outbox))
    keys = [base64.b64decode(entry["pub_key"]["value"]) for entry in ledger.comet.validators(1)[:2]]
    act(made, administrator, keys)
    yield made
    for key in keys:  # as the other files of this folder expect them
        administrator.set_validator(key, 10)
        four.wait_blocks(3)
    outbox.close()
    ledger.close()


def act(scene: Scene, administrator: Registrar, keys: list[bytes]) -> None:
    """Registers, posts, anchors, and changes the validators in between."""
    ledger, outbox = scene.ledger, administrator.sender.outbox
    account = load_or_create_account(ledger.home, "brand")
    (brand,) = administrator.register_organisations([OrganisationDraft(OrganisationKind.BRAND, GLN + 90, bytes(32))])
    administrator.register_accounts([(account, brand, ROLES)])
    (place,) = administrator.register_places([(brand, GLN)])
    sender, stock = Sender(ledger, account, outbox), ledger.manifest.address("StockLedger")
    sku = Registrar(sender).register_skus(stock, brand, [SkuDraft("TEA", GTIN)])["TEA"]
    anchors = ledger.manifest.address("Provenance")
    Registrar(sender).claim_gtins(anchors, brand, {sku: GTIN})
    now = int(time.time()) - 60
    outcome = None
    for sequence in range(3):
        moves = [Movement(sku, Kind.RECEIVE, 0, place, 10 + sequence, now), Movement(sku, Kind.SELL, place, 0, 1, now)]
        call = stock_ledger.Post(0, sequence, bytes(32), pack(moves))
        outcome = sender.run(f"post-{sequence}", stock, call.calldata())
        if sequence < 2:
            administrator.set_validator(keys[sequence], 11 + sequence)
            scene.net.wait_blocks(3)
    key = ItemKey.of(ITEM)
    anchor = provenance.Anchor(event_fields.event_hash(SALT, EVENT), bytes(32), [key.gtin], [key.uri])
    sender.run("event", anchors, anchor.calldata())
    poster = hex_bytes(address_of(account))
    assert outcome is not None
    scene.questions |= {
        "stock/2": {"brand": str(brand), "sku": "TEA", "place": str(GLN), "lot": ""},
        "stock-lots/2": {"brand": str(brand), "sku": "TEA", "place": str(GLN), "first": "0", "limit": "62"},
        "sku-movements/2": {"brand": str(brand), "sku": "TEA", "first": "3", "limit": "2"},
        "item-events/2": {"item": ITEM},
        "poster-batches/1": {"poster": poster, "lane": "0"},
        "movement/2": {"poster": poster, "lane": "0", "sequence": "1", "index": "0"},
        "transaction/1": {"hash": hex_bytes(outcome.tx_hash)},
        "settlement/1": {"agreement": "0x" + "11" * 32},
        "reports/1": {"feed": "0x" + "22" * 32},
        "raw-storage/1": {"address": "0x" + "77" * 20, "slots": ["0x" + "00" * 32]},
    }


VIEWS = (
    "stock/2",
    "stock-lots/2",
    "sku-movements/2",
    "item-events/2",
    "poster-batches/1",
    "movement/2",
    "transaction/1",
    "settlement/1",
    "reports/1",
    "raw-storage/1",
)


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_over_real_set_changes(scene: Scene, view: str) -> None:
    question, bundle = scene.prove(view)
    anchor = TrustAnchor.parse(export_anchor(scene.ledger, 0).emit())
    verdict = verify(bundle, anchor=anchor, question=question, now=int(time.time()))
    record(view, anchor, question, bundle)
    if view in ("stock/2", "item-events/2"):
        assert len(json.loads(bundle)["set_changes"]) == 2
        assert verdict.total_power == 11 + 12 + 10 + 10
    for height in range(0, verdict.block + 1, 3):
        newer = export_anchor(scene.ledger, height)
        assert verify(bundle, anchor=newer, question=question, now=int(time.time())).answer == verdict.answer


def record(view: str, anchor: TrustAnchor, question: Question, bundle: bytes) -> None:
    """Keeps what was proven as a vector, in the folder that LIVELEDGER_RECORD names."""
    folder = os.environ.get("LIVELEDGER_RECORD")
    if folder:
        content = {"anchor": anchor.as_json(), "question": question.as_json(), "bundle": bundle.decode()}
        name = view.replace("/", "-") + ".json"
        (Path(folder) / name).write_text(json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n")


def test_answers(scene: Scene) -> None:
    question, bundle = scene.prove("stock/2")
    anchor = export_anchor(scene.ledger, 0)
    assert verify(bundle, anchor=anchor, question=question, now=int(time.time())).answer["available"] == "30"
    question, bundle = scene.prove("sku-movements/2")
    answer = verify(bundle, anchor=anchor, question=question, now=int(time.time())).answer
    assert [entry["index"] for entry in answer["movements"]] == ["3", "4"]
    assert answer["count"] == "6"
    question, bundle = scene.prove("item-events/2")
    answer = verify(bundle, anchor=anchor, question=question, now=int(time.time())).answer
    (entry,) = answer["events"]
    assert (entry["event"], entry["standing"], answer["others"]) == (EVENT, "brand", [])
    assert answer["claimed_by"] == [entry["by"]]


def test_anchors_are_the_same_bytes_on_every_node(scene: Scene) -> None:
    top = scene.net.height() - 1
    for node in range(4):
        scene.net.wait_height(top + 1, node)
    connections = [connect(scene.net.home, node=node) for node in range(4)]
    try:
        for height in (0, 1, 2, top // 2, top):
            assert len({export_anchor(connection, height).emit() for connection in connections}) == 1
        with pytest.raises(ProofPending):
            export_anchor(connections[0], scene.net.height() + 1_000)
    finally:
        for connection in connections:
            connection.close()


def test_a_block_that_is_not_there_yet_is_pending(scene: Scene) -> None:
    question = Question.parse({"view": "stock/2", "parameters": scene.questions["stock/2"]})
    with pytest.raises(ProofPending) as caught:
        scene.prover.prove(question, height=scene.net.height() + 1_000)
    assert caught.value.retry_after >= 1
    unknown = Question.parse({"view": "transaction/1", "parameters": {"hash": "0x" + "00" * 32}})
    with pytest.raises(NothingToProve):
        scene.prover.prove(unknown)
