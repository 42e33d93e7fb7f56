"""Capture of documents and events: jobs, duplicates, declarations of error, and what bad input leaves behind."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from liveledger.domain import documents, event_fields
from liveledger.domain.errors import ConfigurationError
from liveledger.domain.hashing import keccak
from liveledger_api.access.principals import LOCAL
from liveledger_api.store.schema import StoredReadings
from tests.api import events as e
from tests.api.support import World, send


def test_a_document_is_captured(world: World) -> None:
    response = world.client.post("/capture", json=e.document(*e.ALL))
    assert response.status_code == 202
    path = response.headers["Location"]
    assert world.client.get(path).json()["running"] is True
    world.settle()
    job = world.client.get(path).json()
    assert (job["success"], job["errors"]) == (True, [])
    assert [event["state"] for event in job["events"]] == ["anchored"] * len(e.ALL)
    assert len(world.chain.submitted) == len(e.ALL)
    assert world.client.get("/capture").json()[0]["captureID"] == job["captureID"]


def test_rollback_keeps_nothing_and_names_every_path(world: World) -> None:
    before = world.rows()
    job = send(world, e.document(e.OBJECT, {**e.OBJECT, "bizStep": "shiping"}, {**e.AGGREGATION, "action": 1}))
    assert job["success"] is False
    places = ["/epcisBody/eventList/1/bizStep", "/epcisBody/eventList/2/action"]
    assert [error["path"] for error in job["errors"]] == places
    assert {error["type"] for error in job["errors"]} == {"epcisException:ValidationException"}
    assert world.rows() == before | {"capture_jobs": 1}
    assert not world.chain.submitted


def test_proceed_keeps_the_good_ones(world: World) -> None:
    body = e.document(e.OBJECT, {**e.OBJECT, "bizStep": "shiping"})
    job = send(world, body, **{"GS1-Capture-Error-Behaviour": "proceed"})
    assert job["success"] is False
    assert len(job["events"]) == 1
    assert len(job["errors"]) == 1


def test_a_duplicate_in_a_document_and_against_the_store(world: World) -> None:
    job = send(world, e.document(e.OBJECT, e.OBJECT))
    assert job["errors"][0]["type"] == "epcisException:ResourceAlreadyExistsException"
    assert job["errors"][0]["path"] == "/epcisBody/eventList/1"
    assert send(world, e.document(e.OBJECT))["success"] is True
    assert send(world, e.document(e.OBJECT))["errors"][0]["status"] == 409


def test_one_event_is_created_once(world: World) -> None:
    event = e.alone(e.AGGREGATION)
    created = world.client.post("/events", json=event)
    assert created.status_code == 201
    found = world.client.get(created.headers["Location"])
    (listed,) = found.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    assert listed == {**event, "eventID": created.json()["eventID"]}
    again = world.client.post("/events", json=event)
    assert again.status_code == 409
    assert again.headers["content-type"] == "application/problem+json"
    assert again.json()["type"] == "epcisException:ResourceAlreadyExistsException"


def test_an_error_is_declared_beside_the_event(world: World) -> None:
    event = e.alone(e.OBJECT, eventID="urn:uuid:9")
    first = world.client.post("/events", json=event).json()
    declaration = {**event, "errorDeclaration": {"declarationTime": "2026-11-12T00:00:00Z", "reason": "incorrect_data"}}
    second = world.client.post("/events", json=declaration)
    assert second.status_code == 201
    assert second.json()["corrects"] == first["eventHash"]
    world.step()
    assert len(world.chain.submitted) == 1, "the declaration waits for the event in error"
    world.settle()
    assert len(world.chain.submitted) == 2
    found = world.client.get("/events/urn:uuid:9").json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    assert found == [event, declaration]
    assert world.client.post("/events", json=declaration).status_code == 409
    assert world.client.post("/events", json=event).status_code == 409


def test_a_declaration_names_the_items_of_its_event(world: World) -> None:
    event = e.alone(e.OBJECT, eventID="urn:uuid:9")
    world.client.post("/events", json=event)
    other = {**event, "epcList": [e.TEAPOT], "errorDeclaration": {"declarationTime": "2026-11-12T00:00:00Z"}}
    assert world.client.post("/events", json=other).status_code == 400


def test_a_declaration_of_a_refused_event_is_refused(world: World) -> None:
    event = e.alone(e.OBJECT, eventID="urn:uuid:9")
    world.client.post("/events", json=event)
    world.client.post("/events", json={**event, "errorDeclaration": {"declarationTime": "2026-11-12T00:00:00Z"}})
    world.step()
    world.chain.reverted.update(world.chain.submitted)
    world.settle()
    assert [row["state"] for row in world.events.with_id("urn:uuid:9", lambda _: True)] == ["refused", "refused"]


def test_a_stranger_is_refused_and_nothing_is_kept(world: World) -> None:
    before = world.rows()
    refused = world.client.post("/events", json=e.alone(e.OBJECT), params={"account": "stranger"})
    assert refused.status_code == 409
    assert refused.json()["reason"] == "ConsortiumMissingRole"
    assert world.client.post("/events", json=e.alone(e.OBJECT), params={"account": "nobody"}).status_code == 404
    assert world.client.post("/events", json=e.alone(e.OBJECT), params={"account": "../x"}).status_code == 400
    assert world.rows() == before


def test_a_job_waits_for_the_node(world: World) -> None:
    path = world.client.post("/capture", json=e.document(e.OBJECT)).headers["Location"]
    world.chain.away = True
    assert world.client.post("/events", json=e.alone(e.TRANSACTION)).status_code == 503
    with pytest.raises(Exception, match="away"):
        world.step()
    assert world.client.get(path).json()["running"] is True
    world.chain.away = False
    world.settle()
    assert world.client.get(path).json()["success"] is True


@pytest.mark.parametrize("path", ["/capture", "/events"])
@pytest.mark.parametrize(
    ("body", "status", "place"),
    [
        (b'{"epcisBody":{"eventList":[{"bizStep":"sh', 400, "/epcisBody/eventList/0/bizStep"),
        (b"", 400, ""),
        (b"[1]", 400, None),
        (b'{"type":"EPCISDocument"}', 400, None),
        (b"[" * 100_000, 400, None),
        (b" " * 300_000, 413, None),
    ],
)
def test_bad_bodies_change_nothing(world: World, path: str, body: bytes, status: int, place: str | None) -> None:
    before = world.rows()
    response = world.client.post(path, content=body, headers={"Content-Type": "application/json"})
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["type"].startswith("epcisException:")
    if place is not None:
        assert response.json()["pointer"] == place
    assert world.rows() == before


def test_too_many_events_are_refused(world: World) -> None:
    many = [{**e.OBJECT, "eventID": f"urn:uuid:{i}"} for i in range(21)]
    response = world.client.post("/capture", json=e.document(*many))
    assert response.status_code == 413
    assert response.json()["type"] == "epcisException:CaptureLimitExceededException"


def test_other_media_types_and_behaviours_are_refused(world: World) -> None:
    assert world.client.post("/capture", content="<x/>", headers={"Content-Type": "application/xml"}).status_code == 415
    headers = {"GS1-Capture-Error-Behaviour": "panic"}
    assert world.client.post("/capture", json=e.document(e.OBJECT), headers=headers).status_code == 400


def test_unknown_things_are_404(world: World) -> None:
    for path in ("/capture/none", "/events/urn:uuid:none", "/nowhere"):
        response = world.client.get(path)
        assert response.status_code == 404
        assert response.headers["content-type"] == "application/problem+json"
    assert world.client.delete("/capture").status_code == 405


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=80) | st.text(max_size=40).map(str.encode) | st.just(json.dumps(e.ALL).encode()))
def test_junk_is_never_an_error_of_ours(world: World, body: bytes) -> None:
    for path in ("/capture", "/events", "/readings"):
        response = world.client.post(path, content=body, headers={"Content-Type": "application/json"})
        assert 400 <= response.status_code < 500
        assert response.json()["code"]


def test_the_store_keeps_what_the_hash_covers(world: World) -> None:
    created = world.client.post("/events", json=e.alone(e.OBJECT)).json()
    digest, salt = bytes.fromhex(created["eventHash"][2:]), bytes.fromhex(created["salt"][2:])
    found = world.parts.off_chain.document(digest, LOCAL)
    assert found is not None
    assert found[0] == salt
    with world.store.reading() as session:
        text = session.connection().exec_driver_sql("SELECT document FROM events").scalar_one()
    assert event_fields.event_hash(salt, json.loads(text)) == digest
    assert world.parts.off_chain.document(bytes(32), LOCAL) is None


def test_what_was_stored_before_a_crash_is_anchored_once_after_it(world: World, tmp_path: Path) -> None:
    world.client.post("/events", json=e.alone(e.OBJECT, eventID="urn:uuid:1"))
    path = world.client.post("/capture", json=e.document(e.AGGREGATION)).headers["Location"]
    world.anchoring.submit_received()
    crashed = dict(world.chain.submitted)
    world.chain.submitted.clear()
    again = World(tmp_path)
    again.chain.submitted.update(crashed)
    with again.client:
        again.settle()
        assert again.client.get(path).json()["success"] is True
        again.chain.final.update(crashed)
        again.step()
        assert [row["state"] for row in again.events.with_id("urn:uuid:1", lambda _: True)] == ["anchored"]
    assert len(again.chain.submitted) == 2


def test_a_store_of_another_version_is_refused(world: World, tmp_path: Path) -> None:
    with world.store.writing() as session:
        session.connection().exec_driver_sql("PRAGMA user_version=9")
    with pytest.raises(ConfigurationError, match="version 9"):
        World(tmp_path)


def test_a_reading_session_cannot_write(world: World) -> None:
    with world.store.reading() as session:
        session.add(StoredReadings(root=bytes(32), device=bytes(32), readings="[]"))
        with pytest.raises(RuntimeError, match="only reads"):
            session.commit()
        with pytest.raises(RuntimeError, match="only reads"):
            session.flush()


def test_readings_are_kept_below_their_root(world: World) -> None:
    body: dict[str, Any] = {"device": "0x" + "07" * 32, "readings": [[1795400000, 4200], [1795400060, -100]]}
    kept = world.client.post("/readings", json=body)
    assert kept.status_code == 201
    root = bytes.fromhex(kept.json()["readings_root"][2:])
    leaves = [
        keccak(b"\0" + b"\7" * 32 + at.to_bytes(8) + value.to_bytes(4, signed=True)) for at, value in body["readings"]
    ]
    assert root == keccak(b"\1" + leaves[0] + leaves[1])
    assert world.parts.off_chain.readings(root) == [(1795400000, 4200), (1795400060, -100)]
    for broken in ([], [[1, 2], [1, 3]], [[1, 1 << 31]], [[-1, 0]], [[1, 2.5]], [[True, 1]]):
        assert world.client.post("/readings", json={**body, "readings": broken}).status_code == 400


@pytest.mark.parametrize(
    ("at", "code", "says"),
    [
        (1795400000000, "not-in-seconds", "read as milliseconds it is 2026-11-23T02:13:20Z"),
        (1795400000000000, "not-in-seconds", "read as microseconds"),
        (-1, "not-in-seconds", "outside 1970"),
        (46350, "not-in-seconds", "1970-01-01"),
        (4_000_000_000, "in-the-future", "s in the future"),
    ],
)
def test_readings_of_another_unit_are_refused_at_the_door(world: World, at: int, code: str, says: str) -> None:
    body = {"device": "0x" + "07" * 32, "readings": [[1795400000, 1], [at, 2]]}
    refused = world.client.post("/readings", json=body).json()
    assert (refused["status"], refused["code"], refused["path"]) == (400, code, "/readings/1/0")
    assert refused["detail"].startswith("reading 1: ")
    assert says in refused["detail"]
    feed, device = "0x" + "01" * 32, "0x" + "07" * 32
    asked = world.client.get(f"/feeds/{feed}/reports/0/readings", params={"device": device, "time": 1795400000000})
    assert (asked.status_code, asked.json()["code"]) == (400, "not-in-seconds")


@pytest.mark.parametrize(
    ("content", "pointer"),
    [
        (1e20, "/shop:note"),
        ([[1, {"a": 9007199254740993.0}]], "/shop:note/0/1/a"),
        (json.loads("[" * 40 + "]" * 40), "/shop:note" + "/0" * 31),
    ],
)
def test_what_could_never_be_proven_is_refused(world: World, content: Any, pointer: str) -> None:
    event = {**e.OBJECT, "shop:note": content}
    before = world.rows()
    response = world.client.post("/events", json=e.alone(event))
    assert (response.status_code, response.json()["pointer"]) == (400, pointer)
    assert world.rows() == before
    (error,) = send(world, e.document(event))["errors"]
    assert error["path"] == "/epcisBody/eventList/0" + pointer
    assert not world.chain.submitted


def test_an_event_that_is_too_long_for_a_proof_is_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "MAX_EVENT_BYTES", 2_000)  # the test's own limit on bodies is below the real one
    response = world.client.post("/events", json=e.alone({**e.OBJECT, "shop:note": "x" * 2_000}))
    assert (response.status_code, response.json()["pointer"]) == (400, "")
    assert "2000 are the limit" in response.json()["detail"]
    assert not world.chain.submitted


def test_contexts_that_differ_stay_with_their_events(world: World) -> None:
    event = {**e.SENSED, "eventID": "urn:uuid:9", "ext:note": "7"}
    declaration = {**event, "errorDeclaration": {"declarationTime": "2026-11-21T00:00:00Z"}}
    outer = [e.CONTEXT[0], {"ext": "https://a.example/"}]
    for body, target in ((event, "https://a.example/"), (declaration, "https://b.example/")):
        assert send(world, e.document(body, **{"@context": [e.CONTEXT[0], {"ext": target}]}))["success"]
    found = world.client.get("/events/urn:uuid:9").json()
    assert found["@context"] == e.CONTEXT[0]
    first, second = found["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    assert (first["@context"], second["@context"][1]) == (outer, {"ext": "https://b.example/"})


def test_an_event_of_too_many_fields_is_refused(world: World) -> None:
    event = e.alone(e.SENSED, **{"shop:notes": [1] * 10_001})
    refused = world.client.post("/events", json=event)
    assert refused.status_code == 400
    assert "10000 are the limit" in refused.json()["detail"]


def test_two_events_with_one_hash_id_are_told_apart(world: World) -> None:
    units = [{**e.SENSED, "shop:unit": f"34012345111111111{digit}"} for digit in "56"]
    first, second = (world.client.post("/events", json=e.alone(unit)) for unit in units)
    assert first.status_code == 201
    assert (second.status_code, second.json()["code"]) == (400, "hash-id-taken")
    assert world.client.post("/events", json=e.alone(units[0])).status_code == 409
    assert world.client.post("/events", json=e.alone(units[1], eventID="urn:uuid:2")).status_code == 201
    for text in ("Infinity", "-inf", "nan", "1e400"):
        assert world.client.post("/events", json=e.alone({**e.SENSED, "shop:brand": text})).status_code == 201
