"""A web page of another origin cannot send anything: by what browsers say of it, and by the type that a body names."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.routing import APIRoute

from liveledger_api.app import ROUTERS
from liveledger_api.origins import ForeignOrigin, check_origin
from tests.api.support import World

WRITING = sorted(
    {
        (method, f"{route.path}")
        for router in ROUTERS
        for route in router.routes
        if isinstance(route, APIRoute)
        for method in route.methods - {"GET", "HEAD", "OPTIONS"}
    }
)
FOREIGN = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "http://127.0.0.1:8600"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:3000"},
    {"Origin": "http://127.0.0.1.evil.example:8600"},
    {"Origin": "http://127.0.0.1:x", "Sec-Fetch-Site": "same-origin"},
]
OWN: list[dict[str, str]] = [
    {},
    {"Sec-Fetch-Site": "none"},
    {"Sec-Fetch-Site": "same-origin", "Origin": "http://127.0.0.1:8600"},
    {"Origin": "https://ledger.example.org", "X-Forwarded-Host": "ledger.example.org"},
    {"Origin": "https://ledger.example.org:8443", "X-Forwarded-Host": "ledger.example.org:8443"},
]
JSON = {"Content-Type": "application/json", "Host": "127.0.0.1:8600"}


def test_the_addresses_that_take_bodies_are_known() -> None:
    paths = {path for _, path in WRITING}
    assert {"/movements", "/snapshots", "/capture", "/events", "/readings", "/stock/health"} <= paths


@pytest.mark.parametrize(("method", "path"), WRITING)
@pytest.mark.parametrize("headers", FOREIGN)
def test_a_page_of_another_origin_sends_nothing(world: World, method: str, path: str, headers: dict[str, str]) -> None:
    answer = world.client.request(method, path, content=b"{}", headers=JSON | headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "foreign-origin")
    assert answer.json()["hint"]


@pytest.mark.parametrize(("method", "path"), WRITING)
def test_a_body_without_its_type_is_not_read(world: World, method: str, path: str) -> None:
    """As ``fetch(…, {mode: "no-cors", body: new Blob([…])})`` sends it, in a browser that says nothing of origins."""
    answer = world.client.request(method, path, content=b"{}", headers={"Host": "127.0.0.1:8600"})
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported-media-type")


@pytest.mark.parametrize("body", [b"", b"{}"])
@pytest.mark.parametrize("kind", ["", "text/plain", "multipart/form-data; boundary=x"])
def test_nor_one_of_a_type_that_forms_send(world: World, body: bytes, kind: str) -> None:
    answer = world.client.post("/events", content=body, headers={"Content-Type": kind} if kind else {})
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported-media-type")


@pytest.mark.parametrize("headers", OWN)
def test_programs_and_own_pages_may_send(world: World, headers: dict[str, str]) -> None:
    assert world.client.post("/capture", content=b"{", headers=JSON | headers).json()["code"] == "malformed-json"


@pytest.mark.parametrize("headers", FOREIGN)
def test_reading_is_open(world: World, headers: dict[str, str]) -> None:
    assert world.client.get("/health/live", headers={"Host": "127.0.0.1:8600"} | headers).status_code == 200


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "PATCH"])
def test_whatever_the_method(method: str) -> None:
    headers: dict[bytes, Any] = {b"host": b"localhost", b"origin": b"https://evil.example"}
    with pytest.raises(ForeignOrigin):
        check_origin(method, headers)
