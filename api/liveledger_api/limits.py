"""Limits that hold before a request reaches its route: host name, origin, the body's size, time to arrive and type."""

from __future__ import annotations

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from liveledger.domain.errors import InvalidInput, LiveLedgerError, TooLarge
from liveledger.messages.media import UnsupportedMediaType
from liveledger_api.metrics import ApiMetrics
from liveledger_api.origins import check_origin
from liveledger_api.problems import note_refusal, problem_response

MAX_BODY = "liveledger.max_body"
LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]", "testserver"})


class SlowBody(LiveLedgerError):
    """The body did not arrive in time."""

    code = "body-timeout"
    http_status = 408


class RequestLimits:
    """Reads the body itself, at most ``max_bytes`` of it and at most ``seconds`` long, and hands it on as one piece.

    A larger body is refused with 413 as soon as its length is announced, or as soon as it passes the limit.
    Requests whose Host is not this machine, or one of ``names`` of an API with login, are refused: a web page cannot
    reach the API by rebinding a name. Nor can it have a browser send anything but GET and HEAD, see `check_origin`.
    A body names its type, for a browser that sends one without asks nobody first. An address may allow less than
    ``max_bytes`` (`MAX_BODY` in the scope).
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        max_bytes: int,
        seconds: float,
        metrics: ApiMetrics,
        names: frozenset[str] = frozenset(),
    ) -> None:
        self._app = app
        self._names = LOCAL_NAMES | names
        self._metrics = metrics
        self._max_bytes = max_bytes
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One ASGI request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            self._check_host(scope)
            check_origin(scope["method"], dict(scope["headers"]))
            body = await asyncio.wait_for(self._read(scope, receive), self._seconds)
            _check_type(scope, body)
        except TimeoutError:
            await self._refuse(SlowBody(f"the body did not arrive within {self._seconds:g} s"), scope, receive, send)
        except LiveLedgerError as error:
            await self._refuse(error, scope, receive, send)
        else:
            await self._app(scope, _replay(body, receive), send)

    async def _read(self, scope: Scope, receive: Receive) -> bytes:
        limit = min(self._max_bytes, scope.get(MAX_BODY, self._max_bytes))
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        if announced.isdigit() and int(announced) > limit:
            raise _too_large(int(announced), limit)
        parts: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] != "http.request":
                break
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if size > limit:
                raise _too_large(size, limit)
            if not message.get("more_body", False):
                break
        return b"".join(parts)

    def _check_host(self, scope: Scope) -> None:
        host = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
        name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
        if name.lower() not in self._names:
            raise InvalidInput(
                "this API does not answer to that name",
                hint="use http://127.0.0.1:… on its machine, or an address that its owner named (docs/login.md)",
                code="not-local",
            )

    async def _refuse(self, error: LiveLedgerError, scope: Scope, receive: Receive, send: Send) -> None:
        note_refusal(self._metrics, error, error.http_status, scope["path"])
        response = problem_response(error, scope["path"])
        response.headers["Connection"] = "close"
        await response(scope, receive, send)


def _too_large(size: int, limit: int) -> TooLarge:
    return TooLarge(
        f"the body has {size} bytes or more, the limit is {limit}", hint="send it in several parts", limit=limit
    )


def _check_type(scope: Scope, body: bytes) -> None:
    if body and not dict(scope["headers"]).get(b"content-type", b"").strip():
        raise UnsupportedMediaType("the body has no Content-Type", hint="name it, like Content-Type: application/json")


def _replay(body: bytes, receive: Receive) -> Receive:
    sent = False

    async def replay() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
