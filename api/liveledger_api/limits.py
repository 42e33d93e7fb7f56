"""Limits that hold before a request reaches its route: host name, origin, the body's size, time to arrive and type."""

from __future__ import annotations

import asyncio

from liveledger.domain.errors import InvalidInput, LiveLedgerError, TooLarge
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from liveledger_api.errors import UnsupportedMediaType
from liveledger_api.metrics import ApiMetrics
from liveledger_api.origins import check_origin
from liveledger_api.problems import note_refusal, problem_response

LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]", "testserver"})


class SlowBody(LiveLedgerError):
    """The body did not arrive in time."""

    code = "body-timeout"
    http_status = 408


class RequestLimits:
    """Reads the body itself, at most ``max_bytes`` of it and at most ``seconds`` long, and hands it on as one piece.

    A larger body is refused with 413 as soon as its length is announced, or as soon as it passes the limit.
    Requests whose Host is not this machine are refused: a web page cannot reach the API by rebinding a name. Nor can it
    have a browser send anything but GET and HEAD, see `check_origin`. A body names its type, for a browser that sends
    one without asks nobody first.
    """

    def __init__(self, app: ASGIApp, *, max_bytes: int, seconds: float, metrics: ApiMetrics) -> None:
        self._app = app
        self._metrics = metrics
        self._max_bytes = max_bytes
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One ASGI request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            _check_host(scope)
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
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        if announced.isdigit() and int(announced) > self._max_bytes:
            raise self._too_large(int(announced))
        parts: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] != "http.request":
                break
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if size > self._max_bytes:
                raise self._too_large(size)
            if not message.get("more_body", False):
                break
        return b"".join(parts)

    def _too_large(self, size: int) -> TooLarge:
        return TooLarge(
            f"the body has {size} bytes or more, the limit is {self._max_bytes}",
            hint="send it in several parts",
            limit=self._max_bytes,
        )

    async def _refuse(self, error: LiveLedgerError, scope: Scope, receive: Receive, send: Send) -> None:
        note_refusal(self._metrics, error, error.http_status, scope["path"])
        response = problem_response(error, scope["path"])
        response.headers["Connection"] = "close"
        await response(scope, receive, send)


def _check_host(scope: Scope) -> None:
    host = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
    name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
    if name.lower() not in LOCAL_NAMES:
        raise InvalidInput(
            "this API answers on this machine only",
            hint="use http://127.0.0.1:…; access for members of the consortium is not built yet",
            code="not-local",
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
