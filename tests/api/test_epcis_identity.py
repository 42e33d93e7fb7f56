"""Items, hash ids and salted hashes of events."""

from __future__ import annotations

import contextlib
import copy
from typing import Any

import pytest
from epcis_event_hash_generator import hash_generator, json_to_py
from hypothesis import given

from liveledger.domain.errors import InvalidInput
from liveledger_api.epcis.contexts import joined, prefixes
from liveledger_api.epcis.documents import read_document
from liveledger_api.epcis.identity import MAX_ITEMS, hash_id, items_of
from tests.api import events as e
from tests.api.test_epcis_form import JUNK


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
    for name in ("bizTransactionList", "sourceList", "destinationList"):
        same[name] = [dict(reversed(element.items())) for element in same[name]]
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


STANDARD = e.CONTEXT[0]


def note_id(context: Any) -> str:
    """The id of one and the same event, whose own field has the prefix ``ext``, in a context."""
    return hash_id({**e.SENSED, "ext:note": "shelf 7"}, context)


def test_a_prefix_counts_however_it_is_written() -> None:
    written = note_id([STANDARD, {"ext": "https://a.example/"}])
    assert written == note_id([STANDARD, {"ext": {"@id": "https://a.example/"}}])
    assert written == note_id([{"ext": {"@id": "https://a.example/", "@prefix": True}}, STANDARD])
    assert written == note_id([STANDARD, {"a": "https://a.example/", "ext": "a:"}])
    assert written != note_id([STANDARD, {"ext": {"@id": "https://b.example/"}}])
    assert written != note_id(STANDARD)


def test_of_two_definitions_the_later_one_counts() -> None:
    both = [STANDARD, {"ext": "https://a.example/"}, {"ext": {"@id": "https://b.example/"}}]
    assert note_id(both) == note_id([STANDARD, {"ext": "https://b.example/"}])


def test_an_own_context_adds_to_that_of_the_document() -> None:
    outer, own = [STANDARD, {"shop": "https://shop.example.com/"}], {"ext": "https://a.example/"}
    assert joined(outer, own) == [*outer, own]
    assert joined(outer, [STANDARD, own]) == [*outer, own]
    assert joined(outer, None) == outer
    assert joined(None, own) == own
    # What is defined anew is defined last, even if it stood there before.
    back = {"ext": "https://a.example/"}
    assert prefixes(joined([STANDARD, back, {"ext": "https://b.example/"}], back)) == {"ext": "https://a.example/"}


def test_an_event_with_its_own_context_has_the_id_that_the_whole_context_gives_it() -> None:
    event = {**e.SENSED, "ext:note": "shelf 7", "shop:note": "left"}
    own = {"@context": {"ext": {"@id": "https://a.example/"}}, **event}
    found, alone = (
        read_document(e.document(own))[0],
        read_document(e.document(event, **{"@context": [*e.CONTEXT, {"ext": "https://a.example/"}]}))[0],
    )
    assert not found.findings
    assert hash_id(found.event, found.context) == hash_id(alone.event, alone.context) == reference_of(alone.event)


def reference_of(event: dict[str, Any]) -> str:
    """The reference's id of an event whose prefix ``ext`` is defined in the document, as a text."""
    json_to_py._namespaces.clear()
    document = e.document(event, **{"@context": [*e.CONTEXT, {"ext": "https://a.example/"}]})
    (made,) = hash_generator.epcis_hashes_from_events(json_to_py.event_list_from_epcis_document_json(document))
    return str(made)


def test_the_prefix_of_an_own_event_type_counts() -> None:
    event = {**e.SENSED, "type": "ext:Weighing"}
    ids = {hash_id(event, [STANDARD, {"ext": target}]) for target in ("https://a.example/", "https://b.example/")}
    assert len(ids) == 2
    assert len(ids | {hash_id({**event, "type": "ext2:Weighing"}, [STANDARD, {"ext2": "https://a.example/"}])}) == 2


@given(JUNK)
def test_junk_in_a_context_is_harmless_or_refused(value: Any) -> None:
    with contextlib.suppress(InvalidInput):
        assert hash_id(e.SENSED, joined(STANDARD, value)).startswith("ni:///sha-256;")


@given(JUNK)
def test_junk_in_an_own_event_type_is_harmless_or_refused(value: Any) -> None:
    event = {**e.SENSED, "type": "ext:Weighing", "bizTransactionList": value, "ext:x": value}
    with contextlib.suppress(InvalidInput):
        assert hash_id(event, STANDARD).startswith("ni:///sha-256;")
