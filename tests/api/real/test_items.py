"""Events of items on a real validator: captured, anchored, traced under every spelling."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.api import events as e
from tests.api.ledger import RunningApi
from tests.support.network import eventually

pytestmark = pytest.mark.network


def test_an_item_is_traced_with_its_documents(api: RunningApi) -> None:
    response = api.http.post("/capture", json=e.document(e.OBJECT, e.AGGREGATION, e.SENSED))
    assert response.status_code == 202
    path = response.headers["Location"]
    eventually(
        "all events are anchored",
        lambda: [event["state"] for event in api.http.get(path).json()["events"]] == ["anchored"] * 3,
        30.0,
    )
    created = api.http.post("/events", json=e.alone(e.TRANSFORMATION, eventID="urn:uuid:77"))
    assert created.status_code == 201
    wrong = e.alone(
        e.TRANSFORMATION, eventID="urn:uuid:77", errorDeclaration={"declarationTime": "2026-11-12T00:00:00Z"}
    )
    assert api.http.post("/events", json=wrong).status_code == 201
    eventually(
        "the declaration is anchored",
        lambda: api.get(f"/items/{e.TEAPOT}/events", proof="true").json()["answer"]["count"] == "4",
        30.0,
    )
    answer = json.loads(api.cli("item", "trace", e.TEAPOT, "--json").stdout)
    assert answer["verdict"]["verdict"] == "proven"
    listed = answer["answer"]["events"]
    assert [entry["event"]["type"] for entry in listed] == [
        "ObjectEvent",
        "AggregationEvent",
        "TransformationEvent",
        "TransformationEvent",
    ]
    assert listed[3]["corrects"] == listed[2]["event_hash"]
    part = json.loads(api.cli("item", "trace", e.TEAPOT, "--first", "1", "--limit", "2", "--json").stdout)["answer"]
    assert (part["count"], part["events"]) == ("4", answer["answer"]["events"][1:3])
    assert "there are 4 events, none from number 9 on" in api.cli("item", "trace", e.TEAPOT, "--first", "9").stdout
    plain = api.get(f"/items/{e.TEAPOT}/events").json()["answer"]
    assert plain == answer["answer"]


def anchored(api: RunningApi, *events: dict[str, Any]) -> None:
    """Captures events and waits until each is anchored and can be proven."""
    path = api.http.post("/capture", json=e.document(*events)).headers["Location"]
    eventually(
        "all events are anchored",
        lambda: [event["state"] for event in api.http.get(path).json()["events"]] == ["anchored"] * len(events),
        30.0,
    )


def test_one_item_has_one_history_under_every_spelling(api: RunningApi, tmp_path: Path) -> None:
    urn, link, shop = e.SPELLINGS
    anchored(api, *e.SPELLED)
    eventually(
        "both are proven",
        lambda: api.get(f"/items/{quote(urn, safe='')}/events", proof="true").json()["answer"]["count"] == "2",
        30.0,
    )
    for spelling in (urn, link, shop, "urn:epc:id:sgtin:952123.0456789.77"):
        traced = json.loads(api.cli("item", "trace", spelling, "--json").stdout)
        assert (traced["item"], traced["verdict"]["verdict"]) == (link, "proven")
        assert [(entry["event"]["eventID"], entry["names_item"]) for entry in traced["events"]] == [
            ("urn:uuid:item-1", True),
            ("urn:uuid:item-2", True),
        ]
        assert [entry["standing"] for entry in traced["answer"]["events"]] == ["approved"] * 2
        served = api.get(f"/items/{quote(spelling, safe='')}/events", proof="true").json()
        assert served["item"] == link
        assert str(api.brand) in served["answer"]["claimed_by"]
        assert served["proof"]["format"] == "liveledger-proof/2"
    file = tmp_path / "history.json"
    api.cli("item", "trace", shop, "--proof", str(file))
    assert json.loads(file.read_bytes())["question"]["parameters"] == {"item": link}
    api.cli("item", "trace", urn, "--as-written", expect=3)
    broken = api.cli("item", "trace", link.replace("899/", "898/"), expect=2).stderr.replace("\n", " ")
    assert "its check digit is 9" in broken


def test_an_item_that_no_brand_claims_is_told_organisation_by_organisation(api: RunningApi) -> None:
    pallet = "urn:epc:id:sscc:9521234.0000000777"
    anchored(api, {**e.SPELLED[0], "eventID": "urn:uuid:pallet-1", "epcList": [pallet]})
    eventually(
        "it is proven",
        lambda: api.get(f"/items/{quote(pallet, safe='')}/events", proof="true").json()["answer"]["others"] != [],
        30.0,
    )
    traced = json.loads(api.cli("item", "trace", pallet, "--json").stdout)
    (other,) = traced["answer"]["others"]
    assert (traced["answer"]["organisation"], other["count"]) == (None, "1")
    assert [entry["event"]["eventID"] for entry in traced["events"]] == ["urn:uuid:pallet-1"]
    assert traced["lists_of_others"][0]["verdict"]["verdict"] == "proven"
    alone = json.loads(api.cli("item", "trace", pallet, "--of", other["organisation"], "--json").stdout)
    assert (alone["answer"]["count"], alone["answer"]["others"]) == ("1", None)


def test_a_stranger_cannot_capture(api: RunningApi) -> None:
    refused = api.http.post("/events", json=e.alone(e.TRANSACTION), params={"account": "stranger"})
    assert refused.status_code == 409
    assert refused.json()["reason"] == "ConsortiumMissingRole"
    assert "has not the role capture-events" in refused.json()["detail"]
