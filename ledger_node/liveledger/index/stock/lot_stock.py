"""What a place holds of a SKU, lot by lot, and which batches of a lane that includes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from liveledger.domain.movements import Lane
from liveledger.index.stock import tables as t


@dataclass(frozen=True, slots=True)
class LotBalance:
    """Units of a lot in a lane; ``lot`` 0 with the code "" are goods without one, ``expiry`` is YYYYMMDD, 0 = none."""

    lot: int
    code: str
    expiry: int
    units: int


def balances_by_lot(session: Session, sku: int, place: int, lane: Lane) -> list[LotBalance]:
    """Every lot of which the place holds something in the lane, by number."""
    units = t.balances.c[lane.name.lower()]
    same = (t.lots.c.sku == t.balances.c.sku) & (t.lots.c.lot == t.balances.c.lot)
    query = (
        select(t.balances.c.lot, t.lots.c.code, t.lots.c.expiry, units)
        .outerjoin(t.lots, same)
        .where(t.balances.c.sku == sku, t.balances.c.place == place, units > 0)
        .order_by(t.balances.c.lot)
    )
    return [
        LotBalance(lot, (code or b"").decode(errors="replace"), expiry or 0, count)
        for lot, code, expiry, count in session.execute(query)
    ]


def newest_sequences(session: Session, lanes: Collection[tuple[bytes, int]]) -> dict[tuple[bytes, int], int]:
    """The newest batch in the index of each lane (account of 20 bytes, number) that has one."""
    found = {}
    for poster, lane in lanes:
        query = select(func.max(t.batches.c.sequence)).where(t.batches.c.poster == poster, t.batches.c.lane == lane)
        newest = session.scalar(query)
        if newest is not None:
            found[poster, lane] = int(newest)
    return found
