"""Declarations of error: before their event, in its list, in another spelling."""

from __future__ import annotations

from typing import Any

import pytest

from liveledger.domain.item_keys import ItemKey
from tests.api import events as e
from tests.api.support import World, send

DECLARED = {"errorDeclaration": {"declarationTime": "2026-11-12T00:00:00Z", "reason": "incorrect_data"}}


def listed(world: World, event_id: str) -> list[dict[str, Any]]:
    """The events with an id, as the API lists them."""
    found = world.client.get(f"/events/{event_id}").json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    return list(found)


def test_a_declaration_may_come_before_its_event(world: World) -> None:
    event = e.alone(e.OBJECT, eventID="urn:uuid:9")
    first = world.client.post("/events", json={**event, **DECLARED})
    assert first.status_code == 201
    world.settle()
    second = world.client.post("/events", json=event)
    assert second.status_code == 201, second.text
    assert second.json()["errorDeclaredBy"] == [first.json()["eventHash"]]
    assert (second.json()["corrects"], second.json()["declaresErrorOf"]) == ("0x" + "00" * 32, None)
    world.settle()
    assert listed(world, "urn:uuid:9") == [event, {**event, **DECLARED}]
    rows = world.events.with_id("urn:uuid:9", lambda _: True)
    assert [row["state"] for row in rows] == ["anchored"] * 2
    assert rows[1]["declaresErrorOf"] == rows[0]["eventHash"]
    again = {**event, "errorDeclaration": {"declarationTime": "2026-11-13T00:00:00Z"}}
    third = world.client.post("/events", json=again).json()
    assert third["corrects"] == third["declaresErrorOf"] == rows[0]["eventHash"]
    for body in (event, {**event, **DECLARED}, {**event, "bizStep": "storing"}):
        assert world.client.post("/events", json=body).status_code == 409


@pytest.mark.parametrize("event", [{**e.OBJECT, "eventID": "urn:uuid:9"}, e.OBJECT], ids=["id", "hash id"])
def test_in_one_list_the_event_is_anchored_first(world: World, event: dict[str, Any]) -> None:
    job = send(world, e.document({**event, **DECLARED}, e.AGGREGATION, event))
    assert (job["errors"], len(job["events"])) == ([], 3)
    assert job["events"][0]["eventID"] == job["events"][2]["eventID"]
    world.settle()
    original, declaration = world.events.with_id(job["events"][0]["eventID"], lambda _: True)
    assert declaration["corrects"] == original["eventHash"] == job["events"][2]["eventHash"]
    assert [row["state"] for row in (original, declaration)] == ["anchored"] * 2


def test_declarations_alone_are_kept_and_declare_nothing_yet(world: World) -> None:
    bodies = [
        e.alone(e.OBJECT, eventID="urn:uuid:9", errorDeclaration={"declarationTime": f"2026-11-1{day}T00:00:00Z"})
        for day in (2, 3)
    ]
    for body in bodies:
        made = world.client.post("/events", json=body).json()
        assert (made["corrects"], made["declaresErrorOf"]) == ("0x" + "00" * 32, None)
    world.settle()
    assert [row["state"] for row in world.events.with_id("urn:uuid:9", lambda _: True)] == ["anchored"] * 2


def test_an_early_declaration_of_other_items_keeps_no_event_out(world: World) -> None:
    event = e.alone(e.OBJECT, eventID="urn:uuid:9")
    world.client.post("/events", json={**event, "epcList": [e.TEAPOT], **DECLARED})
    made = world.client.post("/events", json=event)
    assert (made.status_code, made.json()["errorDeclaredBy"]) == (201, [])


def test_the_errors_of_a_document_are_in_its_order(world: World) -> None:
    twice = {**e.OBJECT, "eventID": "urn:uuid:9"}
    other = {**twice, "epcList": [e.TEAPOT], **DECLARED}
    job = send(world, e.document(other, twice, twice), **{"GS1-Capture-Error-Behaviour": "proceed"})
    assert [error["path"] for error in job["errors"]] == ["/epcisBody/eventList/0", "/epcisBody/eventList/2"]
    assert len(job["events"]) == 1


TEAPOT_LINK = "https://id.gs1.org/01/06901234056785/21/1001"


SHOP_LINK = "https://shop.example.com/01/6901234056785/21/1001?11=261110"


def test_a_declaration_may_spell_its_items_in_another_way(world: World) -> None:
    event = e.alone(e.TRANSACTION, eventID="urn:uuid:9", epcList=[e.TEAPOT])
    first = world.client.post("/events", json=event).json()
    second = world.client.post("/events", json={**event, "epcList": [TEAPOT_LINK], **DECLARED})
    assert second.status_code == 201, second.text
    assert second.json()["corrects"] == first["eventHash"]
    assert second.json()["declaresErrorOf"] == first["eventHash"]
    other = {**event, "epcList": [TEAPOT_LINK.replace("1001", "1002")], **DECLARED}
    refused = world.client.post("/events", json=other)
    assert refused.status_code == 400
    assert TEAPOT_LINK in refused.json()["detail"]


def test_spellings_of_one_item_are_one_item_of_the_anchor(world: World) -> None:
    event = e.alone(e.TRANSACTION, epcList=[e.TEAPOT, TEAPOT_LINK, SHOP_LINK, "urn:uuid:1"])
    assert world.client.post("/events", json=event).status_code == 201
    world.settle()
    (call,) = world.chain.submitted.values()
    keys = sorted([ItemKey.of("urn:uuid:1"), ItemKey.of(TEAPOT_LINK)])
    assert [key.gtin for key in keys] == [0, 6901234056785]
    assert b"".join(key.uri for key in keys) in call
