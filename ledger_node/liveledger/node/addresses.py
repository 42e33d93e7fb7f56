"""Where a node is reached by the others (its host) and where it takes their connections (its listen address)."""

from __future__ import annotations

import ipaddress
import re

from liveledger.domain.errors import InvalidInput

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_NAME = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*\.?")
_SHOWN = 80


def host_address(text: str) -> str:
    """The IP address under which other members reach a node, in its one spelling.

    Raises InvalidInput for a DNS name (a peer is recognised by the address it connects from), for an address that is
    nobody's (0.0.0.0, multicast), and for what is no address at all.
    """
    address = _address(text)
    if address.is_unspecified or address.is_multicast:
        raise InvalidInput(
            f"{address} is no address of one host",
            hint="--host is the address that the others connect to; 0.0.0.0 and :: are for --listen",
            field="host",
        )
    return str(address)


def listen_address(text: str) -> str:
    """The IP address on which a node takes peers, in its one spelling; 0.0.0.0 and :: are all of this host's.

    Raises InvalidInput for what is no such address.
    """
    address = _address(text)
    if address.is_multicast:
        raise InvalidInput(f"{address} is a multicast address: nobody can listen there for peers", field="listen")
    return str(address)


def is_loopback(address: str) -> bool:
    """Whether ``address`` is reached from its own host only."""
    return ipaddress.ip_address(address).is_loopback


def with_port(address: str, port: int) -> str:
    """``address:port``, an IPv6 address in brackets."""
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        raise _no_address(text) from None
    if isinstance(address, ipaddress.IPv6Address):
        if address.scope_id is not None:
            raise InvalidInput(f"{text} is valid on one link only", hint="give an address without %", field="host")
        # The engines write an IPv4 address that came by an IPv6 socket in its IPv4 form.
        return address.ipv4_mapped or address
    return address


def _no_address(text: str) -> InvalidInput:
    if _NAME.fullmatch(text) and not re.fullmatch(r"[0-9.]+", text):
        return InvalidInput(
            f"{text} is a name: a node's host must be an IP address",
            hint="peers are recognised by the address they connect from; give the address that the name stands for",
            field="host",
        )
    return InvalidInput(f"{text[:_SHOWN]!r} is no IP address", hint="such as 192.0.2.7 or 2001:db8::7", field="host")
