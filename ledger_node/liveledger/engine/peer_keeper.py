"""Keeps both engines' connections in step with the ledger's list of nodes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import httpx
import structlog

from liveledger.consensus.engine_client import EngineRefused, EngineUnavailable
from liveledger.consensus.peers import Peer, PeerBook
from liveledger.domain.errors import Unavailable
from liveledger.engine import geth

LOOK_SECONDS = 4.0
# CometBFT lets nobody go by request: a node that is still its peer goes when it starts anew. Members do so one after
# another, so that the chain goes on meanwhile.
TURN_SECONDS = 1.5

log = structlog.get_logger("supervisor")


def enode(peer: Peer) -> str:
    """Geth's address of a peer."""
    return geth.enode(peer.execution_key, peer.host, peer.execution_port)


class PeerKeeper:
    """Looks at the list every few seconds; ``restart_consensus`` starts CometBFT anew and returns once it runs."""

    def __init__(
        self,
        book: PeerBook,
        socket: geth.AdminSocket,
        consensus_url: str,
        own_id: str,
        restart_consensus: Callable[[], Awaitable[None]],
    ) -> None:
        self._book = book
        self._socket = socket
        self._url = consensus_url
        self._own_id = own_id
        self._restart = restart_consensus
        self._admitted: set[str] = set()

    async def run(self) -> None:
        """Works until it is cancelled. What goes wrong is logged and tried again."""
        while True:
            try:
                await self._look()
            except (EngineUnavailable, EngineRefused, Unavailable) as trouble:
                log.warning("peers not looked after", reason=trouble.message)
            await asyncio.sleep(LOOK_SECONDS)

    async def _look(self) -> None:
        peers = await self._book.current()
        await self._keep_geth({enode(peer) for node_id, peer in peers.items() if node_id != self._own_id})
        if await self._strangers(peers):
            await asyncio.sleep(TURN_SECONDS * (1 + self._rank(peers)))
            strangers = await self._strangers(await self._book.current())
            if strangers:
                log.warning("consensus starts anew to drop peers", peers=sorted(strangers))
                await self._restart()

    async def _keep_geth(self, wanted: set[str]) -> None:
        for peer in sorted(wanted - self._admitted):
            await self._socket.admit([peer])
            self._admitted.add(peer)
        for peer in sorted(self._admitted - wanted):
            log.warning("peer dropped", process="geth", peer=peer)
            await self._socket.drop(peer)
            self._admitted.discard(peer)

    async def _strangers(self, peers: dict[str, Peer]) -> set[str]:
        try:
            async with httpx.AsyncClient(timeout=LOOK_SECONDS, trust_env=False) as http:
                answer = (await http.get(f"{self._url}/net_info")).json()
            connected = {str(peer["node_info"]["id"]) for peer in answer["result"]["peers"]}
        except (httpx.HTTPError, KeyError, TypeError, ValueError):
            return set()  # it starts, or replays: it has no peers that count
        return connected - peers.keys()

    def _rank(self, peers: dict[str, Peer]) -> int:
        """This node's place among all: two neighbours never start anew together."""
        return sorted({*peers, self._own_id}).index(self._own_id)
