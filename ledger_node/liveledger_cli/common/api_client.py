"""The command line's way to the API on this machine. What comes back is bounded, and believed in nothing else."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from liveledger.domain.errors import LiveLedgerError, Unavailable
from liveledger.domain.home import LedgerHome
from liveledger.verifier import shape
from liveledger.verifier.refusal import Refusal
from liveledger_api.runfile import running
from liveledger_cli.common.api_credentials import authorization

if TYPE_CHECKING:
    import httpx


# The evidence of a report on capital is the longest answer.
MAX_ANSWER_BYTES = 128 << 20
_MAX_DEPTH = 100
_TIMEOUT_SECONDS = 60.0
_PROOF_SECONDS = 30.0
_DETAILS = frozenset({"errors", "path", "reason", "arguments", "anchor_height"})
_EXIT_CODES = {400: 2, 401: 1, 403: 1, 404: 3, 409: 1, 413: 2, 415: 2, 422: 2}


def segment(text: str) -> str:
    """A code as one segment of a path. ``.`` and ``..`` would be taken for steps in it: their dots are escaped, too."""
    escaped = quote(text, safe="")
    return escaped.replace(".", "%2E") if text in (".", "..") else escaped


class ApiRefusal(LiveLedgerError):
    """The API answered with a problem; code, sentence and hint are its own."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        shown = {name: value for name, value in problem.items() if name in _DETAILS}
        super().__init__(
            str(problem.get("detail", f"the API answered {status}")),
            hint=str(problem.get("hint", "")),
            code=str(problem.get("code", f"http-{status}")),
            **shown,
        )
        self.exit_code = _EXIT_CODES.get(status, 4)  # type: ignore[misc]


@dataclass(frozen=True, slots=True)
class _Reply:
    status: int
    retry_after: str
    body: bytes


def url_of(home: LedgerHome) -> str:
    """Address of the running API of a ledger on this machine. Raises Unavailable."""
    found = running(home)
    if found is None:
        raise Unavailable(
            f"the API of the ledger {home.name} does not run", hint="start it with `liveledger api start --detach`"
        )
    return found.url


class ApiClient:
    """Talks to the running API of one ledger on this machine, or at another ``url``, as whoever logged in there.

    ``shown``: the headers that say who asks, where that is not for the login that is kept here to say.
    """

    def __init__(
        self,
        home: LedgerHome,
        transport: httpx.BaseTransport | None = None,
        *,
        url: str | None = None,
        shown: dict[str, str] | None = None,
    ) -> None:
        """Raises Unavailable when no API runs here, ConfigurationError for a token file that others can read."""
        import httpx

        address = url or url_of(home)
        self._http = httpx.Client(
            base_url=address,
            timeout=_TIMEOUT_SECONDS,
            transport=transport,
            trust_env=False,
            headers=authorization(home, address) if shown is None else shown,
        )

    def get(self, path: str, **parameters: str) -> dict[str, Any]:
        """The answer at ``path``; waits while a proof waits for its block. Raises ApiRefusal or Unavailable."""
        deadline = time.monotonic() + _PROOF_SECONDS
        while True:
            reply = self._send("GET", path, params=parameters)
            if reply.status != 202 or time.monotonic() > deadline:
                return _content(reply)
            time.sleep(_pause(reply.retry_after))

    def post(self, path: str, body: bytes, media_type: str, **parameters: str) -> dict[str, Any]:
        """Sends a body. Raises ApiRefusal or Unavailable."""
        headers = {"Content-Type": media_type}
        return _content(self._send("POST", path, content=body, headers=headers, params=parameters))

    def delete(self, path: str) -> dict[str, Any]:
        """Removes or ends what is at ``path``. Raises ApiRefusal or Unavailable."""
        return _content(self._send("DELETE", path))

    def _send(self, method: str, path: str, **options: Any) -> _Reply:
        import httpx

        body = bytearray()
        try:
            with self._http.stream(method, path, **options) as response:
                for chunk in response.iter_bytes():
                    body += chunk
                    if len(body) > MAX_ANSWER_BYTES:
                        raise Unavailable(f"the API answers more than {MAX_ANSWER_BYTES} bytes")
                return _Reply(response.status_code, response.headers.get("Retry-After", ""), bytes(body))
        except httpx.HTTPError as error:
            raise Unavailable(f"the API does not answer: {error}", hint="see `liveledger api start`") from error


def _pause(retry_after: str) -> float:
    """Seconds until the next try: what the server asks for, at most one."""
    return min(1.0, float(retry_after)) if retry_after.isdecimal() else 1.0


def _content(reply: _Reply) -> dict[str, Any]:
    content = _parsed(reply)
    if reply.status >= 400:
        raise ApiRefusal(reply.status, content)
    if reply.status == 202 and content.get("status") == "pending":
        raise Unavailable("the proof still waits for its block", hint="is the chain making blocks? try again")
    return content


def _parsed(reply: _Reply) -> dict[str, Any]:
    try:
        shape.check_depth(reply.body, _MAX_DEPTH)
        content = json.loads(reply.body)
    except (Refusal, ValueError):
        content = None
    if not isinstance(content, dict):
        raise Unavailable(f"the API answered {reply.status} with something that is no JSON object")
    return content
