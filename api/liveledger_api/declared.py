"""What an address declares holds: parameters that it does not know are refused, and HEAD answers where GET does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from difflib import get_close_matches

from fastapi import Request
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from liveledger.domain.errors import InvalidInput


class UnknownParameter(InvalidInput):
    """The address takes no parameter of this name: left out silently, another question would be answered."""

    code = "unknown-parameter"


class RepeatedParameter(InvalidInput):
    """A parameter stands in the address more than once: which of its values is meant, nobody can say."""

    code = "repeated-parameter"


def only_declared(request: Request) -> None:
    """Refuses a query with a name that the API's description does not have for this address, or one twice.

    Raises UnknownParameter, RepeatedParameter.
    """
    given = Counter(name for name, _ in request.query_params.multi_items())
    if not given:
        return
    known = _parameters(request)
    for name, times in given.items():
        if name not in known:
            raise UnknownParameter(
                f"there is no parameter {name[:40]!r} here", hint=_hint(name, known), parameter=name[:40]
            )
        if times > 1:
            raise RepeatedParameter(f"{name} stands in the address {times} times", hint="name it once", parameter=name)


def _parameters(request: Request) -> list[str]:
    """Names of the query that OpenAPI has for the route of a request."""
    path = request.scope["route"].path_format
    operation = request.app.openapi()["paths"][path][request.method.lower()]
    return [one["name"] for one in operation.get("parameters", ()) if one["in"] == "query"]


def _hint(name: str, known: list[str]) -> str:
    near = get_close_matches(name.lower(), known, 1)
    if near:
        return f"did you mean {near[0]}?"
    return f"this address takes {', '.join(known)}" if known else "this address takes no parameters"


def allowed(routes: Sequence[BaseRoute], scope: Scope) -> str:
    """The methods that an address takes, as the header Allow names them."""
    found = {
        method
        for route in routes
        if route.matches(scope)[0] is not Match.NONE
        for method in getattr(route, "methods", None) or ()
    }
    return ", ".join(sorted(found | ({"HEAD"} if "GET" in found else set())))


class HeadRequests:
    """Answers HEAD as GET would be answered, without the body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One ASGI request."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def head(message: Message) -> None:
            await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

        await self._app({**scope, "method": "GET"}, receive, head)
