"""What movements change within a scope: its whole stock, and single lanes of it."""

from __future__ import annotations

import numpy as np

from liveledger.domain.movements import Kind, Lane
from liveledger.index.stock_health.columns import Columns, Mask, Numbers
from liveledger.rules.stock_state import ADJUSTING, RULES

_OUTSIDE = -1
_TAKES = np.full(256, _OUTSIDE)
_GIVES = np.full(256, _OUTSIDE)
for _kind, _rule in RULES.items():
    _TAKES[_kind] = _OUTSIDE if _rule.takes is None else _rule.takes
    _GIVES[_kind] = _OUTSIDE if _rule.gives is None else _rule.gives

SOLD_KINDS = (Kind.DELIVER, Kind.SELL)
# Goods that come back, turn up or are put together were not bought in.
_NOT_BOUGHT = (Kind.RETURN, *(kind for kind in ADJUSTING if RULES[kind].takes is None))


def stock_changes(columns: Columns, place: int | None) -> Numbers:
    """Change of all four lanes together; what moves within the scope changes nothing."""
    taken, given = _taken(columns, place), _given(columns, place)
    return _signed(columns, taken, given)


def lane_changes(columns: Columns, place: int | None, lane: Lane) -> Numbers:
    """Change of one lane."""
    taken = _taken(columns, place) & (_TAKES[columns.kind] == lane)
    given = _given(columns, place) & (_GIVES[columns.kind] == lane)
    return _signed(columns, taken, given)


def touching(columns: Columns, place: int | None) -> Mask:
    """Movements that take from the scope or give to it."""
    return _taken(columns, place) | _given(columns, place)


def sold(columns: Columns, place: int | None) -> Numbers:
    """Units that left the ledger for a customer from within the scope; 0 for every other movement."""
    leaves: Mask = np.isin(columns.kind, SOLD_KINDS) & _taken(columns, place)
    return np.where(leaves, columns.quantity, 0)


def received(columns: Columns, place: int | None) -> Numbers:
    """Units that came into the scope other than by returns and finds: from outside, or from another place."""
    changes = stock_changes(columns, place)
    return np.where((changes > 0) & ~np.isin(columns.kind, _NOT_BOUGHT), changes, 0)


def takes(columns: Columns) -> Mask:
    """Movements that take from a place."""
    return _taken(columns, None)


def gives(columns: Columns) -> Mask:
    """Movements that give to a place."""
    return _given(columns, None)


def takes_available(columns: Columns) -> Mask:
    """Movements that take from the available lane of their source."""
    mask: Mask = _TAKES[columns.kind] == Lane.AVAILABLE
    return mask


def gives_available(columns: Columns) -> Mask:
    """Movements that give to the available lane of their target."""
    mask: Mask = _GIVES[columns.kind] == Lane.AVAILABLE
    return mask


def _signed(columns: Columns, taken: Mask, given: Mask) -> Numbers:
    changes: Numbers = columns.quantity * (given.astype(np.int64) - taken)
    return changes


def _taken(columns: Columns, place: int | None) -> Mask:
    from_ledger: Mask = _TAKES[columns.kind] != _OUTSIDE
    return from_ledger if place is None else from_ledger & (columns.source == place)


def _given(columns: Columns, place: int | None) -> Mask:
    to_ledger: Mask = _GIVES[columns.kind] != _OUTSIDE
    return to_ledger if place is None else to_ledger & (columns.target == place)
