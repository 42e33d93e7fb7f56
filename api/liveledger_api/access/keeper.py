"""The door as ASGI middleware: it decides before a byte of the body is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import parse_qsl

from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Receive, Scope, Send

from liveledger.domain.errors import LiveLedgerError
from liveledger_api.access.credentials import refuse_in_address
from liveledger_api.access.door import Door
from liveledger_api.access.errors import CredentialInAddress
from liveledger_api.access.principals import Principal
from liveledger_api.access.rules import RULES, Rule
from liveledger_api.limits import MAX_BODY
from liveledger_api.metrics import ApiMetrics
from liveledger_api.paths import escaped
from liveledger_api.problems import note_refusal, problem_response

_LOOPBACK = frozenset({"127.0.0.1", "::1"})
_MOST_PEER = 64
_CHALLENGE = 'Bearer realm="liveledger"'


class DoorKeeper:
    """Asks ``door`` about every request, by the rule of the route that will answer it.

    ``behind_proxy``: a proxy on this machine, which sets ``X-Real-IP`` itself, stands in front.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        door: Door,
        routes: Sequence[BaseRoute],
        metrics: ApiMetrics,
        behind_proxy: bool = False,
        rules: Mapping[tuple[str, str], Rule] = RULES,
    ) -> None:
        self._app = app
        self._door = door
        self._routes = [route for route in routes if isinstance(route, APIRoute)]
        self._metrics = metrics
        self._behind_proxy = behind_proxy
        self._rules = rules

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One ASGI request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        raw, query = scope.get("raw_path") or scope["path"].encode(), scope.get("query_string", b"")
        rule = self._rule(scope, raw)
        try:
            refuse_in_address(raw, query, [name for name, _ in parse_qsl(query.decode("latin-1"), True)])
            who = await self._caller(rule, scope)
        except LiveLedgerError as refusal:
            await self._refuse(refusal, scope, receive, send)
            return
        limit = {MAX_BODY: rule.max_body} if rule and rule.max_body else {}
        state = {**scope.get("state", {}), "principal": who}
        await self._app({**scope, **limit, "state": state}, receive, send)

    async def _caller(self, rule: Rule | None, scope: Scope) -> Principal:
        """Who calls. Only who shows a credential has store and ledger asked, on one of the threads that there are."""
        asked = rule, scope["headers"], self._peer(scope)
        if any(name == b"authorization" for name, _ in scope["headers"]):
            return await run_in_threadpool(self._door.admit, *asked)
        return self._door.admit(*asked)

    def _peer(self, scope: Scope) -> str:
        """Where a request comes from; behind a proxy on this machine, where the proxy says that it comes from."""
        client = scope.get("client")
        address = str(client[0]) if client else ""
        named = dict(scope["headers"]).get(b"x-real-ip", b"").decode("latin-1")[:_MOST_PEER]
        return named if named and self._behind_proxy and address in _LOOPBACK else address

    def _rule(self, scope: Scope, raw: bytes) -> Rule | None:
        asked = {**scope, "path": escaped(raw)}
        for route in self._routes:
            if route.matches(asked)[0] is Match.FULL:
                return self._rules[scope["method"], route.path_format]
        return None

    async def _refuse(self, refusal: LiveLedgerError, scope: Scope, receive: Receive, send: Send) -> None:
        # What stands in the address may be the secret itself: neither log nor answer repeats it then.
        path = "/" if isinstance(refusal, CredentialInAddress) else scope["path"]
        note_refusal(self._metrics, refusal, refusal.http_status, path)
        response = problem_response(refusal, path)
        response.headers["Connection"] = "close"
        if refusal.http_status == 401:
            response.headers["WWW-Authenticate"] = _CHALLENGE
        await response(scope, receive, send)
