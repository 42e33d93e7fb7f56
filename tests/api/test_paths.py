"""Every code that may be registered arrives whole at every route that names one in its path."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from fastapi.routing import APIRoute
from hypothesis import given
from hypothesis import strategies as st
from starlette.convertors import StringConvertor
from starlette.routing import Match

from liveledger_api.app import ROUTERS
from liveledger_api.paths import escaped, plain
from liveledger_cli.common.api_client import segment

CODES = (
    *("CLE-056621/6", "50%", "%2F", "%252F", "a b", "what?", "no#1", ".", "..", "../..", "茶叶（红）", "茶/叶"),
    *("'single'", '"double"', "a;b", "a&b=c", "a+b", "a:b@c", "[x]", "\\", "~", "*", "é"),
)
# What a number's place in a path gets here.
_NUMBER = "7"


ROUTES = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]


def _is_text(route: APIRoute, name: str) -> bool:
    """Whether a parameter of the path is anything but a number."""
    (field,) = [one for one in route.dependant.path_params if one.name == name]
    return field.field_info.annotation is not int


TEXTS = [(route, name) for route in ROUTES for name in route.param_convertors if _is_text(route, name)]


def _arrives(path: str, method: str = "GET") -> tuple[APIRoute, dict[str, Any]]:
    """The route that a client's request for ``path`` comes to, and the parameters that it sees there."""
    sent = httpx.Request(method, httpx.URL("http://127.0.0.1").join(path)).url.raw_path
    scope = {"type": "http", "method": method, "path": escaped(sent), "root_path": ""}
    for route in ROUTES:
        match, child = route.matches(scope)
        if match is Match.FULL:
            return route, child["path_params"]
    raise AssertionError(f"no route for {path}")


def test_there_are_such_routes() -> None:
    assert {route.path for route, _ in TEXTS} >= {
        "/stock/{brand}/{sku:code}/{place:code}",
        "/items/{item:uri}/events",
        "/movements/{message_id:uri}",
    }


@pytest.mark.parametrize(("route", "name"), TEXTS, ids=lambda value: getattr(value, "path", value))
def test_a_text_in_a_path_has_a_converter(route: APIRoute, name: str) -> None:
    """A plain parameter would see ``%`` and ``/`` escaped."""
    assert not isinstance(route.param_convertors[name], StringConvertor)


@pytest.mark.parametrize(("route", "name"), TEXTS, ids=lambda value: getattr(value, "path", value))
def test_a_code_arrives_whole(route: APIRoute, name: str) -> None:
    texts = {one for _, one in TEXTS}
    for code in CODES:
        others = {one: "x" if one in texts else _NUMBER for one in route.param_convertors}
        path = route.path_format.format(**{one: segment(text) for one, text in {**others, name: code}.items()})
        found, seen = _arrives(path, min(route.methods or ()))
        assert (found.path, seen[name]) == (route.path, code)


@given(st.text(max_size=20))
def test_escaping_is_undone(text: str) -> None:
    assert plain(escaped(segment(text).encode("utf-8", "replace"))) == text.encode("utf-8", "replace").decode()


def test_uris_may_be_sent_with_their_slashes() -> None:
    item = "https://id.gs1.org/01/09521234567899/21/7%2F7"
    _, seen = _arrives(f"/items/{item}/events")
    assert seen["item"] == "https://id.gs1.org/01/09521234567899/21/7/7"
