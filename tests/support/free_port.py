"""Ports for servers that tests start: from a range that the kernel hands to no outgoing connection, each claimed once.

A port that is free when it is asked for (port 0) may belong to somebody's connection when the server wants it, a
second later, and every worker opens many.
"""

from __future__ import annotations

import uuid
from pathlib import Path

from liveledger.node.port_claims import claim
from liveledger.node.ports import LAST_PORT, is_free

_PORTS = range(LAST_PORT, 32_700)


def free_port() -> int:
    """A port on which nobody listens, and which no other test of this machine got a short time ago."""
    port = claim([(port,) for port in _PORTS], Path(uuid.uuid4().hex), is_free)
    assert port is not None, f"no free port between {_PORTS[0]} and {_PORTS[-1]}"
    return port
