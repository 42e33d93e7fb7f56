"""The little of HTTP/1.1 that a JSON-RPC door needs, with a limit on everything. No browser's page gets through."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from liveledger.domain.errors import LiveLedgerError

MAX_HEAD_BYTES = 16 * 1024
MAX_BODY_BYTES = 5 * 1024 * 1024
# How long a connection may do nothing between two requests, and how long one request may take to come.
IDLE_SECONDS = 120.0
REQUEST_SECONDS = 30.0
_LOCAL_NAMES = {"localhost", "127.0.0.1", "[::1]"}
_REASONS = {
    200: "OK",
    400: "Bad Request",
    403: "Forbidden",
    405: "Method Not Allowed",
    411: "Length Required",
    413: "Content Too Large",
    415: "Unsupported Media Type",
    431: "Request Header Fields Too Large",
    502: "Bad Gateway",
    503: "Service Unavailable",
}


class HttpError(LiveLedgerError):
    """A request that is answered with ``status`` and a sentence; the connection ends."""

    code = "bad-request"

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A POST of JSON: its body, and whether the client keeps the connection."""

    body: bytes
    keeps: bool


async def read_request(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> HttpRequest | None:
    """The next request; None at the connection's end or when it did nothing for too long. Raises HttpError."""
    try:
        async with asyncio.timeout(IDLE_SECONDS):
            head = await reader.readuntil(b"\r\n\r\n")
        async with asyncio.timeout(REQUEST_SECONDS):
            length, headers, keeps = _check(head)
            if headers.get("expect", "").lower() == "100-continue":
                writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            return HttpRequest(await reader.readexactly(length), keeps)
    except asyncio.LimitOverrunError:
        raise HttpError(431, f"a request's head has at most {MAX_HEAD_BYTES} bytes") from None
    except (asyncio.IncompleteReadError, TimeoutError):
        return None


def _check(head: bytes) -> tuple[int, dict[str, str], bool]:
    """Length of the body, headers by lower-case name, whether the connection stays open."""
    first, *lines = head.decode("latin-1").split("\r\n")[:-2]
    words = first.split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        raise HttpError(400, "this is no HTTP request")
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or name != name.strip():
            raise HttpError(400, "a header is malformed")
        headers[name.lower()] = value.strip()
    if words[0] != "POST":
        raise HttpError(405, "JSON-RPC calls are sent with POST")
    _check_origin(headers)
    length = headers.get("content-length", "")
    if "transfer-encoding" in headers or not (length.isascii() and length.isdigit()):
        raise HttpError(411, "the request needs the header Content-Length")
    if len(length) > 9 or int(length) > MAX_BODY_BYTES:
        raise HttpError(413, f"a request has at most {MAX_BODY_BYTES} bytes")
    keeps = words[2] == "HTTP/1.1" and headers.get("connection", "").lower() != "close"
    return int(length), headers, keeps


def _check_origin(headers: dict[str, str]) -> None:
    """A page in a browser can name neither this host nor this content type without being asked first."""
    host = headers.get("host", "")
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    if name.lower() not in _LOCAL_NAMES:
        raise HttpError(403, "the host is not named as this one")
    if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise HttpError(415, "the content type is application/json")


def response(status: int, body: bytes, *, keeps: bool, content_type: str = "application/json") -> bytes:
    """The bytes of a response."""
    connection = "keep-alive" if keeps else "close"
    head = (
        f"HTTP/1.1 {status} {_REASONS[status]}\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n"
        f"Connection: {connection}\r\n\r\n"
    )
    return head.encode() + body
