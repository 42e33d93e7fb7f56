"""Goods that have been in transit to a place for long: shipped, and neither arrived nor delivered since.

The ledger does not say which of several equal units arrived. What can be said of a lot is how many were in transit at
all times since a moment: of goods that got lost on their way there are always some.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy.orm import Session

from liveledger.domain.movements import Lane
from liveledger.domain.streams import sku_stream
from liveledger.index.chain import queries as chain_queries
from liveledger.index.stock import queries as stock_queries
from liveledger.index.stock.lot_stock import balances_by_lot
from liveledger.index.stock.queries import MovementRow
from liveledger.rules.stock_state import RULES

_PAGE = 1_000
# Movements of a SKU that are looked at, from the newest one back, before a beginning is given up as unknown.
MOST = 200_000


@dataclass(frozen=True, slots=True)
class Standing:
    """Of a lot (number and code; 0 and "" = no lot stated) never less than ``units`` were in transit for so long.

    ``since``: time of the shipment (Unix seconds) from which on that holds; None where it lies further back than was
    looked.
    """

    lot: int
    code: str
    units: int
    since: int | None


@dataclass(slots=True)
class _Lot:
    code: str
    balance: int
    least: int
    since: int | None = None
    found: bool = False


def standing(session: Session, sku: int, place: int, since: int) -> list[Standing]:
    """The lots of a SKU (by number) of which something was in transit to a place at all times since ``since``.

    ``since`` is in Unix seconds and goes by the blocks' times.
    """
    there = balances_by_lot(session, sku, place, Lane.IN_TRANSIT)
    lots = {one.lot: _Lot(one.code, one.units, one.units) for one in there}
    if not lots:
        return []
    for row in _newest_first(session, sku):
        if row.block_time <= since:
            # From here on it is asked when what stands there began.
            lots = {number: lot for number, lot in lots.items() if lot.least > 0}
            if all(lot.found for lot in lots.values()):
                break
        _go_back(lots, row, place, recent=row.block_time > since)
    return [Standing(number, lot.code, lot.least, lot.since) for number, lot in sorted(lots.items()) if lot.least > 0]


def _go_back(lots: dict[int, _Lot], row: MovementRow, place: int, *, recent: bool) -> None:
    """The balances before a movement."""
    movement, rule = row.movement, RULES[row.movement.kind]
    lot = lots.get(movement.lot)
    if lot is None:
        return
    if rule.gives is Lane.IN_TRANSIT and movement.target == place:
        lot.balance -= movement.quantity
        if not recent and not lot.found and lot.balance < lot.least:
            lot.since, lot.found = movement.at, True
    if rule.takes is Lane.IN_TRANSIT and movement.source == place:
        lot.balance += movement.quantity
    if recent:
        lot.least = min(lot.least, lot.balance)


def _newest_first(session: Session, sku: int) -> Iterator[MovementRow]:
    stream = chain_queries.stream(session, "StockLedger", sku_stream(sku))
    end = 0 if stream is None else stream.count
    least = max(0, end - MOST)
    while end > least:
        start = max(least, end - _PAGE)
        yield from reversed(stock_queries.movements(session, sku, start, end - start))
        end = start
