"""Which web pages may make a browser send requests here: none but those that this API's own address served."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from liveledger.domain.errors import LiveLedgerError

_READING = frozenset({"GET", "HEAD"})
# ``none``: typed into the address bar. Absent: no browser, or one from before 2023; then Origin has to tell.
_OWN_SITES = frozenset({"", "none", "same-origin"})
_PORTS = {"http": 80, "https": 443}


class ForeignOrigin(LiveLedgerError):
    """A page of another origin made a browser send this request."""

    code = "foreign-origin"
    http_status = 403
    exit_code = 1


def check_origin(method: str, headers: Mapping[bytes, bytes]) -> None:
    """Lets reading pass, and what no page of another origin caused. Raises ForeignOrigin.

    Whoever reaches this API may submit with its keys, and a browser on this host, or one that holds a certificate of
    the proxy's, reaches it for any page that it shows. Browsers say who asks; a page can forge neither header.
    """
    if method in _READING:
        return
    site = headers.get(b"sec-fetch-site", b"").decode("latin-1").strip().lower()
    origin = headers.get(b"origin", b"").decode("latin-1").strip()
    if site in _OWN_SITES and (not origin or _is_own(origin, headers)):
        return
    raise ForeignOrigin(
        f"a web page of {origin[:80] or 'another site'} may not send requests here",
        hint="send them from a program; a page of another origin cannot use this API",
    )


def _is_own(origin: str, headers: Mapping[bytes, bytes]) -> bool:
    """The address that was asked, or the one that the proxy in front was asked under (which no page can state)."""
    wanted = _authority(origin)
    asked = [headers.get(name, b"").decode("latin-1") for name in (b"host", b"x-forwarded-host")]
    scheme = origin.partition(":")[0].lower()
    return wanted is not None and wanted in [_authority(f"{scheme}://{one.strip()}") for one in asked if one]


def _authority(url: str) -> tuple[str, int] | None:
    """Host and port of an http(s) address; None for anything else, ``null`` among it."""
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme.lower())
    except ValueError:
        return None
    return None if port is None or not parts.hostname else (parts.hostname, port)
