"""What the node knows of accounts after the newest block: looked up once a block, then answered from memory."""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Iterable

from liveledger.consensus.block_rules import Head
from liveledger.consensus.pool.rules import Standing
from liveledger.consensus.pool.state import Scene, StateReader
from liveledger.consensus.pool.transaction import Transaction, read_transaction

_REMEMBERED = 65_536


class Senders:
    """Who signed what: recovering a key from a signature is the dearest part of reading a transaction."""

    def __init__(self, chain_id: int) -> None:
        self._chain_id = chain_id
        self._known: OrderedDict[bytes, tuple[bytes, bytes]] = OrderedDict()

    def read(self, raw: bytes) -> Transaction:
        """Reads a transaction of this ledger. Raises BadTransaction."""
        # By a hash that the processor computes: Keccak takes four times as long, of each copy that a peer tells.
        digest = hashlib.sha256(raw).digest()
        tx_hash, sender = self._known.get(digest, (None, None))
        transaction = read_transaction(raw, self._chain_id, tx_hash=tx_hash, sender=sender)
        self._known[digest] = transaction.hash, transaction.sender
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return transaction


class Book:
    """Standings by account, and the scene, which moves with ``turn``."""

    def __init__(self, state: StateReader) -> None:
        self._state = state
        self._standings: OrderedDict[bytes, Standing] = OrderedDict()
        self._reading = asyncio.Lock()
        self.scene: Scene | None = None

    def standing(self, account: bytes) -> Standing | None:
        """What is known of an account, perhaps of an older block; None when it was never looked up."""
        return self._standings.get(account)

    async def turn(self, head: Head, accounts: Iterable[bytes] = ()) -> Scene:
        """Moves to ``head`` and looks up those of ``accounts`` that are not of it yet; an older head changes nothing.

        Raises EngineUnavailable and EngineRefused; what was known then stays.
        """
        async with self._reading:
            if self.scene is not None and head.number < self.scene.head.number:
                return self.scene
            if self.scene is None or self.scene.head != head:
                self.scene = await self._state.scene(head)
            scene = self.scene
            old = [account for account in accounts if not self._is_of(account, head)]
            self._standings.update(await self._state.standings(old, head))
            while len(self._standings) > _REMEMBERED:
                self._standings.popitem(last=False)
        return scene

    def _is_of(self, account: bytes, head: Head) -> bool:
        known = self._standings.get(account)
        return known is not None and known.height == head.number
