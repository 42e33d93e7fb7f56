"""A whole network from outside: what an operator looks at first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx

from liveledger.domain.home import LedgerHome, NodeHome
from liveledger.engine import runstate
from liveledger.engine.control import NodeReport, node_report
from liveledger.engine.network import Member, Network

_ASK_SECONDS = 2.0
_BLOCK_BYTES = 512


@dataclass(frozen=True, slots=True)
class NetworkReport:
    """All nodes on this host; ``last_proposer`` is a node's name, empty while nobody answers."""

    chain_id: str
    evm_chain_id: int
    height: int
    last_proposer: str
    nodes: tuple[NodeReport, ...]
    disk_bytes: tuple[int, ...]

    @property
    def healthy(self) -> bool:
        """Whether every node runs."""
        return all(node.phase == runstate.RUNNING for node in self.nodes)

    def _lag(self, node: NodeReport) -> int | None:
        return self.height - node.consensus["height"] if node.consensus else None

    def as_dict(self) -> dict[str, Any]:
        """Plain data for ``--json``."""
        rows = [
            node.as_dict() | {"lag": self._lag(node), "disk_bytes": size}
            for node, size in zip(self.nodes, self.disk_bytes, strict=True)
        ]
        return {
            "chain_id": self.chain_id,
            "evm_chain_id": self.evm_chain_id,
            "height": self.height,
            "last_proposer": self.last_proposer,
            "healthy": self.healthy,
            "nodes": rows,
        }

    def text(self) -> str:
        """A few lines for a terminal."""
        head = f"{self.chain_id}  EVM chain {self.evm_chain_id}  height {self.height}  proposer {self.last_proposer}"
        rows = (
            f"{node.line()}  lag {self._lag(node)}  {size / 1e6:.0f} MB"
            for node, size in zip(self.nodes, self.disk_bytes, strict=True)
        )
        return "\n".join((head, *rows))


def network_report(home: LedgerHome) -> NetworkReport:
    """Asks every node on this host. Raises ConfigurationError when there is no such ledger in ``home``."""
    network = Network.load(home)
    nodes = tuple(node_report(home, index) for index in range(len(network.local)))
    heights = [node.consensus["height"] for node in nodes if node.consensus]
    return NetworkReport(
        chain_id=network.chain_id,
        evm_chain_id=network.evm_chain_id,
        height=max(heights, default=0),
        last_proposer=_last_proposer(nodes, network.members),
        nodes=nodes,
        disk_bytes=tuple(disk_bytes(home.node(index)) for index in range(len(network.local))),
    )


def _last_proposer(nodes: tuple[NodeReport, ...], members: tuple[Member, ...]) -> str:
    names = {member.address: member.name for member in members}
    for node in nodes:
        if node.consensus is None:
            continue
        try:
            answer = httpx.get(f"{node.consensus_url}/block", timeout=_ASK_SECONDS, trust_env=False).json()
            address = str(answer["result"]["block"]["header"]["proposer_address"])
        except (httpx.HTTPError, KeyError, TypeError, ValueError):
            continue
        return names.get(address, address)
    return ""


def disk_bytes(node: NodeHome) -> int:
    """What a node's files take on disk, preallocated space not counted."""
    total = 0
    for path in node.directory.rglob("*"):
        try:
            total += path.stat().st_blocks * _BLOCK_BYTES
        except FileNotFoundError:
            continue  # the engine removed it meanwhile
    return total
