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
# How far ahead of its account's nonce a transaction may be, and how many of an account wait for one that is missing:
# they cost their sender nothing, and no block takes them.
NONCE_WINDOW = 4_096
BEHIND_A_GAP = 64
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
    """A transaction in the pool: since when (seconds), in which order; when it was and is told to the peers.

    ``booked``: its owner's rate is charged for the next time.
    """

    transaction: Transaction
    organisation: int
    order: int
    since: float
    own: bool
    told: int = 0
    told_at: float = float("-inf")
    due: float = float("inf")
    booked: bool = False

    @property
    def owner(self) -> tuple[int, bool]:
        """Whose share it is of: the organisation's, for the contracts of genesis or for all else."""
        return self.organisation, self.transaction.group is Group.GOVERNANCE


# What is counted: transactions, and their bytes.
_COUNT, _SIZE = 0, 1
_MEASURES = (_COUNT, _SIZE)
_Owner = tuple[int, bool]


def _weight(transaction: Transaction) -> tuple[int, int]:
    return 1, len(transaction.raw)


@dataclass(slots=True)
class _Used:
    """Transactions and bytes of an owner, and of each of its accounts."""

    amounts: list[int] = field(default_factory=lambda: [0, 0])
    accounts: dict[bytes, list[int]] = field(default_factory=dict)

    def add(self, transaction: Transaction, sign: int = 1) -> None:
        mine = self.accounts.setdefault(transaction.sender, [0, 0])
        for measure, weight in enumerate(_weight(transaction)):
            self.amounts[measure] += sign * weight
            mine[measure] += sign * weight
        if not mine[_COUNT]:
            del self.accounts[transaction.sender]

    def most_first(self, measure: int) -> list[bytes]:
        return sorted(self.accounts, key=lambda account: self.accounts[account][measure], reverse=True)

    def gives_way(self, measure: int, sender: bytes, added: int, over: int) -> bool:
        """Whether its account with most is another one than the sender's, and has no less than that afterwards."""
        if not self.accounts:
            return False
        account = self.most_first(measure)[0]
        mine = self.accounts.get(sender, [0, 0])[measure]
        return account != sender and self.accounts[account][measure] - over >= mine + added


@dataclass
class Pool:
    """Keeps what was admitted until it is in a block, outbid, expired, or its account may send nothing any more."""

    _queues: dict[bytes, dict[int, Waiting]] = field(default_factory=dict)
    _by_hash: dict[bytes, Waiting] = field(default_factory=dict)
    _used: dict[_Owner, _Used] = field(default_factory=dict)
    _all: list[int] = field(default_factory=lambda: [0, 0])
    _order: Iterator[int] = field(default_factory=itertools.count)

    def __len__(self) -> int:
        return self._all[_COUNT]

    @property
    def size(self) -> int:
        """Bytes of all that waits."""
        return self._all[_SIZE]

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
            found[organisation] = found.get(organisation, 0) + used.amounts[_COUNT]
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
        self._check_gap(transaction, standing)
        self._make_room(transaction, organisation, replaced)
        if replaced:
            self.drop(replaced.transaction.hash)  # it may have made room already
        made = Waiting(transaction, organisation, next(self._order), now, own)
        self._queues.setdefault(transaction.sender, {})[transaction.nonce] = made
        self._by_hash[transaction.hash] = made
        self._count(made, 1)
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

    def _check_gap(self, transaction: Transaction, standing: Standing) -> None:
        queue = self.queue(transaction.sender)
        if len(queue) < BEHIND_A_GAP or transaction.nonce in queue:
            return
        missing = self.next_nonce(transaction.sender, standing.nonce)
        if transaction.nonce > missing and sum(nonce > missing for nonce in queue) >= BEHIND_A_GAP:
            message = f"nonce {missing} is missing, and {BEHIND_A_GAP} transactions wait behind it"
            raise Refused("nonce-too-high", message, retry=True)

    def _make_room(self, transaction: Transaction, organisation: int, replaced: Waiting | None) -> None:
        """Drops the newest of whoever has most, of what ran out; raises Refused, and then nothing has changed.

        In an organisation's share that is one of its own accounts, which must have more than the sender; in a full pool
        the largest organisation, but nothing for the contracts of genesis gives way to anything else.
        """
        owner = (organisation, transaction.group is Group.GOVERNANCE)
        before = _weight(replaced.transaction) if replaced and replaced.owner == owner else (0, 0)
        victims: dict[bytes, Waiting] = {}
        for measure in _MEASURES:
            added = _weight(transaction)[measure] - before[measure]
            for waiting in self._victims(measure, owner, transaction.sender, added):
                victims[waiting.transaction.hash] = waiting
        for waiting in victims.values():
            self._drop(waiting)

    def _victims(self, measure: int, owner: _Owner, sender: bytes, added: int) -> list[Waiting]:
        mine = self._used.get(owner, _Used())
        share = ((SHARE, SHARE_BYTES), (GOVERNANCE_SHARE, GOVERNANCE_SHARE_BYTES))[owner[1]][measure]
        over_share = mine.amounts[measure] + added - share
        over_all = self._all[measure] + added - (MAX_WAITING, MAX_WAITING_BYTES)[measure]
        largest = owner if over_all <= 0 else self._largest(measure, owner, added)
        from_mine = max(over_share, over_all) if largest == owner else over_share
        if from_mine > 0 and not mine.gives_way(measure, sender, added, from_mine):
            if over_share <= 0:
                raise Refused("full", "the pool is full", retry=True)
            message = f"organisation {owner[0]} has {mine.amounts[_COUNT]} transactions waiting, which is its share"
            raise Refused("share", message, retry=True)
        found = self._newest(measure, owner, from_mine)
        if largest != owner:
            found += self._newest(measure, largest, over_all - max(over_share, 0))
        return found

    def _largest(self, measure: int, owner: _Owner, added: int) -> _Owner:
        """Who has most of what ran out, the sender's with what is added, of those that may give way to it."""
        amounts = {key: used.amounts[measure] for key, used in self._used.items() if owner[1] or not key[1]}
        amounts[owner] = amounts.get(owner, 0) + added
        return max(amounts, key=lambda key: amounts[key])

    def _newest(self, measure: int, owner: _Owner, over: int) -> list[Waiting]:
        """What frees ``over`` of a measure: of the owner's account with most its highest nonces, then of the next."""
        found: list[Waiting] = []
        for account in self._used[owner].most_first(measure) if over > 0 else ():
            queue = self._queues[account]
            for nonce in sorted(queue, reverse=True):
                if over <= 0:
                    return found
                if queue[nonce].owner == owner:
                    found.append(queue[nonce])
                    over -= _weight(queue[nonce].transaction)[measure]
        return found

    def _count(self, waiting: Waiting, sign: int) -> None:
        used = self._used.setdefault(waiting.owner, _Used())
        used.add(waiting.transaction, sign)
        for measure, weight in enumerate(_weight(waiting.transaction)):
            self._all[measure] += sign * weight
        if not used.amounts[_COUNT]:
            del self._used[waiting.owner]

    def _drop(self, waiting: Waiting) -> None:
        transaction = waiting.transaction
        queue = self._queues[transaction.sender]
        del queue[transaction.nonce], self._by_hash[transaction.hash]
        if not queue:
            del self._queues[transaction.sender]
        self._count(waiting, -1)

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
