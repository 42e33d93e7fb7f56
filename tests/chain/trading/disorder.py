"""A shop whose messages come late, twice and out of order, posted by a process that is made to be killed.

Run as ``python -m tests.chain.trading.disorder HOME LEDGER LANE SEED COUNT SKUS PLACES`` (both comma-separated).
Every start delivers the same messages in the same disorder; it prints a line when it begins and ``done`` when all are
final.
"""

from __future__ import annotations

import random
import sys
from dataclasses import dataclass, field
from pathlib import Path

from liveledger.chain.accounts.accounts import load_account
from liveledger.chain.contracts.ledger import open_ledger
from liveledger.chain.movements.batching import MovementMessage
from liveledger.chain.movements.posting import Poster
from liveledger.chain.outbox.opening import open_outbox
from liveledger.chain.outbox.sender import Sender
from liveledger.domain.home import LedgerHome
from liveledger.domain.movements import Kind, Movement
from liveledger.domain.waiting import wait_until
from liveledger.rules.stock_state import RULES

FACT_TIME = 1_700_000_000
KINDS = list(Kind)
# Goods under no lot, and those of a SKU's first two.
LOTS = (0, 1, 2)
LATE_BY = 30
TWICE = 0.25
PATIENCE = 600.0
PLENTY = 500


@dataclass
class Book:
    """Lanes by SKU, lot and place, counters by SKU: what a clean run leads to."""

    lanes: dict[tuple[int, int, int], list[int]] = field(default_factory=dict)
    counters: dict[int, dict[str, int]] = field(default_factory=dict)

    def book(self, movement: Movement) -> bool:
        """Books a movement; False, and nothing changes, when there is not enough."""
        rule = RULES[movement.kind]
        if rule.takes is not None and self._lanes(movement, movement.source)[rule.takes] < movement.quantity:
            return False
        if rule.takes is not None:
            self._lanes(movement, movement.source)[rule.takes] -= movement.quantity
        if rule.gives is not None:
            self._lanes(movement, movement.target)[rule.gives] += movement.quantity
        if rule.counter:
            counters = self.counters.setdefault(movement.sku, {})
            counters[rule.counter] = counters.get(rule.counter, 0) + rule.sign * movement.quantity
        return True

    def _lanes(self, movement: Movement, place: int) -> list[int]:
        return self.lanes.setdefault((*movement.owner, place), [0, 0, 0, 0])


@dataclass(frozen=True)
class Plan:
    """``history`` in the order of the facts, what it leads to, and ``deliveries``: late, and some of them twice."""

    history: list[MovementMessage]
    book: Book
    deliveries: list[MovementMessage]


def plan(seed: int, count: int, skus: list[int], places: list[int]) -> Plan:
    """The same plan for the same arguments."""
    dice, book, history = random.Random(seed), Book(), []
    # In disorder goods may go round by another way than they did, until none are left for it: more come at the end.
    last = [Movement(sku, Kind.RECEIVE, 0, at, PLENTY, FACT_TIME, lot) for sku in skus for at in places for lot in LOTS]
    while len(history) < count:
        left = count - len(history)
        movement = last[-left] if left <= len(last) else _movement(dice, dice.choice(skus), places)
        if book.book(movement):
            name = f"disorder-{seed}-{len(history)}"
            history.append(MovementMessage(name, movement, len(history).to_bytes(32)))
    deliveries = [(at + dice.uniform(0, LATE_BY), message) for at, message in enumerate(history)]
    deliveries += [(at + dice.uniform(0, 4 * LATE_BY), m) for at, m in enumerate(history) if dice.random() < TWICE]
    return Plan(history, book, [message for _, message in sorted(deliveries, key=lambda delivery: delivery[0])])


def _movement(dice: random.Random, sku: int, places: list[int]) -> Movement:
    kind = dice.choice(KINDS)
    rule, (place, other) = RULES[kind], dice.sample(places, 2)
    source = 0 if rule.takes is None else place
    target = 0 if rule.gives is None else place if rule.same_place or not source else other
    return Movement(sku, kind, source, target, dice.randint(1, 20), FACT_TIME, dice.choice(LOTS))


def main() -> None:
    root, name, lane, seed, count, *numbers = sys.argv[1:]
    skus, places = ([int(number) for number in part.split(",")] for part in numbers)
    ledger = open_ledger(LedgerHome(Path(root), name))
    sender = Sender(ledger, load_account(ledger.home, "brand"), open_outbox(ledger))
    poster = Poster(ledger, sender, lane=int(lane), patience=PATIENCE)
    deliveries = plan(int(seed), int(count), skus, places).deliveries
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    dice = random.Random(seed)
    while deliveries:
        size = dice.randint(1, 25)
        poster.post(deliveries[:size], park=True)
        del deliveries[:size]
        poster.pump()

    def done() -> bool:
        poster.pump()
        return poster.newest_open() is None and not poster.parked()

    wait_until(done, 600.0, lambda: TimeoutError("movements wait still"), pause=0.05)
    sys.stdout.write("done\n")


if __name__ == "__main__":
    main()
