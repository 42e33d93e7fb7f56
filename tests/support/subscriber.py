"""Listens to every node all the time and keeps every hash that any of them ever told for a height."""

from __future__ import annotations

import hashlib
import json
import threading
from collections import defaultdict
from typing import Any

import httpx
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from liveledger.domain.home import LedgerHome

_SUBSCRIBE = {"jsonrpc": "2.0", "id": 1, "method": "subscribe", "params": {"query": "tm.event='NewBlockHeader'"}}
_RETRY_SECONDS = 0.5
_LISTEN_SECONDS = 2.0


class Subscriber:
    """One thread a node. ``seen`` maps (kind, height) to the hashes told, with the nodes that told them."""

    def __init__(self, home: LedgerHome, nodes: int) -> None:
        self._ports = [home.node(node).ports() for node in range(nodes)]
        self.seen: dict[tuple[str, int], dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
        self.events = 0
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._follow, args=(node,)) for node in range(nodes)]

    def start(self) -> None:
        """Begins to listen."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Ends all threads."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def forks(self) -> dict[tuple[str, int], dict[str, list[int]]]:
        """Heights with more than one hash; there must be none."""
        with self._lock:
            return {
                place: {digest: sorted(nodes) for digest, nodes in hashes.items()}
                for place, hashes in self.seen.items()
                if len(hashes) > 1
            }

    def heights(self) -> int:
        """How many heights were told by some node."""
        with self._lock:
            return len({height for _, height in self.seen})

    def _follow(self, node: int) -> None:
        ports = self._ports[node]
        while not self._stop.is_set():
            try:
                with connect(f"ws://127.0.0.1:{ports.consensus_rpc}/websocket", proxy=None) as socket:
                    socket.send(json.dumps(_SUBSCRIBE))
                    self._listen(socket, node)
            except (OSError, WebSocketException, TimeoutError):
                self._stop.wait(_RETRY_SECONDS)

    def _listen(self, socket: Any, node: int) -> None:
        url = f"http://127.0.0.1:{self._ports[node].execution_http}"
        with httpx.Client(timeout=5, trust_env=False) as http:
            while not self._stop.is_set():
                try:
                    message = json.loads(socket.recv(timeout=_LISTEN_SECONDS))
                except TimeoutError:
                    continue
                if header := message.get("result", {}).get("data", {}).get("value", {}).get("header"):
                    self._note(http, url, header, node)

    def _note(self, http: httpx.Client, url: str, header: dict[str, Any], node: int) -> None:
        height = int(header["height"])
        told = [
            ("header", height, hashlib.sha256(json.dumps(header, sort_keys=True).encode()).hexdigest()),
            ("commit", height - 1, str(header["last_block_id"]["hash"])),
            ("execution", height - 1, "0x" + str(header["app_hash"]).lower()),
        ]
        body = {"jsonrpc": "2.0", "id": 1, "method": "eth_getBlockByNumber", "params": [hex(height - 1), False]}
        try:
            block = http.post(url, json=body).json().get("result")
        except (httpx.HTTPError, ValueError):
            block = None  # geth was killed under us: the others tell it
        if block:
            told.append(("execution", height - 1, str(block["hash"])))
        with self._lock:
            self.events += 1
            for kind, number, digest in told:
                self.seen[kind, number][digest].add(node)
