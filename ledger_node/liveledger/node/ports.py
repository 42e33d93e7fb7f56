"""Ports: a block of ten a node, in a range that the kernel does not hand out by itself."""

from __future__ import annotations

import hashlib
import socket
import time
from dataclasses import fields
from functools import partial
from pathlib import Path

from liveledger.domain.errors import ConfigurationError
from liveledger.domain.home import LOOPBACK, NodePorts
from liveledger.domain.waiting import comes_true
from liveledger.node.port_claims import claim

FIRST_PORT = 20_000
LAST_PORT = 32_000
PORTS_PER_NODE = 10
_BLOCK = 100
# Where everything listens that is not for peers.
HOST = LOOPBACK
FOR_PEERS = frozenset({"consensus_p2p"})
PATIENCE_SECONDS = 5.0
_POLL_SECONDS = 0.05


def node_ports(base: int, index: int) -> NodePorts:
    """Ports of node ``index`` in the block that begins at ``base``."""
    first = base + index * PORTS_PER_NODE
    return NodePorts(*(first + offset for offset in range(len(fields(NodePorts)))))


def is_free(port: int, address: str = HOST) -> bool:
    """Whether a server could listen on ``port`` of ``address`` now."""
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError:
            return False
    return True


def check_local(address: str) -> None:
    """Raises ConfigurationError when ``address`` is none of this host's."""
    if address != HOST and not is_free(0, address):
        raise ConfigurationError(
            f"{address} is no address of this host",
            hint="`ip address` lists them; behind a gateway give its address to --host, this host's own to --listen",
        )


def choose_base(directory: Path, nodes: int, listen: str = HOST) -> int:
    """The first port of a free block for ``nodes`` nodes, if possible one that no other ledger chose before.

    Ledgers in other folders start their search elsewhere. ``listen`` is the address for peers. Raises
    ConfigurationError when there is none.
    """
    needed = nodes * PORTS_PER_NODE
    bases = range(FIRST_PORT, LAST_PORT - needed + 1, _BLOCK)
    start = int.from_bytes(hashlib.sha256(str(directory).encode()).digest()[:4]) % len(bases)
    groups = [range(base, base + needed, _BLOCK) for base in (*bases[start:], *bases[:start])]

    def fits(base: int) -> bool:
        return all(is_free(port, address) for port in range(base, base + needed) for address in {HOST, listen})

    base = claim(groups, directory, fits)
    if base is None:
        raise ConfigurationError(f"no {needed} free ports in a row between {FIRST_PORT} and {LAST_PORT}")
    return base


def check_free(ports: NodePorts, listen: str = HOST, *, patience: float = PATIENCE_SECONDS) -> None:
    """Raises ConfigurationError, naming the port, when one of a node's ports stays in use for ``patience`` seconds.

    ``listen`` is its address for peers. A node that was just killed holds its ports for a moment longer.
    """
    check_local(listen)
    give_up = time.monotonic() + patience
    for field in fields(NodePorts):
        port, address = getattr(ports, field.name), listen if field.name in FOR_PEERS else HOST
        free = partial(is_free, port, address)
        if not comes_true(free, give_up - time.monotonic(), pause=_POLL_SECONDS):
            raise ConfigurationError(
                f"port {port} ({field.name}) of {address} is in use",
                hint=f"find who listens with `ss -ltnp 'sport = :{port}'`, or change node.json",
            )
