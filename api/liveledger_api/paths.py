"""Codes in the paths of addresses: whatever text a member registered arrives whole, its slashes too.

A path is cut at its slashes while it is still percent-encoded (RFC 3986, section 2.2), so a slash inside a code, sent
as ``%2F``, ends no segment. Servers hand the path on decoded; so it is put together anew from the path that was sent,
with ``/`` and ``%`` of each segment's text escaped, and the converters ``code`` and ``uri`` undo that. Every text
parameter of a path is one of these two.
"""

from __future__ import annotations

from urllib.parse import quote, unquote_to_bytes

from starlette.convertors import Convertor, register_url_convertor
from starlette.types import ASGIApp, Receive, Scope, Send

CODE, URI = "code", "uri"


def escaped(raw: bytes) -> str:
    """The path of a request as routes match it, from the one that was sent. Bytes that are no UTF-8 become U+FFFD."""
    segments = (unquote_to_bytes(part).decode("utf-8", "replace") for part in raw.split(b"/"))
    return "/".join(text.replace("%", "%25").replace("/", "%2F") for text in segments)


def plain(text: str) -> str:
    """The text that ``escaped`` made a segment of, or segments with the slashes between them."""
    return text.replace("%2F", "/").replace("%25", "%")


class RawPaths:
    """ASGI middleware that lets routes see paths in the form of ``escaped``."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on."""
        if scope["type"] == "http":
            # Optional in ASGI; a server without it has decoded the path, and its slashes are all that is known.
            raw = scope.get("raw_path") or quote(scope["path"]).encode()
            scope = {**scope, "path": escaped(raw)}
        await self._app(scope, receive, send)


class _Text(Convertor[str]):
    def convert(self, value: str) -> str:
        return plain(value)

    def to_string(self, value: str) -> str:
        return quote(value, safe="")


class _Code(_Text):
    """One segment of a path."""

    regex = "[^/]+"


class _Uri(_Text):
    """The rest of a path: a name that may be sent with its slashes as they are."""

    regex = ".*"


register_url_convertor(CODE, _Code())
register_url_convertor(URI, _Uri())
