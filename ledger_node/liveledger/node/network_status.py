"""A whole network from outside: what an operator looks at first. docs/network-status.md describes its JSON."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families

from liveledger.domain.home import LedgerHome, NodeHome
from liveledger.node import runstate
from liveledger.node.control import NodeReport, node_report
from liveledger.node.network import Member, Network
from liveledger.node.ports import HOST
from liveledger.node.validator_set import ValidatorSet, read_validators

_ASK_SECONDS = 2.0
_BLOCK_BYTES = 512
_BUILD_INFO = "liveledger_build_info"


@dataclass(frozen=True, slots=True)
class NetworkReport:
    """All nodes of this host. ``last_proposer`` is a node's name, empty while nobody answers, as ``validators`` and
    ``seconds_since_block`` are None then; ``disk_bytes`` and ``versions`` go with ``nodes``.
    """

    chain_id: str
    evm_chain_id: int
    height: int
    last_proposer: str
    nodes: tuple[NodeReport, ...]
    disk_bytes: tuple[int, ...]
    versions: tuple[dict[str, str] | None, ...]
    validators: ValidatorSet | None
    seconds_since_block: float | None

    @property
    def healthy(self) -> bool:
        """Whether every node runs."""
        return all(node.phase == runstate.RUNNING for node in self.nodes)

    def _lag(self, node: NodeReport) -> int | None:
        return self.height - node.consensus["height"] if node.consensus else None

    def as_dict(self) -> dict[str, Any]:
        """Plain data for ``--json``."""
        rows = [
            node.as_dict() | {"lag": self._lag(node), "disk_bytes": size, "version": version}
            for node, size, version in zip(self.nodes, self.disk_bytes, self.versions, strict=True)
        ]
        validators = self.validators
        return {
            "chain_id": self.chain_id,
            "evm_chain_id": self.evm_chain_id,
            "height": self.height,
            "seconds_since_block": self.seconds_since_block,
            "last_proposer": self.last_proposer,
            "validators": len(validators.powers) if validators else None,
            "total_power": validators.total if validators else None,
            "may_fail": validators.may_fail if validators else None,
            "fault_tolerant": validators.may_fail > 0 if validators else None,
            "healthy": self.healthy,
            "nodes": rows,
        }

    def lines(self) -> list[str]:
        """A few lines for a terminal."""
        head = f"{self.chain_id}  EVM chain {self.evm_chain_id}  height {self.height}  proposer {self.last_proposer}"
        rows = (
            f"{node.line()}  lag {self._lag(node)}  {size / 1e6:.0f} MB  {_version_line(version)}"
            for node, size, version in zip(self.nodes, self.disk_bytes, self.versions, strict=True)
        )
        return [head, *self._network_lines(), *rows]

    def _network_lines(self) -> Iterable[str]:
        if self.seconds_since_block is not None:
            yield f"last block {self.seconds_since_block:.1f} s ago"
        if self.validators is None:
            return
        count, may_fail = len(self.validators.powers), self.validators.may_fail
        tolerance = f"yes ({may_fail} of {count} may fail)" if may_fail else "no, not fault tolerant"
        yield f"{count} validator(s), total power {self.validators.total}, fault tolerant: {tolerance}"


def network_report(home: LedgerHome) -> NetworkReport:
    """Asks every node on this host. Raises ConfigurationError when there is no such ledger in ``home``."""
    network = Network.load(home)
    nodes = tuple(node_report(home, index) for index in range(len(network.local)))
    alive = [node for node in nodes if node.consensus]
    sets = (read_validators(node.consensus_url) for node in alive)
    return NetworkReport(
        chain_id=network.chain_id,
        evm_chain_id=network.evm_chain_id,
        height=max((node.consensus["height"] for node in alive if node.consensus), default=0),
        last_proposer=_last_proposer(nodes, network.members),
        nodes=nodes,
        disk_bytes=tuple(disk_bytes(home.node(index)) for index in range(len(network.local))),
        versions=tuple(read_version(home.node(index)) for index in range(len(network.local))),
        validators=next((found for found in sets if found), None),
        seconds_since_block=_age([node.consensus["block_time"] for node in alive if node.consensus]),
    )


def _age(block_times: list[str]) -> float | None:
    """Seconds since the newest of some block times; None when there is none."""
    try:
        times = [datetime.fromisoformat(stamp[:19] + "+00:00").timestamp() for stamp in block_times]
    except ValueError:
        return None
    return round(max(0.0, time.time() - max(times)), 1) if times else None


def read_version(node: NodeHome) -> dict[str, str] | None:
    """Versions of what a node runs (``liveledger``, ``rules``, ``geth``, ``cometbft``); None when it does not run."""
    try:
        answer = httpx.get(f"http://{HOST}:{node.ports().node_metrics}/", timeout=_ASK_SECONDS, trust_env=False)
        line = next(line for line in answer.text.splitlines() if line.startswith(_BUILD_INFO + "{"))
        [family] = text_string_to_metric_families(line + "\n")
    except (httpx.HTTPError, StopIteration, ValueError):
        return None
    return dict(family.samples[0].labels)


def _version_line(version: dict[str, str] | None) -> str:
    if version is None:
        return ""
    return "liveledger {liveledger}, rules {rules}, geth {geth}, cometbft {cometbft}".format(**version)


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
