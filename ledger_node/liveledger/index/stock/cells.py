"""What there is of goods, cell by cell: one lot of one SKU at one location, in its four statuses.

A page is read along an index from where the one before ended. Cells that are empty, of which a ledger gathers more
with every lot that is sold out, are passed over, but only so many a page: it may be short, or empty, and not the last.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import Column, ColumnElement, select, tuple_
from sqlalchemy.orm import Session

from liveledger.index.members import tables as members
from liveledger.index.stock import tables as t
from liveledger.index.stock.goods import skus_numbered
from liveledger.index.stock.queries import Balance, LotRow, SkuRow, lot_of

EXAMINED = 10_000
# Values in one question; SQLite takes some thousand.
_AT_ONCE = 400
_SERIAL_BITS = 20

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Cell:
    """Base units of a SKU at a location (GLN); ``lot`` is None for goods without one."""

    sku: SkuRow
    lot: LotRow | None
    gln: int
    units: Balance


@dataclass(frozen=True, slots=True)
class Cells:
    """A page of cells, and the key behind which the next page begins; none where there is nothing more."""

    rows: list[Cell] = field(default_factory=list)
    following: tuple[int, ...] | None = None


def cells_of_sku(session: Session, sku: int, after: Sequence[int], limit: int) -> Cells:
    """Cells of a SKU by lot and location, behind ``after`` (their numbers)."""
    return _page(session, t.balances.c.sku == sku, (t.balances.c.lot, t.balances.c.place), after, limit)


def cells_of_brand(session: Session, brand: int, after: Sequence[int], limit: int) -> Cells:
    """Cells of all SKUs of a brand by SKU, lot and location, behind ``after`` (their numbers)."""
    order = (t.balances.c.sku, t.balances.c.lot, t.balances.c.place)
    return _page(session, t.balances.c.sku < _first(brand + 1), order, _behind(brand, after, 3), limit)


def cells_at(session: Session, place: int, brand: int | None, after: Sequence[int], limit: int) -> Cells:
    """Cells at a location (its number) by SKU and lot, of one brand or of all, behind ``after`` (their numbers)."""
    where = t.balances.c.place == place
    if brand is not None:
        where, after = where & (t.balances.c.sku < _first(brand + 1)), _behind(brand, after, 2)
    return _page(session, where, (t.balances.c.sku, t.balances.c.lot), after, limit)


def _first(brand: int) -> int:
    """The number below those of a brand's SKUs, whose serial numbers begin with 1."""
    return brand << _SERIAL_BITS


def _behind(brand: int, after: Sequence[int], size: int) -> Sequence[int]:
    """Where a brand's cells begin, or go on: one bound, for of two the database takes the wrong one."""
    return max(tuple(after), (_first(brand), *[0] * (size - 1)))


def _page(
    session: Session, where: ColumnElement[bool], order: Sequence[Column[Any]], after: Sequence[int], limit: int
) -> Cells:
    query = select(t.balances).where(where).order_by(*order).limit(EXAMINED)
    if after:
        query = query.where(tuple_(*order) > tuple_(*after))
    found: list[Any] = []
    row, examined, more = None, 0, False
    with session.execute(query) as rows:
        for following in rows:
            more = len(found) == limit
            if more:
                break
            row, examined = following, examined + 1
            if any((row.available, row.reserved, row.in_transit, row.held)):
                found.append(row)
    ended = row is None or not (more or examined == EXAMINED)
    key = None if ended else tuple(int(getattr(row, column.name)) for column in order)
    return Cells(_named(session, found), key)


def _named(session: Session, rows: Sequence[Any]) -> list[Cell]:
    skus = _in_parts({row.sku for row in rows}, lambda part: skus_numbered(session, part))
    lots = _in_parts({(row.sku, row.lot) for row in rows if row.lot}, lambda part: _lots(session, part))
    places = _in_parts({row.place for row in rows}, lambda part: _places(session, part))
    return [
        Cell(skus[row.sku], lots[row.sku, row.lot] if row.lot else None, places[row.place], Balance(*row[3:]))
        for row in rows
    ]


def _in_parts(keys: Collection[_Key], read: Callable[[Collection[_Key]], dict[_Key, _Value]]) -> dict[_Key, _Value]:
    wanted = list(keys)
    found: dict[_Key, _Value] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        found |= read(wanted[start : start + _AT_ONCE])
    return found


def _lots(session: Session, keys: Collection[tuple[int, int]]) -> dict[tuple[int, int], LotRow]:
    query = select(t.lots).where(tuple_(t.lots.c.sku, t.lots.c.lot).in_(keys))
    return {(row.sku, row.lot): lot_of(row) for row in session.execute(query)}


def _places(session: Session, numbers: Collection[int]) -> dict[int, int]:
    known = members.places.c
    return {row[0]: row[1] for row in session.execute(select(known.number, known.gln).where(known.number.in_(numbers)))}
