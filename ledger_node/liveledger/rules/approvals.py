"""What a brand lets another organisation do with its goods: the approval in plain Python, and the word that holds it.

Source: docs/formats.md, "Approvals".
"""

from __future__ import annotations

from dataclasses import dataclass

from liveledger.bindings.constants import ApprovedAct

# Acts by their names, as commands and the API write them.
ACTS = {str(act.name).lower().replace("_", "-"): act for act in ApprovedAct}
# What `approveOperator` gives, and a command that names no acts.
USUAL = ApprovedAct.MOVE | ApprovedAct.PLAN | ApprovedAct.ORDER | ApprovedAct.REGISTER_LOTS

# Kinds of lists, and how many numbers of places, or serials of SKUs, one word of a list has.
PLACES, SKUS = 1, 2
NUMBERS_A_PAGE = 256
SERIALS = (1 << 20) - 1

_UNTIL_SHIFT, _LISTS_SHIFT, _SINCE_SHIFT = 8, 80, 112
_UINT64, _UINT32 = (1 << 64) - 1, (1 << 32) - 1
_SOME_PLACES, _SOME_SKUS = 1 << 72, 1 << 73
_OUTSIDE = 1 << 74
_ACTS = 0xFF


@dataclass(frozen=True, slots=True)
class Approval:
    """Acts, the last second (Unix) of it, the places and SKUs that it is for. ``until`` 0 = no end, None = all.

    ``since``: when it was set (Unix seconds), 0 = not known.
    """

    acts: ApprovedAct = USUAL
    until: int = 0
    places: frozenset[int] | None = None
    skus: frozenset[int] | None = None
    since: int = 0

    def lets(self, act: ApprovedAct, at: int) -> bool:
        """Whether it holds for ``act`` at a time (Unix seconds), wherever and with whatever."""
        return bool(self.acts & act) and (not self.until or at <= self.until)

    def ended(self, at: int) -> int:
        """From when on (Unix seconds) it does not let do what it does not let do ``at`` a time."""
        return self.until if self.until and self.until < at else self.since

    def is_for_sku(self, sku: int) -> bool:
        """Whether a SKU is among its own."""
        return self.skus is None or sku in self.skus

    def is_for_place(self, place: int) -> bool:
        """Whether a place is among its own; outside of the ledger (0) always is."""
        return self.places is None or not place or place in self.places


def acts_of(word: int) -> ApprovedAct:
    """The acts in the word of an approval, or in what the Consortium tells of it."""
    return ApprovedAct(word & _ACTS)


def until_of(word: int) -> int:
    """The last second (Unix) in the word of an approval; 0 = no end."""
    return word >> _UNTIL_SHIFT & _UINT64


def since_of(word: int) -> int:
    """When it was set (Unix seconds); 0 = never."""
    return word >> _SINCE_SHIFT & _UINT64


def is_for_some_places(word: int) -> bool:
    """Whether it is for some places only."""
    return bool(word & _SOME_PLACES)


def is_for_some_skus(word: int) -> bool:
    """Whether it is for some SKUs only."""
    return bool(word & _SOME_SKUS)


def page_of(number: int) -> int:
    """Number of the page on which a place, or a SKU's serial, stands."""
    return number // NUMBERS_A_PAGE


def page_key(word: int, pair: tuple[int, int], kind: int, page: int) -> int:
    """Key of a page of the lists of the approval of (brand, operator) with this word; ``kind``: PLACES or SKUS."""
    lists = word >> _LISTS_SHIFT & _UINT32
    return pair[0] << 80 | pair[1] << 64 | lists << 32 | kind << 16 | page


def is_outside(told: int) -> bool:
    """Whether the SKU or the place that was asked for is not among those, by `IConsortium.approvalFor`."""
    return bool(told & _OUTSIDE)


def grants(told: int, act: ApprovedAct) -> bool:
    """Whether what `IConsortium.approvalFor` told lets do ``act`` with what was asked for."""
    return bool(acts_of(told) & act) and not is_outside(told)
