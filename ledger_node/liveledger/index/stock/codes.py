"""Whose SKUs have a code: brands' codes are their own, so several may have the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from liveledger.index.stock import tables as t

# Values in one question; SQLite takes some thousand.
_AT_ONCE = 500


def brands_of(session: Session, codes: Collection[str]) -> dict[str, list[tuple[int, int]]]:
    """(brand, GTIN) of every SKU with one of the codes, by code, in the order of the brands; GTIN 0 = none."""
    found: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    wanted = sorted({code.encode() for code in codes})
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        query = select(t.skus.c.code, t.skus.c.brand, t.skus.c.gtin).where(t.skus.c.code.in_(some))
        for code, brand, gtin in session.execute(query.order_by(t.skus.c.brand)):
            found[code.decode()].append((brand, gtin))
    return dict(found)


def codes_of(session: Session, brand: int) -> list[str]:
    """Codes of all SKUs of a brand; what is no UTF-8 in one becomes U+FFFD."""
    rows = session.execute(select(t.skus.c.code).where(t.skus.c.brand == brand))
    return [code.decode(errors="replace") for (code,) in rows]


def codes_of_lots(session: Session, brand: int, sku: str) -> list[str]:
    """Codes of all lots of a SKU by its code, in the same way."""
    same = t.lots.c.sku == t.skus.c.sku
    named = (t.skus.c.brand == brand) & (t.skus.c.code == sku.encode())
    rows = session.execute(select(t.lots.c.code).join(t.skus, same).where(named))
    return [code.decode(errors="replace") for (code,) in rows]
