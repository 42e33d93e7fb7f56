"""Items, hash ids and salted hashes of events."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from epcis_event_hash_generator import hash_generator, json_to_py
from liveledger.domain.errors import InvalidInput
from liveledger.domain.hashing import keccak
from liveledger_api.epcis.identity import MAX_ITEMS, event_hash, hash_id, items_of

from tests.api import events as e


def reference_id(event: dict[str, Any]) -> str:
    """The id as the reference implementation makes it."""
    json_to_py._namespaces.clear()
    tree = json_to_py.event_list_from_epcis_document_json(e.document(event))
    (made,) = hash_generator.epcis_hashes_from_events(tree)
    return str(made)


@pytest.mark.parametrize(
    "event", [event for event in e.ALL if event is not e.TRANSACTION], ids=lambda event: event["type"]
)
def test_hash_ids_are_those_of_the_reference(event: dict[str, Any]) -> None:
    assert hash_id(event, e.CONTEXT) == reference_id(event)


def test_a_transaction_without_type_has_an_id() -> None:
    typed = copy.deepcopy(e.TRANSACTION)
    typed["bizTransactionList"] = [{"type": "po", **typed["bizTransactionList"][0]}]
    ids = {hash_id(e.TRANSACTION, e.CONTEXT), hash_id(typed, e.CONTEXT)}
    assert len(ids) == 2
    assert hash_id(typed, e.CONTEXT) == reference_id(typed)


def test_the_id_is_blind_to_order_spelling_and_error_declarations() -> None:
    same = dict(reversed(copy.deepcopy(e.OBJECT).items()))
    same["epcList"] = list(reversed(same["epcList"]))
    same["eventTime"] = "2026-11-10T00:00:00.000Z"
    same["errorDeclaration"] = {"declarationTime": "2026-11-12T00:00:00Z"}
    assert hash_id(same, e.CONTEXT) == hash_id(e.OBJECT, e.CONTEXT)


def test_contexts_of_others_are_never_fetched() -> None:
    elsewhere = [*e.CONTEXT, "https://context.example.com/never-there.jsonld"]
    assert hash_id(e.OBJECT, elsewhere) == hash_id(e.OBJECT, e.CONTEXT)


def test_a_context_may_redefine_nothing() -> None:
    assert hash_id(e.OBJECT, [*e.CONTEXT, {"cbvmda": "https://shop.example.com/other/"}]).startswith("ni:///sha-256;")


def test_items_are_all_epcs_and_classes() -> None:
    assert items_of(e.OBJECT) == [e.TEAPOT, e.TEACUP, e.LOT]
    assert items_of(e.AGGREGATION) == [e.PALLET, e.TEAPOT, e.LOT]
    assert items_of(e.TRANSFORMATION) == [e.TEAPOT, e.LOT]


def test_an_event_without_items_stands_under_its_own_id() -> None:
    assert items_of({**e.SENSED, "eventID": "urn:uuid:1"}) == ["urn:uuid:1"]


def test_too_many_items_are_refused() -> None:
    many = {**e.OBJECT, "epcList": [f"urn:epc:id:sgtin:6901234.005678.{i}" for i in range(MAX_ITEMS + 1)]}
    with pytest.raises(InvalidInput, match="at most"):
        items_of(many)


def test_the_hash_covers_salt_and_canonical_form() -> None:
    salt = bytes(range(16))
    assert event_hash(salt, {"b": 1, "a": "é"}) == keccak(salt + '{"a":"é","b":1}'.encode())
    assert event_hash(bytes(16), {"b": 1, "a": "é"}) != event_hash(salt, {"b": 1, "a": "é"})
