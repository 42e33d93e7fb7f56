"""GET /locations, and the stock of one."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from sqlalchemy.orm import Session

from liveledger.bindings.constants import MAX_ORGANISATION
from liveledger.domain.movements import MAX_LOT, MAX_PLACE, MAX_SKU
from liveledger.index.members import queries as members
from liveledger.index.members.queries import PlaceRow
from liveledger.index.stock import cells
from liveledger_api.goods.schemas import StockCell, cell_page
from liveledger_api.listing import Asked, One, Page, asked, read
from liveledger_api.locations.schemas import Location, shown
from liveledger_api.organisations.routes import GlnOf, StateOf, filters
from liveledger_api.requests import PartsOf, gln_of

router = APIRouter(prefix="/locations", tags=["Locations"])
AskedOf = Annotated[Asked, Depends(asked)]
NO_LOCATION = "the ledger does not know this location"
_Number = Annotated[int | None, Query(ge=1, le=MAX_ORGANISATION)]


@router.get("")
def locations(want: AskedOf, operator: _Number = None, status: StateOf = None, gln: GlnOf = None) -> Page[Location]:
    """A page of the locations by number; `operator`: only of the organisation with this number."""
    which = replace(filters(status, gln), operator=operator)

    def query(session: Session) -> list[tuple[PlaceRow, int]]:
        rows = members.places(session, which, want.number(MAX_PLACE), want.limit + 1)
        glns = members.glns_of(session, {row.operator for row in rows})
        return [(row, glns[row.operator]) for row in rows]

    return want.page(Page[Location], query, NO_LOCATION, lambda found: shown(*found), lambda found: found[0].number)


@router.get("/{location:code}")
def location(parts: PartsOf, location: str) -> One[Location]:
    """One location by its GLN."""
    gln = gln_of(location)

    def query(session: Session) -> tuple[PlaceRow, int] | None:
        row = members.place_by_gln(session, gln)
        return (row, members.glns_of(session, {row.operator})[row.operator]) if row else None

    block, found = read(parts, query, NO_LOCATION)
    return One[Location](answer=shown(*found), block=block)


@router.get("/{location:code}/stock")
def stock_of_location(want: AskedOf, location: str, brand: _Number = None) -> Page[StockCell]:
    """What a location (GLN) holds, a row a SKU and lot; a page may be short and not the last.

    `brand`: only of the brand with this number. Each row has its proof at
    `GET /stock/{brand}/{sku}/{place}?lot=…&proof=true`; that no row is missing has none.
    """
    gln = gln_of(location)
    block, found = want.read(
        lambda session: (
            cells.cells_at(session, row.number, brand, want.key(MAX_SKU, MAX_LOT), want.limit)
            if (row := members.place_by_gln(session, gln))
            else None
        ),
        NO_LOCATION,
    )
    return cell_page(block, found)
