"""A sentence and a hint for every custom error of every contract: what a person reads in place of a struct.

    told = tell("StockOversell", {"index": 0, "sku": 1048580, "place": 1, "lane": 0})
    told.sentence    # "SKU number 4 of brand 1 at place 1: the movement takes more than is available"

The sentences are data, a file for each family of contracts; ``{sku:sku}`` in one is the argument ``sku`` as the word
``sku`` of ``words.WORDS``. Names (codes, GLNs) come from ``Names``, which a caller with a ledger at hand fills.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from liveledger.rules.sentences import (
    accuracy,
    block_hashes,
    consortium,
    deposits,
    directory,
    governance,
    provenance,
    recovery,
    replenishment,
    reports,
    returns,
    settlement,
    stock,
    stock_cuts,
    stock_health,
    validators,
)
from liveledger.rules.sentences.words import Names, Wording

FAMILIES = (
    accuracy,
    block_hashes,
    consortium,
    deposits,
    directory,
    governance,
    provenance,
    recovery,
    replenishment,
    reports,
    returns,
    settlement,
    stock,
    stock_cuts,
    stock_health,
    validators,
)
SENTENCES: dict[str, tuple[str, str]] = {name: said for family in FAMILIES for name, said in family.SENTENCES.items()}


class Told(NamedTuple):
    """What a contract's error means, and what to do about it; ``name`` is the error's own."""

    name: str
    sentence: str
    hint: str

    @property
    def line(self) -> str:
        """The sentence with the error's name behind it: for logs and lists, where there is room for one text."""
        return f"{self.sentence} ({self.name})"


def tell(name: str, args: Mapping[str, object], names: Names | None = None) -> Told:
    """The error in words. One that no contract of this release has is told by its name and arguments."""
    if name not in SENTENCES:
        shown = ", ".join(f"{key} {value}" for key, value in args.items())
        return Told(name, f"a contract refused it: {name}{f', {shown}' if shown else ''}", "")
    wording = Wording(names or Names())
    sentence, hint = SENTENCES[name]
    return Told(name, wording.fill(sentence, args), wording.fill(hint, args))
