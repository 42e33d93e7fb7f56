"""The trade that benchmarks carry: a few SKUs sell most, as in a live session. The same in every run."""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from liveledger.chain.movements.batching import MovementMessage
from liveledger.domain.movements import Kind, Movement

SKUS = 4_000
PLACES = 8
CODE = "BENCH-{:05}"
OPENING = 1_000_000
# What a client hands over at once.
CHUNK = 10_000
# How often a kind comes: orders reserve, some are cancelled; goods are sold, come in, come back, go to another place.
KINDS = {Kind.RESERVE: 25, Kind.RELEASE: 15, Kind.SELL: 40, Kind.RECEIVE: 10, Kind.RETURN: 5, Kind.TRANSFER: 5}
_FROM_OUTSIDE = (Kind.RECEIVE, Kind.RETURN)
_TO_OUTSIDE = (Kind.SELL,)


@dataclass(frozen=True)
class Workload:
    """Movements over numbered SKUs and places."""

    skus: Sequence[int]
    places: Sequence[int]

    def opening(self) -> Iterator[list[MovementMessage]]:
        """Stock of every SKU at every place, part of it reserved, so that nothing is oversold later."""
        moment, found = int(time.time()) - 60, []
        for sku in self.skus:
            for place in self.places:
                for kind, source, quantity in ((Kind.RECEIVE, 0, OPENING), (Kind.RESERVE, place, OPENING // 4)):
                    name = f"open-{sku}-{place}-{kind}"
                    found.append(_message(name, Movement(sku, kind, source, place, quantity, moment)))
                    if len(found) == CHUNK:
                        yield found
                        found = []
        if found:
            yield found

    def chunks(
        self, count: int, name: str, size: int = CHUNK, kinds: Mapping[Kind, int] = KINDS
    ) -> Iterator[list[MovementMessage]]:
        """``count`` chunks of ``size`` movements: SKUs by Zipf's law with exponent 1, places evenly, kinds as often as
        ``kinds`` says.
        """
        dice = random.Random(name)
        weights = list(accumulate(1 / rank for rank in range(1, len(self.skus) + 1)))
        often = list(accumulate(kinds.values()))
        for chunk in range(count):
            moment = int(time.time()) - 60
            skus = dice.choices(self.skus, cum_weights=weights, k=size)
            chosen = dice.choices(list(kinds), cum_weights=often, k=size)
            yield [
                _message(f"{name}-{chunk}-{at}", self._movement(dice, sku, kind, moment))
                for at, (sku, kind) in enumerate(zip(skus, chosen, strict=True))
            ]

    def _movement(self, dice: random.Random, sku: int, kind: Kind, moment: int) -> Movement:
        place, other = dice.sample(self.places, 2)
        source = 0 if kind in _FROM_OUTSIDE else place
        target = 0 if kind in _TO_OUTSIDE else other if kind == Kind.TRANSFER else place
        return Movement(sku, kind, source, target, dice.randint(1, 3), moment)


def _message(name: str, movement: Movement) -> MovementMessage:
    return MovementMessage(name, movement, hashlib.sha256(name.encode()).digest())
