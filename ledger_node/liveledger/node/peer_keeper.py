"""Keeps CometBFT's connections in step with the ledger's list of nodes."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import structlog

from liveledger.consensus.engine_client import EngineRefused, EngineUnavailable
from liveledger.consensus.peers import Peer, PeerBook, to_dial
from liveledger.domain.errors import Unavailable

LOOK_SECONDS = 2.0
ANSWER_SECONDS = 4.0
# CometBFT lets nobody go by request: a node that is still its peer goes when it starts anew. Members do so one after
# another, so that the chain goes on meanwhile.
TURN_SECONDS = 1.5
# They do so for whose organisation was suspended or removed, which takes a vote. Who was taken off the list by its own
# organisation goes within a day: one administrator may list a node and take it off as often as it likes.
PATIENCE_SECONDS = 86_400.0
# Of two nodes one dials (`to_dial`). CometBFT tries again every few seconds, but after twenty tries only once in some
# minutes, later hours: hence a dial every so many looks.
LOOKS_BETWEEN_DIALS = 6
# Whoever waits to be dialled dials too: early, for a node that returns is awaited while the other side sleeps between
# two tries; then once a minute, for a firewall may be open one way only. Never in the other side's looks.
FIRST_LOOK_TO_DIAL_ANYHOW = 2
LOOKS_BETWEEN_DIALS_ANYHOW = 30
LOOK_TO_DIAL_ANYHOW = 3

log = structlog.get_logger("supervisor")


class PeerKeeper:
    """Looks at the list every few seconds; ``restart_consensus`` starts CometBFT anew and returns once it runs."""

    def __init__(
        self,
        book: PeerBook,
        consensus_url: str,
        own_id: str,
        restart_consensus: Callable[[], Awaitable[None]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._book = book
        self._url = consensus_url
        self._own_id = own_id
        self._restart = restart_consensus
        self._clock = clock
        # When CometBFT was started last, as far as this keeper knows: it begins with it.
        self._started = clock()
        self._looks_without: dict[str, int] = {}

    async def run(self) -> None:
        """Works until it is cancelled. What goes wrong is logged and tried again."""
        async with httpx.AsyncClient(timeout=ANSWER_SECONDS, trust_env=False) as http:
            while True:
                try:
                    await self._look(http)
                except (EngineUnavailable, EngineRefused, Unavailable) as trouble:
                    log.warning("peers not looked after", reason=trouble.message)
                await asyncio.sleep(LOOK_SECONDS)

    async def _look(self, http: httpx.AsyncClient) -> None:
        peers = await self._book.current()
        connected = await self._connected(http)
        if connected is None:
            return  # it starts, or replays: it has no peers that count
        if not await self._must_go(connected - peers.keys()) or not await self._drop_strangers(http, peers):
            await self._dial_missing(http, peers, connected)

    async def _must_go(self, strangers: set[str]) -> set[str]:
        """Those for whom CometBFT starts anew now."""
        outcasts = await self._book.outcasts(strangers)
        return strangers if self._clock() - self._started >= PATIENCE_SECONDS else outcasts

    async def _drop_strangers(self, http: httpx.AsyncClient, peers: dict[str, Peer]) -> bool:
        """Starts CometBFT anew in this node's turn if there is still somebody who must go; whether it did."""
        await asyncio.sleep(TURN_SECONDS * (1 + self._rank(peers)))
        strangers = (await self._connected(http) or set()) - (await self._book.current()).keys()
        going = await self._must_go(strangers)
        if going:
            log.warning("consensus starts anew to drop peers", peers=sorted(strangers))
            self._started = self._clock()
            await self._restart()
        return bool(going)

    async def _dial_missing(self, http: httpx.AsyncClient, peers: dict[str, Peer], connected: set[str]) -> None:
        missing = {node_id for node_id, peer in peers.items() if peer.dialable} - connected - {self._own_id}
        self._looks_without = {node_id: self._looks_without.get(node_id, 0) + 1 for node_id in missing}
        ours = {peer.node_id for peer in to_dial(peers, self._own_id)}
        due = {node_id for node_id, looks in self._looks_without.items() if dial_is_due(looks, ours=node_id in ours)}
        if due & ours:
            # The request replaces CometBFT's own list of whom to keep, and dials only those that it has not.
            await self._dial(http, peers, ours, keep=True)
        if due - ours:
            # Not to be kept: when such a connection ends, it is for the other side to dial again.
            await self._dial(http, peers, due - ours, keep=False)

    async def _dial(self, http: httpx.AsyncClient, peers: dict[str, Peer], chosen: set[str], *, keep: bool) -> None:
        addresses = [address for node_id in sorted(chosen) for address in peers[node_id].addresses]
        try:
            await self._ask(http, "dial_peers", peers=json.dumps(addresses), persistent=json.dumps(keep))
        except (httpx.HTTPError, KeyError, TypeError, ValueError) as trouble:
            log.warning("peers cannot be dialled", peers=sorted(chosen), reason=repr(trouble)[:200])
        else:
            log.info("peers dialled", peers=sorted(chosen), keep=keep)

    async def _connected(self, http: httpx.AsyncClient) -> set[str] | None:
        """Node ids of CometBFT's peers; None while it does not answer."""
        try:
            return {str(peer["node_info"]["id"]) for peer in (await self._ask(http, "net_info"))["peers"]}
        except (httpx.HTTPError, KeyError, TypeError, ValueError):
            return None

    async def _ask(self, http: httpx.AsyncClient, method: str, **params: str) -> Any:
        """The result of a request to CometBFT. Raises HTTPError; KeyError, TypeError or ValueError without a result."""
        answer = (await http.get(f"{self._url}/{method}", params=params)).json()
        if "error" in answer:
            raise ValueError(str(answer["error"]))
        return answer["result"]

    def _rank(self, peers: dict[str, Peer]) -> int:
        """This node's place among all: two neighbours never start anew together."""
        return sorted({*peers, self._own_id}).index(self._own_id)


def dial_is_due(looks: int, *, ours: bool) -> bool:
    """Whether a node that was missing at so many looks is dialled now; ``ours``: it is for this node to dial it."""
    if ours:
        return looks % LOOKS_BETWEEN_DIALS == 0
    return looks == FIRST_LOOK_TO_DIAL_ANYHOW or looks % LOOKS_BETWEEN_DIALS_ANYHOW == LOOK_TO_DIAL_ANYHOW
