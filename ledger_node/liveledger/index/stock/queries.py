"""SKUs, lots, batches, balances and counters, as the index has them. Every function takes a session and reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from liveledger.domain.movements import Movement, part, unpack_group
from liveledger.domain.streams import sku_stream
from liveledger.index.chain.queries import leaves_between
from liveledger.index.reading import one
from liveledger.index.stock import tables as t


@dataclass(frozen=True, slots=True)
class SkuRow:
    """A registered SKU. ``code`` is the brand's own code, ``gtin`` is 0 when there is none."""

    sku: int
    brand: int
    code: str
    gtin: int
    unit: int
    block: int


@dataclass(frozen=True, slots=True)
class LotRow:
    """A registered lot. ``code`` is what its label says, ``expiry`` a date as YYYYMMDD, 0 when there is none."""

    sku: int
    lot: int
    code: str
    expiry: int
    block: int


@dataclass(frozen=True, slots=True)
class Balance:
    """Stock of a SKU at a place, in base units."""

    available: int = 0
    reserved: int = 0
    in_transit: int = 0
    held: int = 0


@dataclass(frozen=True, slots=True)
class Counters:
    """A SKU's cumulative counters, in base units; ``adjusted`` may be negative."""

    received: int = 0
    sold: int = 0
    returned: int = 0
    adjusted: int = 0


@dataclass(frozen=True, slots=True)
class MovementRow:
    """One movement of a SKU: ``index`` is its number in the SKU's stream."""

    index: int
    movement: Movement
    block: int
    block_time: int
    poster: bytes


@dataclass(frozen=True, slots=True)
class BatchRow:
    """A posted batch; ``records`` are its packed movements."""

    poster: bytes
    lane: int
    sequence: int
    block: int
    tx_index: int
    log_index: int
    tx_hash: bytes
    movements: int
    movements_root: bytes
    documents_root: bytes
    records: bytes


def sku_by_code(session: Session, brand: int, code: str) -> SkuRow | None:
    """The SKU that a brand calls ``code``."""
    row = session.execute(select(t.skus).where(t.skus.c.brand == brand, t.skus.c.code == code.encode())).first()
    return None if row is None else sku_of(row)


def sku(session: Session, number: int) -> SkuRow | None:
    """The SKU with a number."""
    row = session.execute(select(t.skus).where(t.skus.c.sku == number)).first()
    return None if row is None else sku_of(row)


def skus_of(session: Session, brand: int, start: int, limit: int) -> list[SkuRow]:
    """SKUs of a brand, by number, from the number ``start`` on."""
    query = select(t.skus).where(t.skus.c.brand == brand, t.skus.c.sku >= start).order_by(t.skus.c.sku).limit(limit)
    return [sku_of(row) for row in session.execute(query)]


def lot_by_code(session: Session, sku: int, code: str) -> LotRow | None:
    """The lot of a SKU whose label says ``code``."""
    row = session.execute(select(t.lots).where(t.lots.c.sku == sku, t.lots.c.code == code.encode())).first()
    return None if row is None else lot_of(row)


def lots_of(session: Session, sku: int, start: int, limit: int) -> list[LotRow]:
    """Lots of a SKU by number, from ``start`` on."""
    query = select(t.lots).where(t.lots.c.sku == sku, t.lots.c.lot >= start).order_by(t.lots.c.lot).limit(limit)
    return [lot_of(row) for row in session.execute(query)]


def balance(session: Session, sku: int, place: int, lot: int = 0) -> Balance:
    """Stock of a SKU's lot at a place; zero where nothing ever was."""
    return one(session, Balance, t.balances, skip=3, sku=sku, lot=lot, place=place) or Balance()


def balances_of(session: Session, sku: int) -> dict[tuple[int, int], Balance]:
    """Stock of a SKU by lot and place."""
    query = select(t.balances).where(t.balances.c.sku == sku).order_by(t.balances.c.lot, t.balances.c.place)
    return {(row[1], row[2]): Balance(*row[3:]) for row in session.execute(query)}


def counters(session: Session, sku: int) -> Counters:
    """Counters of a SKU; zero when it never moved."""
    return one(session, Counters, t.counters, skip=1, sku=sku) or Counters()


def movements(session: Session, sku: int, start: int, limit: int) -> list[MovementRow]:
    """Movements of a SKU in the order of the chain, from number ``start`` on, at most ``limit``."""
    found: list[MovementRow] = []
    for leaf in leaves_between(session, "StockLedger", sku_stream(sku), start, start + limit):
        first, last = max(start, leaf.first_index), min(start + limit, leaf.first_index + leaf.n)
        if first < last:  # else the stream ends before it
            asked = part(leaf.payload, first - leaf.first_index, last - leaf.first_index)
            for index, movement in enumerate(unpack_group(sku, asked), first):
                found.append(MovementRow(index, movement, leaf.block_number, leaf.block_time, leaf.poster))
    return found


def batch(session: Session, poster: bytes, lane: int, sequence: int) -> BatchRow | None:
    """A posted batch."""
    return one(session, BatchRow, t.batches, poster=poster, lane=lane, sequence=sequence)


def sku_of(row: Any) -> SkuRow:
    """A row of the table; what is no UTF-8 in its code is escaped."""
    return SkuRow(row.sku, row.brand, row.code.decode("utf-8", "backslashreplace"), row.gtin, row.unit, row.block)


def lot_of(row: Any) -> LotRow:
    """A row of the table; what is no UTF-8 in its code is escaped."""
    return LotRow(row.sku, row.lot, row.code.decode("utf-8", "backslashreplace"), row.expiry, row.block)
