"""How many units of each lot lie at a brand's places, SKU by SKU: what tells which old lots still matter."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from liveledger.index.stock import tables as t


@dataclass(frozen=True, slots=True)
class StockedLots:
    """A SKU: its code, how many lots it has, and the units available of each lot that has any, by the lot's number."""

    code: str
    lots: int
    units: dict[int, int] = field(default_factory=dict)


def stocked_lots(session: Session, brand: int, places: Collection[int]) -> dict[int, StockedLots]:
    """Every SKU of ``brand`` that has lots, by number, with what of them is available at ``places``."""
    named = select(t.skus.c.sku, t.skus.c.code, func.max(t.lots.c.lot)).join(t.lots, t.lots.c.sku == t.skus.c.sku)
    rows = session.execute(named.where(t.skus.c.brand == brand).group_by(t.skus.c.sku, t.skus.c.code))
    found = {sku: StockedLots(code.decode(errors="backslashreplace"), lots) for sku, code, lots in rows}
    held = select(t.balances.c.sku, t.balances.c.lot, func.sum(t.balances.c.available)).where(
        t.balances.c.lot > 0,
        t.balances.c.available > 0,
        t.balances.c.place.in_(sorted(places)),
    )
    # SKUs of a brand are numbered one after another: brand << 20 | serial.
    own = t.balances.c.sku.between(brand << 20, (brand + 1 << 20) - 1)
    for sku, lot, units in session.execute(held.where(own).group_by(t.balances.c.sku, t.balances.c.lot)):
        found[sku].units[lot] = int(units)
    return found
