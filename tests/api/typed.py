"""Holds what the API answers to the types that it declares."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
from fastapi.routing import APIRoute
from pydantic import TypeAdapter
from starlette.routing import Match

from liveledger_api.answers import Pending
from liveledger_api.app import ROUTERS
from liveledger_api.paths import escaped


def typed() -> Callable[[httpx.Response], None]:
    """A hook for clients: asserts that good answers in JSON are of the types of the API's routes."""
    routes = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]

    def check(response: httpx.Response) -> None:
        """One answer."""
        path = escaped(response.request.url.raw_path.partition(b"?")[0])
        scope = {"type": "http", "method": response.request.method, "path": path, "headers": []}
        found = [route for route in routes if route.matches(scope)[0] is Match.FULL]
        if not found or response.status_code >= 400 or response.headers.get("content-type") != "application/json":
            return
        response.read()
        told = response.json()
        pending = response.status_code == 202 and told.keys() == Pending.model_fields.keys()
        assert retold(Pending if pending else found[0].response_model, told) == _sorted(told)

    return check


def retold(model: Any, told: Any) -> str:
    """JSON as a type reads and tells it, with sorted names. Raises ValidationError when it is of another type."""
    return _sorted(json.loads(in_order(model, told)))


def in_order(model: Any, told: Any) -> str:
    """The same in the order of the type, which is that of the bytes that are sent."""
    adapter: TypeAdapter[Any] = TypeAdapter(model)
    return json.dumps(
        adapter.dump_python(adapter.validate_python(told), mode="json", by_alias=True, exclude_unset=True)
    )


def _sorted(told: Any) -> str:
    return json.dumps(told, sort_keys=True)
