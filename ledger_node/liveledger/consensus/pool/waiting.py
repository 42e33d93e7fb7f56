"""What waits, an account a queue: bounded in all, an organisation's share of it bounded too. Memory only, no I/O."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from liveledger.consensus.pool.rules import Standing, forbidden
from liveledger.consensus.pool.transaction import Group, Transaction
from liveledger.domain.errors import LiveLedgerError

# CometBFT forgets bytes that were refused with such a code or a higher one, so that they may come again.
RETRY = 32_000
MAX_WAITING = 65_536
MAX_WAITING_BYTES = 256 << 20
# Of an organisation, and of what it has for the contracts of genesis: a vote must find room whatever else waits.
SHARE, SHARE_BYTES = 16_384, 64 << 20
GOVERNANCE_SHARE, GOVERNANCE_SHARE_BYTES = 1_024, 16 << 20
# How far ahead of its account's nonce a transaction may be.
NONCE_WINDOW = 4_096
EXPIRY_SECONDS = 600.0
_BUMP_PERCENT = 110


class Refused(LiveLedgerError):
    """The pool does not take a transaction; ``reason`` is its stable code, ``retry`` says that it may pass."""

    code = "pool-refused"
    http_status = 409

    def __init__(self, reason: str, message: str, *, retry: bool) -> None:
        super().__init__(message, code=reason)
        self.reason = reason
        self.retry = retry

    @property
    def abci_code(self) -> int:
        """What ABCI answers."""
        return RETRY if self.retry else 1


@dataclass(slots=True)
class Waiting:
    """A transaction in the pool: since when (seconds), in which order; when it was and is told to the peers."""

    transaction: Transaction
    organisation: int
    order: int
    since: float
    own: bool
    told: int = 0
    told_at: float = float("-inf")
    due: float = float("inf")

    @property
    def owner(self) -> tuple[int, bool]:
        """Whose share it is of: the organisation's, for the contracts of genesis or for all else."""
        return self.organisation, self.transaction.group is Group.GOVERNANCE


@dataclass(slots=True)
class _Used:
    count: int = 0
    size: int = 0

    def add(self, size: int) -> None:
        self.count += 1
        self.size += size

    def take(self, size: int) -> None:
        self.count -= 1
        self.size -= size


