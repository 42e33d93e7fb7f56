"""Lists of SKUs and lots, by their codes and GTINs. Every page is read along an index, however many there are."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Column, ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from liveledger.domain.errors import InvalidInput
from liveledger.index.stock import tables as t
from liveledger.index.stock.queries import LotRow, SkuRow, lot_of, sku_of

# A SKU's number is its brand's, and behind that a serial number from 1 on.
_SERIAL_BITS = 20


def skus_by_code(session: Session, brand: int, begins: str, after: int, limit: int) -> list[SkuRow]:
    """SKUs of a brand in the order of their codes (bytes), of those that begin so, behind the SKU ``after`` (0: none).

    Raises InvalidInput when ``after`` is no SKU of the brand.
    """
    query = select(t.skus).where(t.skus.c.brand == brand, _begins(t.skus.c.code, begins.encode()))
    if after:
        query = query.where(t.skus.c.code > _code(session, t.skus, {"sku": after, "brand": brand}))
    return [sku_of(row) for row in session.execute(query.order_by(t.skus.c.code).limit(limit))]


def skus_with_gtin(session: Session, gtin: int, after: int, limit: int) -> list[SkuRow]:
    """SKUs of all brands that were registered with a GTIN, by number, behind the number ``after``."""
    query = select(t.skus).where(t.skus.c.gtin == gtin, t.skus.c.sku > after)
    return [sku_of(row) for row in session.execute(query.order_by(t.skus.c.sku).limit(limit))]


def lots_by_code(session: Session, sku: int, begins: str, after: int, limit: int) -> list[LotRow]:
    """Lots of a SKU in the order of their codes (bytes), of those that begin so, behind the lot ``after`` (0: none).

    Raises InvalidInput when ``after`` is no lot of the SKU.
    """
    query = select(t.lots).where(t.lots.c.sku == sku, _begins(t.lots.c.code, begins.encode()))
    if after:
        query = query.where(t.lots.c.code > _code(session, t.lots, {"sku": sku, "lot": after}))
    return [lot_of(row) for row in session.execute(query.order_by(t.lots.c.code).limit(limit))]


def lots_with_code(session: Session, code: str, after: int, limit: int) -> list[LotRow]:
    """Lots of all SKUs whose label says ``code``, by the SKUs' numbers, behind the SKU ``after``."""
    query = select(t.lots).where(t.lots.c.code == code.encode(), t.lots.c.sku > after)
    return [lot_of(row) for row in session.execute(query.order_by(t.lots.c.sku).limit(limit))]


def skus_numbered(session: Session, numbers: Collection[int]) -> dict[int, SkuRow]:
    """SKUs by their numbers, of which there may be some thousand."""
    rows = session.execute(select(t.skus).where(t.skus.c.sku.in_(sorted(numbers))))
    return {row.sku: sku_of(row) for row in rows}


def sku_count(session: Session, brand: int) -> int:
    """How many SKUs a brand has: they are numbered one after the other."""
    first, end = brand << _SERIAL_BITS, brand + 1 << _SERIAL_BITS
    last = session.scalar(select(func.max(t.skus.c.sku)).where(t.skus.c.sku >= first, t.skus.c.sku < end))
    return 0 if last is None else int(last) - first


def lot_count(session: Session, sku: int) -> int:
    """How many lots a SKU has: they are numbered from 1 on."""
    return int(session.scalar(select(func.max(t.lots.c.lot)).where(t.lots.c.sku == sku)) or 0)


def _begins(code: Column[Any], prefix: bytes) -> ColumnElement[bool]:
    """That bytes begin with ``prefix``, as a range: what an index is read along."""
    if not prefix:
        return code >= b""
    # Text never ends in 0xff, so there is a next value of the same length.
    return and_(code >= prefix, code < prefix[:-1] + bytes([prefix[-1] + 1]))


def _code(session: Session, table: Any, key: dict[str, int]) -> bytes:
    found = session.scalar(select(table.c.code).where(*(table.c[name] == value for name, value in key.items())))
    if found is None:
        raise InvalidInput("after names nothing in this list", hint="send `next` of the page before", parameter="after")
    return bytes(found)
