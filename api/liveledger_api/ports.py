"""The port of a ledger's API: the same at every start, so that whoever knows its address keeps it."""

from __future__ import annotations

import errno
import socket

from liveledger.domain.errors import ConfigurationError
from liveledger.domain.home import LedgerHome
from liveledger_api.settings import ApiSettings

FIRST_PORT = 8600
# Tried one after another before the kernel is asked for one, which may give the same to a connection later.
_NEIGHBOURS = 100
_HIGHEST = 65_535
_MAX_DIGITS = 5


def listen(settings: ApiSettings) -> socket.socket:
    """A socket on the port that the settings name, or else on the ledger's own, and remembers it.

    A ledger without one gets 8600, or the next free one when another program has that. Port 0 is a free one for this
    time and is not remembered. Raises ConfigurationError when the port is taken: another would be where nobody looks.
    """
    home = settings.home()
    if settings.port == 0:
        return _bound(settings.host, 0)
    own = settings.port if settings.port is not None else remembered(home)
    listener = _first(settings.host) if own is None else _bound(settings.host, own)
    home.directory.mkdir(parents=True, exist_ok=True)
    home.api_port.write_text(f"{listener.getsockname()[1]}\n")
    return listener


def remembered(home: LedgerHome) -> int | None:
    """The port on which the ledger's API listened last. Raises ConfigurationError when the file says no port."""
    try:
        text = home.api_port.read_text(errors="replace").strip()
    except FileNotFoundError:
        return None
    digits = text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS
    if not digits or not 1 <= int(text) <= _HIGHEST:
        raise ConfigurationError(f"{home.api_port} names no port", hint="remove it: a port is chosen anew")
    return int(text)


def _first(host: str) -> socket.socket:
    for port in (*range(FIRST_PORT, FIRST_PORT + _NEIGHBOURS), 0):
        try:
            return _bound(host, port)
        except ConfigurationError as taken:
            if taken.details.get("errno") != errno.EADDRINUSE:
                raise
    raise ConfigurationError(f"no port of {host} is free", hint="choose one with --port: it is remembered")


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise ConfigurationError(
            f"the API cannot listen on {host}:{port}: {error.strerror}",
            hint="end what has that port, or choose another with --port: it is remembered",
            errno=error.errno,
        ) from None
    return listener
