"""Which transactions enter a block and in which order: by group, by turns of organisations and accounts, by nonce."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from liveledger.consensus.limits import GAS_LIMIT
from liveledger.consensus.pool.rules import BIG_BLOCK_GAS, MAX_WORK, Standing, size, work
from liveledger.consensus.pool.transaction import Group, Transaction
from liveledger.consensus.pool.waiting import Waiting
from liveledger.domain.transactions import MAX_TX_GAS

# Deficit round robin: what an organisation may add to its credit in each round, in gas.
QUANTUM = 1_000_000
# Below what a vote lets pass (``rules.MAX_BYTES``), on purpose: every byte is packed, sent and read by everybody. With
# 7 MB of noise in each, four validators on two cores made a block every five seconds; movements at full load are under
# 1 MB a second.
MAX_BLOCK_BYTES = 2_500_000
# As with gas, honest blocks stay below what a block may hold; one transaction always fits into half of it.
BLOCK_WORK = MAX_WORK * 9 // 10
# How long a block may take to build, in seconds, and the gas that is allowed whatever was measured.
BUILD_SECONDS = 0.7
LEAST_GAS = 25_000_000
# The same while reservations come, by what the newest blocks took together: one that is built and decided within a
# second is followed by the next one at once. And how many blocks after the last reservation that is kept up.
RESERVING_BUILD_SECONDS = 0.4
RESERVING_BLOCKS = 8
_MEASURED = 16
FIRST_GAS = 100_000_000
_MEASURABLE_GAS = 2_000_000


class Tempo:
    """How much gas a block may hold so that it is built in time, learnt from the blocks before."""

    def __init__(self) -> None:
        self.gas = FIRST_GAS
        self._measured: deque[tuple[int, float]] = deque(maxlen=_MEASURED)
        self._reserving = 0

    def budget(self, *, reserves: bool) -> int:
        """Gas of the next block; ``reserves`` says whether reservations wait.

        Whoever reserves waits for the block that is being made and for its own: both are short, also where none waits
        at this moment but some did a few blocks ago. What one block took says little of the next.
        """
        self._reserving = RESERVING_BLOCKS if reserves else max(self._reserving - 1, 0)
        if not self._reserving or not self._measured:
            return self.gas
        gas, seconds = (sum(amounts) for amounts in zip(*self._measured, strict=True))
        return min(self.gas, max(int(gas * RESERVING_BUILD_SECONDS / max(seconds, 1e-3)), LEAST_GAS))

    def learn(self, gas: int, seconds: float) -> None:
        """A block with these gas limits took so long: too long counts at once, room is given step by step."""
        if gas < _MEASURABLE_GAS:
            return
        self._measured.append((gas, seconds))
        possible = int(gas * BUILD_SECONDS / max(seconds, 1e-3))
        wanted = possible if possible < self.gas else min(possible, 2 * self.gas)
        self.gas = min(max(wanted, LEAST_GAS), BIG_BLOCK_GAS)


def base_fee_after(base_fee: int, gas_used: int) -> int:
    """Base fee (wei a gas) of the block that follows one with these figures (EIP-1559)."""
    target = GAS_LIMIT // 2
    if gas_used > target:
        return base_fee + max(base_fee * (gas_used - target) // target // 8, 1)
    return base_fee - base_fee * (target - gas_used) // target // 8


def executable(queue: Mapping[int, Waiting], standing: Standing, base_fee: int, gas: int) -> list[Waiting]:
    """The front of an account's queue that a block can take: no gap, every bid high enough, paid for together."""
    line: list[Waiting] = []
    nonce, balance = standing.nonce, standing.balance
    while (waiting := queue.get(nonce)) is not None:
        transaction = waiting.transaction
        balance -= transaction.cost
        if balance < 0 or transaction.max_fee < base_fee or gas <= 0:
            break
        line.append(waiting)
        gas -= transaction.gas
        nonce += 1
    return line


@dataclass
class Turns:
    """Whose turn it is within an organisation (start-time fair queueing): ``starts`` are its accounts' tags, in gas.

    An account that begins to wait starts at the tag that is served at that time, so at once; each of its transactions
    puts its next start off by its gas. So one account's flood goes behind another's first act, in every block.
    """

    now: int = 0
    starts: dict[bytes, int] = field(default_factory=dict)

    def enter(self, account: bytes) -> None:
        """It has something waiting, perhaps since long."""
        self.starts.setdefault(account, self.now)

    def serve(self, account: bytes, gas: int) -> None:
        """Its turn was used for so much gas."""
        self.now = max(self.now, self.starts[account])
        self.starts[account] += gas

    def forget(self, waiting: Collection[bytes]) -> None:
        """Drops accounts without anything ``waiting`` that would start now anyway."""
        self.starts = {one: start for one, start in self.starts.items() if start > self.now or one in waiting}