@dataclass
class Pool:
    """Keeps what was admitted until it is in a block, outbid, expired, or its account may send nothing any more."""

    _queues: dict[bytes, dict[int, Waiting]] = field(default_factory=dict)
    _by_hash: dict[bytes, Waiting] = field(default_factory=dict)
    _used: dict[tuple[int, bool], _Used] = field(default_factory=dict)
    _all: _Used = field(default_factory=_Used)
    _order: Iterator[int] = field(default_factory=itertools.count)

    def __len__(self) -> int:
        return self._all.count

    @property
    def size(self) -> int:
        """Bytes of all that waits."""
        return self._all.size

    def find(self, tx_hash: bytes) -> Waiting | None:
        """What waits under a hash."""
        return self._by_hash.get(tx_hash)

    def accounts(self) -> list[bytes]:
        """Accounts of which something waits."""
        return list(self._queues)

    def queue(self, account: bytes) -> dict[int, Waiting]:
        """What waits of an account, by nonce."""
        return self._queues.get(account, {})

    def shares(self) -> dict[int, int]:
        """How many transactions of each organisation wait."""
        found: dict[int, int] = {}
        for (organisation, _), used in self._used.items():
            found[organisation] = found.get(organisation, 0) + used.count
        return found

    def next_nonce(self, account: bytes, nonce: int) -> int:
        """The first nonce from ``nonce`` on under which nothing waits."""
        queue = self.queue(account)
        while nonce in queue:
            nonce += 1
        return nonce

    def admit(
        self, transaction: Transaction, standing: Standing, listed: Collection[bytes], *, now: float, own: bool
    ) -> Waiting:
        """Takes a transaction of an account with that standing. Raises Refused, and then nothing has changed."""
        if transaction.hash in self._by_hash:
            raise Refused("known", "already known", retry=False)
        if refusal := forbidden(transaction, standing, listed):
            raise Refused(refusal.reason, refusal.message, retry=True)
        organisation = standing.organisation or 0
        self._check_nonce(transaction, standing)
        replaced = self.queue(transaction.sender).get(transaction.nonce)
        if replaced and not _outbids(transaction, replaced.transaction):
            raise Refused("underpriced", "replacement transaction underpriced", retry=True)
        self._make_room(transaction, organisation, replaced)
        if replaced:
            self._drop(replaced)
        made = Waiting(transaction, organisation, next(self._order), now, own)
        self._queues.setdefault(transaction.sender, {})[transaction.nonce] = made
        self._by_hash[transaction.hash] = made
        for used in self._counters(made):
            used.add(len(transaction.raw))
        return made

    @staticmethod
    def _check_nonce(transaction: Transaction, standing: Standing) -> None:
        if transaction.nonce < standing.nonce:
            found = f"next nonce {standing.nonce}, tx nonce {transaction.nonce}"
            raise Refused("nonce-too-low", f"nonce too low: {found}", retry=False)
        if transaction.nonce >= standing.nonce + NONCE_WINDOW:
            raise Refused("nonce-too-high", f"nonce {transaction.nonce} is too far ahead", retry=True)
        if transaction.cost > standing.balance:
            found = f"balance {standing.balance}, tx cost {transaction.cost}"
            raise Refused("no-funds", f"insufficient funds for gas * price + value: {found}", retry=True)

    def _make_room(self, transaction: Transaction, organisation: int, replaced: Waiting | None) -> None:
        """Raises Refused when the organisation has its share already; ends another's newest when the pool is full."""
        governs = transaction.group is Group.GOVERNANCE
        used = self._used.get((organisation, governs), _Used())
        size = len(transaction.raw) - (len(replaced.transaction.raw) if replaced else 0)
        share = (GOVERNANCE_SHARE, GOVERNANCE_SHARE_BYTES) if governs else (SHARE, SHARE_BYTES)
        if used.count + (replaced is None) > share[0] or used.size + size > share[1]:
            message = f"organisation {organisation} has {used.count} transactions waiting, which is its share"
            raise Refused("share", message, retry=True)
        while self._all.count >= MAX_WAITING or self._all.size + size > MAX_WAITING_BYTES:
            largest = max(self._used, key=lambda key: self._used[key].size)
            if largest == (organisation, governs) or governs < largest[1]:
                raise Refused("full", "the pool is full", retry=True)
            self._drop_newest(largest)

    def _drop_newest(self, owner: tuple[int, bool]) -> None:
        for waiting in reversed(self._by_hash.values()):
            if waiting.owner == owner:
                self._drop(waiting)
                return

    def _counters(self, waiting: Waiting) -> tuple[_Used, _Used]:
        return self._used.setdefault(waiting.owner, _Used()), self._all

    def _drop(self, waiting: Waiting) -> None:
        transaction = waiting.transaction
        queue = self._queues[transaction.sender]
        del queue[transaction.nonce], self._by_hash[transaction.hash]
        if not queue:
            del self._queues[transaction.sender]
        for used in self._counters(waiting):
            used.take(len(transaction.raw))
        if not self._used[waiting.owner].count:
            del self._used[waiting.owner]

    def drop(self, tx_hash: bytes) -> None:
        """Forgets a transaction; nothing when it is not there."""
        if waiting := self._by_hash.get(tx_hash):
            self._drop(waiting)

    def recheck(self, account: bytes, standing: Standing, listed: Collection[bytes]) -> int:
        """Drops what a new state made impossible or has carried out; returns how many others were dropped."""
        gone = 0
        for waiting in list(self.queue(account).values()):
            if waiting.transaction.nonce < standing.nonce:
                self._drop(waiting)
            elif waiting.transaction.cost > standing.balance or forbidden(waiting.transaction, standing, listed):
                self._drop(waiting)
                gone += 1
        return gone

    def expire(self, now: float) -> int:
        """Drops what has waited too long; returns how many."""
        old: list[Waiting] = []
        for waiting in self._by_hash.values():
            if now - waiting.since <= EXPIRY_SECONDS:
                break  # in the order of their coming
            old.append(waiting)
        for waiting in old:
            self._drop(waiting)
        return len(old)


def _outbids(transaction: Transaction, other: Transaction) -> bool:
    """As geth has it: both fees a tenth higher, so that replacing costs something."""
    return (
        100 * transaction.max_fee >= _BUMP_PERCENT * other.max_fee
        and 100 * transaction.priority_fee >= _BUMP_PERCENT * other.priority_fee
    )
