"""Ports on loopback: a block of ten a node, in a range that the kernel does not hand out by itself."""

from __future__ import annotations

import hashlib
import socket
import time
from dataclasses import fields
from pathlib import Path

from liveledger.domain.errors import ConfigurationError
from liveledger.domain.home import NodePorts

FIRST_PORT = 20_000
LAST_PORT = 32_000
PORTS_PER_NODE = 10
HOST = "127.0.0.1"
PATIENCE_SECONDS = 5.0
_POLL_SECONDS = 0.05


def node_ports(base: int, index: int) -> NodePorts:
    """Ports of node ``index`` in the block that begins at ``base``."""
    first = base + index * PORTS_PER_NODE
    return NodePorts(*(first + offset for offset in range(len(fields(NodePorts)))))


def is_free(port: int) -> bool:
    """Whether a server could listen on ``port`` now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def choose_base(directory: Path, nodes: int) -> int:
    """The first port of a free block for ``nodes`` nodes; ledgers in other folders start their search elsewhere.

    Raises ConfigurationError when there is none.
    """
    needed = nodes * PORTS_PER_NODE
    blocks = (LAST_PORT - FIRST_PORT) // 100
    start = int.from_bytes(hashlib.sha256(str(directory).encode()).digest()[:4]) % blocks
    for step in range(blocks):
        base = FIRST_PORT + (start + step) % blocks * 100
        if all(is_free(port) for port in range(base, base + needed)):
            return base
    raise ConfigurationError(f"no {needed} free ports in a row between {FIRST_PORT} and {LAST_PORT}")


def check_free(ports: NodePorts, *, patience: float = PATIENCE_SECONDS) -> None:
    """Raises ConfigurationError, naming the port, when one of a node's ports stays in use for ``patience`` seconds.

    A node that was just killed holds its ports for a moment longer.
    """
    give_up = time.monotonic() + patience
    for field in fields(NodePorts):
        port = getattr(ports, field.name)
        while not is_free(port) and time.monotonic() < give_up:
            time.sleep(_POLL_SECONDS)
        if not is_free(port):
            raise ConfigurationError(
                f"port {port} ({field.name}) is in use",
                hint=f"find who listens with `ss -ltnp 'sport = :{port}'`, or change node.json",
            )
