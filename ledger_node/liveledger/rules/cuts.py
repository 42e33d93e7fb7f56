"""The rules of cuts in plain Python: what a SKU's counters are at a moment that an agreement named before.

StockLedger and StockCuts are tested against this. Source of the rules: docs/formats.md, "Cuts of counters".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from liveledger.bindings.constants import MAX_CUT_AHEAD_SECONDS, MAX_CUT_SKUS, MAX_CUTS_WAITING
from liveledger.rules.stock_state import Counters, StockRefusal, StockState

MAX_UINT32 = (1 << 32) - 1


def register(state: StockState, time: int, brand: int, moment: int, skus: Sequence[int]) -> StockState:
    """The state once an agreement of ``brand`` registered a cut of ``skus`` for ``moment``, at ``time`` (Unix seconds).

    Raises StockRefusal; ``state`` itself never changes.
    """
    if not time < moment <= min(time + MAX_CUT_AHEAD_SECONDS, MAX_UINT32):
        raise StockRefusal("CutsMoment", moment=moment, time=time)
    if not 1 <= len(skus) <= MAX_CUT_SKUS:
        raise StockRefusal("CutsCount", skus=len(skus))
    for index, sku in enumerate(skus):
        if sku >> 20 != brand:
            raise StockRefusal("CutsForeignSku", index=index, sku=sku, brand=brand)
        if sku not in state.skus:
            raise StockRefusal("CutsUnknownSku", index=index, sku=sku)
        others = [at for at in waiting(state, sku) if at > time and at != moment]
        if len(others) >= MAX_CUTS_WAITING:
            raise StockRefusal("CutsTooMany", sku=sku)
    for sku in skus:
        state = keep(state, time, sku)
        state = replace(state, cuts={**state.cuts, (sku, moment): None})
    return state


def keep(state: StockState, time: int, sku: int) -> StockState:
    """The state once the counters of a SKU are kept for all of its cuts that are due: before they change."""
    due = [at for at in waiting(state, sku) if at <= time]
    counters = state.counters.get(sku, Counters())
    return replace(state, cuts={**state.cuts, **{(sku, at): counters for at in due}}) if due else state


def waiting(state: StockState, sku: int) -> list[int]:
    """Moments of a SKU's cuts that are not kept yet, ascending (Unix seconds)."""
    return sorted(at for (owner, at), kept in state.cuts.items() if owner == sku and kept is None)


def next_moment(state: StockState, sku: int) -> int:
    """The first of them; 0 when none waits."""
    return min(waiting(state, sku), default=0)


def counters_at(state: StockState, time: int, sku: int, moment: int) -> Counters:
    """What a cut says at ``time``. Raises StockRefusal where there is none, or its moment is to come."""
    if (sku, moment) not in state.cuts:
        raise StockRefusal("CutsUnknown", sku=sku, moment=moment)
    if time < moment:
        raise StockRefusal("CutsNotDue", sku=sku, moment=moment, time=time)
    return state.cuts[sku, moment] or state.counters.get(sku, Counters())