@dataclass
class _Organisation:
    """Accounts of one organisation, each with its line; the heads that may go now: by turns, a small one first."""

    number: int
    lines: list[deque[Waiting]]
    heads: list[tuple[int, int, int, int]] = field(default_factory=list)
    credit: int = 0
    skipped: bool = False
    turns: Turns = field(default_factory=Turns)

    def open(self, group: Group | None, credit: int, turns: Turns) -> None:
        self.credit, self.skipped, self.turns, self.heads = credit, False, turns, []
        for index, line in enumerate(self.lines):
            if _goes(line, group):
                turns.enter(line[0].transaction.sender)
                self._wait(index)

    def _wait(self, index: int) -> None:
        waiting = self.lines[index][0]
        start = self.turns.starts[waiting.transaction.sender]
        heapq.heappush(self.heads, (start, waiting.transaction.gas, waiting.order, index))

    def close(self, group: Group | None) -> None:
        """Its turn is over: accounts that are not in it any more are forgotten."""
        self.turns.forget({line[0].transaction.sender for line in self.lines if _goes(line, group)})

    def waits(self, group: Group | None) -> bool:
        """Whether something of the group is left over."""
        return any(_goes(line, group) for line in self.lines)

    def head(self) -> Waiting:
        return self.lines[self.heads[0][-1]][0]

    def skip(self) -> None:
        heapq.heappop(self.heads)
        self.skipped = True

    def take(self, group: Group | None) -> Transaction:
        *_, index = heapq.heappop(self.heads)
        line = self.lines[index]
        taken = line.popleft().transaction
        self.credit -= taken.gas
        self.turns.serve(taken.sender, taken.gas)
        if _goes(line, group):
            self._wait(index)
        return taken


def _goes(line: deque[Waiting], group: Group | None) -> bool:
    return bool(line) and (group is None or line[0].transaction.group is group)


# What organisations are owed from the blocks before, by number and group, in gas; and the turns of their accounts.
Credits = dict[tuple[int, Group], int]
AllTurns = dict[tuple[int, Group], Turns]


@dataclass
class Choice:
    """A block in the making: ``gas``, ``size`` (bytes) and ``work_left`` are what is left of it.

    ``others_left`` is the work that is left for all but batches of movements: whoever floods with anything else leaves
    them half.
    """

    gas: int
    size: int
    credits: Credits
    turns: AllTurns = field(default_factory=dict)
    work_left: int = BLOCK_WORK
    others_left: int = BLOCK_WORK // 2
    chosen: list[Transaction] = field(default_factory=list)

    def serve(self, ring: Sequence[_Organisation], group: Group, quota: int) -> None:
        """One group: organisations in turn, until ``quota`` gas is used or nothing fits.

        What an organisation could not use because its next transaction is larger is kept for the next block: small
        transactions of others would keep a large one out for ever.
        """
        for organisation in ring:
            key = organisation.number, group
            organisation.open(group, self.credits.pop(key, 0), self.turns.setdefault(key, Turns()))
        self._take_turns(ring, group, quota)
        for organisation in ring:
            organisation.close(group)
            if organisation.waits(group):
                self.credits[organisation.number, group] = min(organisation.credit, MAX_TX_GAS)

    def fill(self, ring: Sequence[_Organisation]) -> None:
        """All groups alike, until nothing fits."""
        for organisation in ring:
            organisation.open(None, 0, Turns())
        self._take_turns(ring, None, self.gas)

    def _take_turns(self, ring: Sequence[_Organisation], group: Group | None, left: int) -> None:
        while any(organisation.heads for organisation in ring):
            for organisation in ring:
                # Whoever does not fit any more goes on earning while the others use what is left.
                if organisation.heads or organisation.skipped:
                    organisation.credit += QUANTUM
                left -= self._serve_one(organisation, group, left)

    def _serve_one(self, organisation: _Organisation, group: Group | None, left: int) -> int:
        used = 0
        while organisation.heads:
            transaction = organisation.head().transaction
            if transaction.gas > min(left - used, self.gas) or not self._holds(transaction):
                organisation.skip()  # waits for the next block, with all that follows it
                continue
            if transaction.gas > organisation.credit:
                break
            self.chosen.append(organisation.take(group))
            used += transaction.gas
            self._enter(transaction)
        return used

    def _holds(self, transaction: Transaction) -> bool:
        """Whether its bytes and its work fit what is left."""
        return size(transaction.raw) <= self.size and work(transaction) <= (
            self.work_left if transaction.posts else min(self.work_left, self.others_left)
        )

    def _enter(self, transaction: Transaction) -> None:
        self.gas -= transaction.gas
        self.size -= size(transaction.raw)
        self.work_left -= work(transaction)
        if not transaction.posts:
            self.others_left -= work(transaction)


def choose(
    lines: Iterable[tuple[int, list[Waiting]]],
    *,
    gas: int,
    first: int = 0,
    credits: Credits | None = None,
    turns: AllTurns | None = None,
) -> list[Transaction]:
    """The transactions of a block, in their order: gas limits of at most ``gas`` together.

    ``lines`` are pairs of organisation and what ``executable`` found of one of its accounts; the turns begin with the
    organisation after ``first``; ``credits`` and ``turns`` go from block to block. What is for the contracts of genesis
    goes first, within a quarter of the block (one transaction always fits), then batches of reservations within half of
    it, then all else, then what is left.
    """
    organisations: dict[int, list[deque[Waiting]]] = {}
    for organisation, line in lines:
        if line:
            organisations.setdefault(organisation, []).append(deque(line))
    ordered = sorted(organisations, key=lambda number: (number <= first, number))
    ring = [_Organisation(number, organisations[number]) for number in ordered]
    choice = Choice(gas, MAX_BLOCK_BYTES, {} if credits is None else credits, {} if turns is None else turns)
    choice.serve(ring, Group.GOVERNANCE, max(gas // 4, MAX_TX_GAS))
    choice.serve(ring, Group.RESERVATIONS, gas // 2)
    choice.serve(ring, Group.REST, gas)
    choice.others_left = choice.work_left  # movements had what they asked for
    choice.fill(ring)
    _forget(choice.credits, organisations)
    _forget(choice.turns, organisations)
    return choice.chosen


def _forget(kept: dict[tuple[int, Group], Any], waiting: Collection[int]) -> None:
    """Drops what is kept of organisations that have nothing waiting."""
    for key in [key for key in kept if key[0] not in waiting]:
        del kept[key]
