"""The form of EPCIS events: every type passes, every breach is named by its path."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveledger.domain.errors import LiveLedgerError
from liveledger_api.epcis.documents import FoundEvent, ValidationException, read_document, read_event
from tests.api import events as e

JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def paths(found: FoundEvent) -> list[str]:
    """Paths of an event's findings."""
    return [finding.path for finding in found.findings]


@pytest.mark.parametrize("event", e.ALL, ids=lambda event: event["type"])
def test_every_type_of_event_passes(event: dict[str, Any]) -> None:
    assert not read_event(e.alone(event)).findings
    (found,) = read_document(e.document(event))
    assert found.path == ("epcisBody", "eventList", 0)
    assert found.context == e.CONTEXT
    assert not found.findings


@pytest.mark.parametrize(
    ("event", "changes", "path"),
    [
        (e.OBJECT, {"bizStep": "shiping"}, "/bizStep"),
        (e.OBJECT, {"bizStep": "urn:epcglobal:cbv:bizstep:shipping"}, "/bizStep"),
        (e.OBJECT, {"disposition": 7}, "/disposition"),
        (e.OBJECT, {"action": "https://shop.example.com/destroy"}, "/action"),
        (e.OBJECT, {"eventTime": "2026-11-10T08:00:00"}, "/eventTime"),
        (e.OBJECT, {"eventTime": "2026-13-10T08:00:00Z"}, "/eventTime"),
        (e.OBJECT, {"eventTime": None}, "/eventTime"),
        (e.OBJECT, {"eventTimeZoneOffset": "+14:30"}, "/eventTimeZoneOffset"),
        (e.OBJECT, {"epcList": ["no uri"]}, "/epcList/0"),
        (e.OBJECT, {"epcList": [e.TEAPOT, e.TEAPOT]}, "/epcList"),
        (e.OBJECT, {"epcList": None, "quantityList": None, "sensorElementList": None}, ""),
        (e.OBJECT, {"action": "OBSERVE"}, "/ilmd"),
        (e.OBJECT, {"quantityList": [{"epcClass": e.LOT, "quantity": True}]}, "/quantityList/0/quantity"),
        (e.OBJECT, {"quantityList": [{"quantity": 2}]}, "/quantityList/0/epcClass"),
        (e.OBJECT, {"colour": "green"}, "/colour"),
        (e.OBJECT, {"ilmd": {"harvest": "2026"}}, "/ilmd/harvest"),
        (e.OBJECT, {"persistentDisposition": {}}, "/persistentDisposition"),
        (e.OBJECT, {"readPoint": {}}, "/readPoint/id"),
        (e.OBJECT, {"sensorElementList": [{"sensorReport": []}]}, "/sensorElementList/0/sensorReport"),
        (e.OBJECT, {"errorDeclaration": {"reason": "incorrect_data"}}, "/errorDeclaration/declarationTime"),
        (e.OBJECT, {"sourceList": [{"source": "urn:x:y"}]}, "/sourceList/0/type"),
        (e.OBJECT, {"certificationInfo": 3}, "/certificationInfo"),
        (e.AGGREGATION, {"childEPCs": [], "childQuantityList": None}, ""),
        (e.AGGREGATION, {"parentID": None}, "/parentID"),
        (e.ASSOCIATION, {"parentID": None}, "/parentID"),
        (e.TRANSACTION, {"bizTransactionList": []}, "/bizTransactionList"),
        (e.TRANSACTION, {"epcList": None}, ""),
        (e.TRANSFORMATION, {"outputEPCList": None}, ""),
        (e.TRANSFORMATION, {"action": "ADD"}, "/action"),
        (e.OBJECT, {"type": "QuantityEvent"}, "/type"),
        (e.OBJECT, {"@context": None}, "/@context"),
    ],
)
def test_a_breach_is_named_by_its_path(event: dict[str, Any], changes: dict[str, Any], path: str) -> None:
    changed = e.alone(event, **changes)
    assert paths(read_event(changed)) == [path]


def test_the_path_leads_through_the_document() -> None:
    broken = e.document(e.OBJECT, e.AGGREGATION, e.TRANSACTION, {**e.OBJECT, "bizStep": "shiping"})
    assert [finding.path for found in read_document(broken) for finding in found.findings] == [
        "/epcisBody/eventList/3/bizStep"
    ]


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"epcisBody": {}}, "/epcisBody/eventList"),
        ({"epcisBody": {"eventList": {}}}, "/epcisBody/eventList"),
        ({"schemaVersion": 2}, "/schemaVersion"),
        ({"creationDate": "today"}, "/creationDate"),
        ({"@context": 5}, "/@context"),
        (
            {"epcisHeader": {"epcisMasterData": {"vocabularyList": [{}]}}},
            "/epcisHeader/epcisMasterData/vocabularyList/0/type",
        ),
    ],
)
def test_a_broken_envelope_is_refused(changes: dict[str, Any], path: str) -> None:
    with pytest.raises(ValidationException) as caught:
        read_document(e.document(e.OBJECT, **changes))
    assert caught.value.details["path"] == path


def test_a_query_document_is_taken() -> None:
    body = {"queryResults": {"queryName": "SimpleEventQuery", "resultsBody": {"eventList": [e.OBJECT]}}}
    query = e.document(type="EPCISQueryDocument", epcisBody=body)
    (found,) = read_document(query)
    assert found.path == ("epcisBody", "queryResults", "resultsBody", "eventList", 0)
    assert not found.findings


@given(JUNK)
def test_junk_never_breaks_the_reader(value: Any) -> None:
    try:
        found = read_document(value)
    except LiveLedgerError:
        return
    assert all(event.findings for event in found)


@given(st.sampled_from(e.ALL), st.data())
def test_junk_in_any_field_is_found_or_harmless(event: dict[str, Any], data: st.DataObject) -> None:
    changed = e.alone(event)
    changed[data.draw(st.sampled_from(sorted(changed)))] = data.draw(JUNK)
    read_event(changed)
