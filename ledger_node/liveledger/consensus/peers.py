"""Which peers CometBFT may talk to: members whose validator key the contract still lists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import structlog

from liveledger.consensus.engine_client import EngineClient, EngineRefused, EngineUnavailable
from liveledger.consensus.validators import ValidatorRegistry

_PREFIX = "/p2p/filter/"
ALLOWED = 0
REFUSED = 1

log = structlog.get_logger("bridge")


@dataclass(frozen=True, slots=True)
class KnownPeer:
    """A node of the network: host of its address, and its validator key (32 bytes)."""

    host: str
    validator_key: bytes


class PeerGate:
    """Answers CometBFT's two filter queries; whatever cannot be answered is refused."""

    def __init__(self, engine: EngineClient, registry: ValidatorRegistry, peers: Mapping[str, KnownPeer]) -> None:
        self._engine = engine
        self._registry = registry
        self._peers = peers

    async def answer(self, path: str) -> tuple[int, str]:
        """Code (0 lets the peer in) and reason for a query path."""
        kind, _, subject = path.removeprefix(_PREFIX).partition("/") if path.startswith(_PREFIX) else ("", "", "")
        if kind == "addr":
            host = subject.rpartition(":")[0].strip("[]")
            known = any(peer.host == host for peer in self._peers.values())
            return (ALLOWED, "") if known else self._refuse(path, "no member's address")
        if kind == "id":
            return await self._identity(path, subject)
        return REFUSED, "no such query"

    async def _identity(self, path: str, node_id: str) -> tuple[int, str]:
        peer = self._peers.get(node_id)
        if peer is None:
            return self._refuse(path, "no member's node")
        try:
            head = await self._engine.head()
            power = await self._registry.power(peer.validator_key, head.hash)
        except (EngineUnavailable, EngineRefused) as trouble:
            return self._refuse(path, f"the contract cannot be asked: {trouble.message}")
        return (ALLOWED, "") if power > 0 else self._refuse(path, "its validator key is not in the set")

    @staticmethod
    def _refuse(path: str, reason: str) -> tuple[int, str]:
        log.warning("peer refused", path=path, reason=reason)
        return REFUSED, reason
