"""The pool in the node: what peers tell is answered from memory, what comes by the door may wait for the state."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog

from liveledger.consensus.block_rules import Head
from liveledger.consensus.clock import Clock
from liveledger.consensus.engine_client import EngineRefused, EngineUnavailable
from liveledger.consensus.metrics import BridgeMetrics
from liveledger.consensus.pool.book import Book, Senders
from liveledger.consensus.pool.choosing import AllTurns, Credits, Tempo, choose, executable
from liveledger.consensus.pool.telling import MAX_BYTES, Teller
from liveledger.consensus.pool.transaction import BadTransaction, Group, Transaction
from liveledger.consensus.pool.waiting import Pool, Refused, Waiting

TAKEN = 0
MALFORMED = 1
# What peers sent of accounts that this node has not looked up yet.
_MAX_STRANGERS = 512
_MAX_STRANGE_BYTES = 8 << 20
# A head older than this belongs to a node that catches up: nothing is looked up for the blocks it replays.
LIVE_SECONDS = 10

log = structlog.get_logger("bridge")


class PoolKeeper:
    """Owns the pool of one node. ``insert`` and ``reap`` never wait for the engine."""

    def __init__(self, book: Book, senders: Senders, clock: Clock, metrics: BridgeMetrics) -> None:
        self._book = book
        self._senders = senders
        self._clock = clock
        self._metrics = metrics
        self._pool = Pool()
        self._teller = Teller(self._pool)
        self._tempo = Tempo()
        self._head: Head | None = None
        self._strangers: dict[bytes, Transaction] = {}
        self._strange_bytes = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._first = 0
        self._credits: Credits = {}
        self._turns: AllTurns = {}

    def insert(self, raw: bytes) -> int:
        """What a peer tells: the ABCI code of the answer, from memory; 0 when it is taken or was there already."""
        try:
            self._admit(self._senders.read(raw), own=False)
        except BadTransaction as trouble:
            self._metrics.pool_refusals.labels(trouble.reason).inc()
            return MALFORMED
        except Refused as refusal:
            if refusal.reason == "known":
                return TAKEN
            self._metrics.pool_refusals.labels(refusal.reason).inc()
            return refusal.abci_code
        return TAKEN

    async def submit(self, raw: bytes) -> bytes:
        """What a client of this node hands in: its hash (32 bytes), once it waits here and will be told.

        Bytes that wait already are told again. Raises BadTransaction, Refused, EngineUnavailable and EngineRefused.
        """
        transaction = self._senders.read(raw)
        if waiting := self._pool.find(transaction.hash):
            self._teller.hurry(waiting, self._clock.now())
        if self._head is None:
            raise EngineUnavailable("the node has no block yet")
        await self._book.turn(self._head, [transaction.sender])
        try:
            self._admit(transaction, own=True)
        except Refused as refusal:
            self._metrics.pool_refusals.labels(refusal.reason).inc()
            raise
        return transaction.hash

    def reap(self, limit: int) -> list[bytes]:
        """What is to be told to the peers now, at most ``limit`` bytes (0: as many as this node tells at once)."""
        return self._teller.tell(self._clock.now(), min(limit or MAX_BYTES, MAX_BYTES))

    def next_nonce(self, account: bytes, nonce: int) -> int:
        """The nonce after all that waits without a gap from ``nonce`` on."""
        return self._pool.next_nonce(account, nonce)

    def _admit(self, transaction: Transaction, *, own: bool) -> None:
        standing, scene = self._book.standing(transaction.sender), self._book.scene
        if scene is None or standing is None:
            self._meet(transaction)
            raise Refused("unknown-account", "the account is being looked up", retry=True)
        try:
            waiting = self._pool.admit(transaction, standing, scene.listed, now=self._clock.now(), own=own)
        except Refused as refusal:
            if refusal.retry and standing.height < scene.head.number:
                self._meet(transaction)  # by now it may be otherwise
            raise
        self._entered(waiting)

    def _entered(self, waiting: Waiting) -> None:
        self._teller.enter(waiting)
        self._metrics.pool_waiting.set(len(self._pool))

    def _meet(self, transaction: Transaction) -> None:
        """Keeps a transaction while its account is looked up; lets it go when too many are kept."""
        size = self._strange_bytes + len(transaction.raw)
        full = len(self._strangers) >= _MAX_STRANGERS or size > _MAX_STRANGE_BYTES
        if self._head is None or full or transaction.hash in self._strangers:
            return
        self._strangers[transaction.hash] = transaction
        self._strange_bytes = size
        if len(self._strangers) == 1:
            self._spawn(self._meet_strangers(self._head))

    async def _meet_strangers(self, head: Head) -> None:
        try:
            scene = await self._book.turn(head, {stranger.sender for stranger in self._strangers.values()})
        finally:
            strangers, self._strangers, self._strange_bytes = self._strangers, {}, 0
        for transaction in strangers.values():
            standing = self._book.standing(transaction.sender)
            if standing is None:
                self._meet(transaction)  # it came while the others were looked up
                continue
            try:
                self._entered(self._pool.admit(transaction, standing, scene.listed, now=self._clock.now(), own=False))
            except Refused as refusal:
                self._metrics.pool_refusals.labels(refusal.reason).inc()

    def follow(self, head: Head) -> None:
        """``head`` was committed: what waits is checked again in the background."""
        self._head = head
        if self._clock.now() - head.timestamp <= LIVE_SECONDS:
            self._spawn(self.recheck(head))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(self._quietly(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    @staticmethod
    async def _quietly(work: Coroutine[Any, Any, None]) -> None:
        """Looking up fails while the engine is away: whoever needs the answer asks again and says so."""
        try:
            await work
        except (EngineUnavailable, EngineRefused) as trouble:
            log.debug("state not read", reason=trouble.message)

    async def recheck(self, head: Head) -> None:
        """Drops what the state after ``head`` carried out or made impossible. Raises as ``Book.turn``."""
        accounts = self._pool.accounts()
        scene = await self._book.turn(head, accounts)
        for account in accounts:
            standing = self._book.standing(account)
            if standing is not None and (gone := self._pool.recheck(account, standing, scene.listed)):
                log.info("transactions dropped", account="0x" + account.hex(), count=gone)
        if expired := self._pool.expire(self._clock.now()):
            log.info("transactions expired", count=expired)
        self._measure(scene.base_fee)

    def _measure(self, base_fee: int) -> None:
        waiting, shares = len(self._pool), self._pool.shares().values()
        self._metrics.pool_waiting.set(waiting)
        self._metrics.pool_bytes.set(self._pool.size)
        self._metrics.pool_share.set(max(shares) / waiting if waiting else 0.0)
        self._metrics.base_fee.set(base_fee)

    async def choose(self, parent: Head) -> list[Transaction]:
        """The transactions of a block on ``parent``, in their order. Raises EngineUnavailable and EngineRefused."""
        await self.recheck(parent)
        scene = self._book.scene
        if scene is None or scene.head != parent:
            raise EngineUnavailable("the chain went on while a block was put together")
        lines = []
        for account in self._pool.accounts():
            standing = self._book.standing(account)
            if standing is None or standing.organisation is None or standing.height != parent.number:
                continue  # it came meanwhile, and is looked up for the next block
            line = executable(self._pool.queue(account), standing, scene.base_fee, self._tempo.gas)
            lines.append((standing.organisation, line))
        gas = self._tempo.budget(
            reserves=any(one.transaction.group is Group.RESERVATIONS for _, line in lines for one in line[:1])
        )
        chosen = choose(lines, gas=gas, first=self._first, credits=self._credits, turns=self._turns)
        self._first = self._turn_after(chosen)
        return chosen

    def _turn_after(self, chosen: list[Transaction]) -> int:
        """The organisation whose turn came last: the next block begins with the one after it."""
        last = self._pool.find(chosen[-1].hash) if chosen else None
        return last.organisation if last else self._first

    def learn(self, gas: int, seconds: float) -> None:
        """A block with these gas limits took so long to build or to execute."""
        self._tempo.learn(gas, seconds)
        self._metrics.block_gas.set(self._tempo.gas)

    def give_up(self, transaction: Transaction, reason: str) -> None:
        """The engine does not take a transaction that the rules let through: it is dropped, and reported."""
        log.error("transaction dropped", hash="0x" + transaction.hash.hex(), reason=reason)
        self._metrics.pool_refusals.labels("misfit").inc()
        self._pool.drop(transaction.hash)
