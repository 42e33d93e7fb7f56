"""What an address declares holds: no other parameter, HEAD where GET is, the statuses and types of its refusals."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from structlog.testing import capture_logs

from liveledger_api.app import create_app
from liveledger_api.metrics import ApiMetrics
from liveledger_api.settings import ApiSettings
from tests.api.routes import IN_FORM, JUNK, Operation, operations
from tests.api.support import World, open_door
from tests.api.support import world as make_world

PROBLEM = "application/problem+json"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One application for all tests of this file: none of them writes anything."""
    # What this world lacks ends in tracebacks, which are dear to print.
    with capture_logs(), make_world(tmp_path_factory.mktemp("declared")) as made:
        yield made


def _declared() -> list[Operation]:
    settings = ApiSettings()
    parts: Any = SimpleNamespace(settings=settings, metrics=ApiMetrics(), door=open_door(settings.home()))
    return operations(create_app(parts).openapi())


ALL = _declared()
READING = [one for one in ALL if one.method == "GET"]


def _name(one: Operation) -> str:
    return f"{one.method} {one.path}"


def test_every_route_is_described() -> None:
    assert len(ALL) > 30
    assert len(READING) > 24


@pytest.mark.parametrize("one", ALL, ids=_name)
def test_a_parameter_that_is_not_declared_is_refused_by_name(world: World, one: Operation) -> None:
    for name in ("prooof", "__proto__", "x" * 5000):
        answer = world.client.request(one.method, one.filled(IN_FORM), params={name: "true"})
        found = answer.json()
        assert (answer.status_code, found["code"], found["parameter"]) == (400, "unknown-parameter", name[:40])
        assert answer.headers["content-type"] == PROBLEM
    near = world.client.request(one.method, one.filled(IN_FORM), params={"prooof": "true"}).json()["hint"]
    assert (near == "did you mean proof?") is ("proof" in one.query)


@pytest.mark.parametrize("one", [one for one in ALL if one.query], ids=_name)
def test_a_parameter_that_stands_twice_is_refused(world: World, one: Operation) -> None:
    for name in one.query:
        answer = world.client.request(one.method, one.filled(IN_FORM), params=[(name, "1"), (name, "2")])
        assert (answer.status_code, answer.json()["code"]) == (400, "repeated-parameter")
        assert answer.json()["parameter"] == name


@pytest.mark.parametrize("one", READING, ids=_name)
def test_head_answers_as_get_does_without_a_body(world: World, one: Operation) -> None:
    for query in ({}, {"prooof": "true"}):
        got = world.client.get(one.filled(IN_FORM), params=query)
        head = world.client.head(one.filled(IN_FORM), params=query)
        assert (head.status_code, head.content) == (got.status_code, b"")
        assert head.headers["content-type"] == got.headers["content-type"]
        if one.path != "/metrics":  # which counts the requests in between
            assert head.headers["content-length"] == got.headers["content-length"]


def test_head_is_refused_where_there_is_no_get(world: World) -> None:
    answer = world.client.head("/readings")
    assert (answer.status_code, answer.content, answer.headers["allow"]) == (405, b"", "POST")


def test_a_method_that_is_not_taken_names_those_that_are(world: World) -> None:
    answer = world.client.delete("/movements")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, POST")


@pytest.mark.parametrize("one", ALL, ids=_name)
def test_no_status_is_declared_that_is_not_sent(one: Operation) -> None:
    assert "422" not in one.responses
    errors = {status: set(found["content"]) for status, found in one.responses.items() if status >= "400"}
    assert errors
    assert all(PROBLEM in content for content in errors.values())
    sends = {"408", "413", "415"}
    assert sends <= errors.keys() if one.method != "GET" else not sends & errors.keys()
    assert {"401", "429"} <= errors.keys()


@pytest.mark.parametrize("one", [one for one in ALL if one.query or "{" in one.path], ids=_name)
def test_junk_gets_what_is_declared(world: World, one: Operation) -> None:
    for junk in JUNK:
        asked = [world.client.request(one.method, one.filled(IN_FORM), params={name: junk}) for name in one.query]
        asked.append(world.client.request(one.method, one.filled(dict.fromkeys(IN_FORM, junk))))
        for answer in asked:
            assert one.declares(answer.status_code, answer.headers["content-type"]), (junk, answer.text)


def test_a_parameter_of_the_wrong_kind_is_four_hundred(world: World) -> None:
    answer = world.client.get("/stock/1/A/movements", params={"limit": "many"})
    assert (answer.status_code, answer.json()["code"], answer.headers["content-type"]) == (
        400,
        "invalid-input",
        PROBLEM,
    )
    assert answer.json()["errors"][0]["path"] == "/query/limit"
