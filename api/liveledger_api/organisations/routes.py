"""GET /organisations, /brands, and what a brand has: its SKUs and their stock."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from sqlalchemy.orm import Session

from liveledger.bindings.constants import MAX_ORGANISATION, OrganisationKind, Status
from liveledger.domain import gs1
from liveledger.domain.movements import MAX_LOT, MAX_PLACE, MAX_SKU
from liveledger.index.members import queries as members
from liveledger.index.members.queries import Members, OrganisationRow
from liveledger.index.stock import cells, goods
from liveledger_api.goods.schemas import Sku, StockCell, cell_page, shown_sku
from liveledger_api.listing import Asked, One, Page, asked, read
from liveledger_api.organisations.schemas import Brand, Kind, Organisation, State, shown, shown_brand
from liveledger_api.requests import Brand as BrandNumber
from liveledger_api.requests import PartsOf

router = APIRouter(tags=["Organisations"])
AskedOf = Annotated[Asked, Depends(asked)]
CodeOf = Annotated[str, Query(max_length=64, description="What the code begins with")]
GlnOf = Annotated[str | None, Query(description="GLN, or the first digits of it")]
StateOf = Annotated[State | None, Query(description="Only with this status")]
NO_ORGANISATION = "the ledger does not know this organisation"
NO_BRAND = "the ledger knows no brand of this number"


@router.get("/organisations")
def organisations(
    want: AskedOf,
    kind: Annotated[Kind | None, Query(description="Only of this kind")] = None,
    status: StateOf = None,
    gln: GlnOf = None,
) -> Page[Organisation]:
    """A page of the members by number."""
    which = replace(filters(status, gln), kind=OrganisationKind[kind.upper()] if kind else None)
    return want.page(
        Page[Organisation],
        lambda session: members.organisations(session, which, want.number(MAX_ORGANISATION), want.limit + 1),
        NO_ORGANISATION,
        shown,
        lambda row: row.number,
    )


@router.get("/organisations/{organisation}")
def organisation(
    parts: PartsOf,
    organisation: Annotated[int, Path(ge=1, le=MAX_ORGANISATION, description="Number of the organisation")],
) -> One[Organisation]:
    """One member by its number."""
    block, row = read(parts, lambda session: members.organisation(session, organisation), NO_ORGANISATION)
    return One[Organisation](answer=shown(row), block=block)


@router.get("/brands")
def brands(want: AskedOf, status: StateOf = None, gln: GlnOf = None) -> Page[Brand]:
    """A page of the members that are brands, by number."""
    which = replace(filters(status, gln), kind=OrganisationKind.BRAND)

    def query(session: Session) -> list[tuple[OrganisationRow, int]]:
        rows = members.organisations(session, which, want.number(MAX_ORGANISATION), want.limit + 1)
        return [(row, goods.sku_count(session, row.number)) for row in rows]

    return want.page(Page[Brand], query, NO_BRAND, lambda found: shown_brand(*found), lambda found: found[0].number)


@router.get("/brands/{brand}")
def brand(parts: PartsOf, brand: BrandNumber) -> One[Brand]:
    """One brand by its number."""

    def query(session: Session) -> tuple[OrganisationRow, int] | None:
        row = brand_of(session, brand)
        return (row, goods.sku_count(session, brand)) if row else None

    block, found = read(parts, query, NO_BRAND)
    return One[Brand](answer=shown_brand(*found), block=block)


@router.get("/brands/{brand}/skus")
def skus_of_brand(want: AskedOf, brand: BrandNumber, code: CodeOf = "") -> Page[Sku]:
    """A page of a brand's SKUs in the order of their codes (bytes)."""
    return want.page(
        Page[Sku],
        lambda session: (
            goods.skus_by_code(session, brand, code, want.number(MAX_SKU), want.limit + 1)
            if brand_of(session, brand)
            else None
        ),
        NO_BRAND,
        shown_sku,
        lambda row: row.sku,
    )


@router.get("/brands/{brand}/stock")
def stock_of_brand(want: AskedOf, brand: BrandNumber) -> Page[StockCell]:
    """What there is of a brand's goods, a row a SKU, lot and location; a page may be short and not the last."""
    block, found = want.read(
        lambda session: (
            cells.cells_of_brand(session, brand, want.key(MAX_SKU, MAX_LOT, MAX_PLACE), want.limit)
            if brand_of(session, brand)
            else None
        ),
        NO_BRAND,
    )
    return cell_page(block, found)


def brand_of(session: Session, number: int) -> OrganisationRow | None:
    """The organisation with a number, if it is a brand."""
    row = members.organisation(session, number)
    return row if row and row.kind == OrganisationKind.BRAND else None


def filters(status: str | None, digits: str | None) -> Members:
    """Those with a status by its name, and a GLN that begins with these digits. Raises InvalidInput."""
    glns = None if digits is None else gs1.glns_from(digits)
    return Members(None if status is None else Status[status.upper()], glns=glns)
