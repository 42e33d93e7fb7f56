"""GET /skus and /lots: goods by GTIN and code, and what there is of a SKU over all locations."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from sqlalchemy.orm import Session

from liveledger.domain import gs1
from liveledger.domain.movements import MAX_LOT, MAX_PLACE, MAX_SKU
from liveledger.index.stock import cells, goods, queries
from liveledger.index.stock.queries import Counters, SkuRow
from liveledger_api.goods.schemas import (
    Lot,
    Sku,
    SkuTotals,
    StockCell,
    cell_page,
    shown_lot,
    shown_sku,
    shown_totals,
)
from liveledger_api.listing import Asked, One, Page, asked, read
from liveledger_api.requests import Brand, PartsOf
from liveledger_api.stock.routes import SkuCode

router = APIRouter(tags=["Goods"])
AskedOf = Annotated[Asked, Depends(asked)]
NO_SKU = "the ledger does not know this SKU"


@router.get("/skus")
def skus(want: AskedOf, gtin: Annotated[str, Query(description="GTIN of 8, 12, 13 or 14 digits")]) -> Page[Sku]:
    """A page of the SKUs of all brands that were registered with a GTIN, by number. By code: `GET /brands/…/skus`."""
    number = int(gs1.gtin14(gtin))
    return want.page(
        Page[Sku],
        lambda session: goods.skus_with_gtin(session, number, want.number(MAX_SKU), want.limit + 1) if number else [],
        NO_SKU,
        shown_sku,
        lambda row: row.sku,
    )


@router.get("/lots")
def lots(
    want: AskedOf, code: Annotated[str, Query(min_length=1, max_length=20, description="The whole code of the lot")]
) -> Page[Lot]:
    """A page of the lots of all SKUs with a code, by the SKUs' numbers: whose goods a label may be about."""
    return want.page(
        Page[Lot],
        lambda session: goods.lots_with_code(session, code, want.number(MAX_SKU), want.limit + 1),
        NO_SKU,
        shown_lot,
        lambda row: row.sku,
    )


@router.get("/skus/{brand}/{sku:code}")
def sku(parts: PartsOf, brand: Brand, sku: SkuCode) -> One[SkuTotals]:
    """One SKU by its brand's code, with its counters and what they leave."""

    def query(session: Session) -> tuple[SkuRow, int, Counters] | None:
        row = queries.sku_by_code(session, brand, sku)
        return (row, goods.lot_count(session, row.sku), queries.counters(session, row.sku)) if row else None

    block, found = read(parts, query, NO_SKU)
    return One[SkuTotals](answer=shown_totals(*found), block=block)


@router.get("/skus/{brand}/{sku:code}/lots")
def lots_of_sku(
    want: AskedOf,
    brand: Brand,
    sku: SkuCode,
    code: Annotated[str, Query(max_length=20, description="What the lot's code begins with")] = "",
) -> Page[Lot]:
    """A page of a SKU's lots in the order of their codes (bytes)."""
    return want.page(
        Page[Lot],
        lambda session: (
            goods.lots_by_code(session, row.sku, code, want.number(MAX_LOT), want.limit + 1)
            if (row := queries.sku_by_code(session, brand, sku))
            else None
        ),
        NO_SKU,
        shown_lot,
        lambda row: row.lot,
    )


@router.get("/skus/{brand}/{sku:code}/stock")
def stock_of_sku(want: AskedOf, brand: Brand, sku: SkuCode) -> Page[StockCell]:
    """What there is of a SKU, a row a lot and location; a page may be short and not the last.

    Each row has its proof at `GET /stock/{brand}/{sku}/{place}?lot=…&proof=true`; that no row is missing has none.
    """
    block, found = want.read(
        lambda session: (
            cells.cells_of_sku(session, row.sku, want.key(MAX_LOT, MAX_PLACE), want.limit)
            if (row := queries.sku_by_code(session, brand, sku))
            else None
        ),
        NO_SKU,
    )
    return cell_page(block, found)
