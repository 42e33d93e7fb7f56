"""Movements that came before their cause, like a sale before its goods: they wait, then are refused by name."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from liveledger.bindings.errors import Revert
from liveledger.chain.journal import Journal, Parked, Waiting
from liveledger.chain.stock_contract import StockContract
from liveledger.domain.movements import Kind

# What the chain says when a cause may still come.
_MAY_CHANGE = frozenset({"StockOversell"})
# A reservation asks whether there is stock now: "no" is its answer, not a fact that came early.
_NEVER_EARLY = frozenset({Kind.RESERVE})
# So many SKUs are tried again at a time: each costs a question to the node, or one more for each message refused.
_SKUS_A_STEP = 50


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Parked messages that the chain would take now, and those whose time is over with the reason."""

    released: list[int] = field(default_factory=list)
    refused: dict[int, str] = field(default_factory=dict)


class Parking:
    """Decides what may be parked and what becomes of it; writes nothing. ``patience``: in seconds; 0 parks nothing."""

    def __init__(self, journal: Journal, contract: StockContract, *, patience: float, now: Callable[[], float]) -> None:
        self.patience = patience
        self._journal = journal
        self._contract = contract
        self._now = now
        self._words: dict[int, int] = {}

    def takes(self, revert: Revert, content: bytes, since: float) -> bool:
        """Whether a message (its ``movement_bytes``) that was refused so may wait for its cause."""
        early = revert.name in _MAY_CHANGE and content[4] not in _NEVER_EARLY
        return early and self._now() < since + self.patience

    def look(self, height: int) -> Verdicts:
        """What becomes of the parked messages, on the state after a block.

        A SKU's messages are tried again when something of the SKU has moved.
        """
        found = Verdicts()
        parked = self._journal.parked()
        now = self._now()
        for early in parked:
            if early.until <= now:
                waited = f"its cause did not come within {early.until - early.since:.0f} s"
                found.refused[early.waiting.id] = f"{early.problem}; {waited}"
        rest = [early for early in parked if early.until > now]
        for messages in self._moved(rest, height):
            refused = self._contract.poisoned(messages, height)
            found.released.extend(message.id for message in messages if message.id not in refused)
        return found

    def _moved(self, parked: Sequence[Parked], height: int) -> list[list[Waiting]]:
        """The parked messages of SKUs whose stream has grown since they were tried last."""
        by_sku: dict[int, list[Waiting]] = {}
        for early in parked:
            by_sku.setdefault(int.from_bytes(early.waiting.content[:4]), []).append(early.waiting)
        words = self._contract.sku_words(list(by_sku), height)
        self._words = {sku: word for sku, word in self._words.items() if sku in by_sku}
        moved = [sku for sku, word in zip(by_sku, words, strict=True) if self._words.get(sku) != word]
        chosen = list(itertools.islice(moved, _SKUS_A_STEP))
        self._words |= {sku: word for sku, word in zip(by_sku, words, strict=True) if sku in chosen}
        return [by_sku[sku] for sku in chosen]
