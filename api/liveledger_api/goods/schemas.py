"""Typed answers about SKUs, lots and what there is of them."""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict, Field

from liveledger.domain import gs1
from liveledger.domain.times import day_text
from liveledger.domain.units import unit_name
from liveledger.index.stock.cells import Cell, Cells
from liveledger.index.stock.queries import Counters, LotRow, SkuRow
from liveledger_api.listing import Block, Code, Decimal, Entries, Gln, Gtin, Page, Typed

_SKU: dict[str, Any] = {"sku": "1048577", "brand": "1", "code": "TEA-1", "gtin": "06901234567892", "unit": "EA"}
_TOTALS: dict[str, Any] = {
    "lots": "2",
    "received": "480",
    "sold": "90",
    "returned": "4",
    "adjusted": "-1",
    "units": "393",
}
_LOT: dict[str, Any] = {
    "sku": "1048577",
    "brand": "1",
    "lot": "1",
    "code": "L2611",
    "expiry": "2027-11-30",
    "block": "31",
}
_CELL: dict[str, Any] = {
    "brand": "1",
    "sku": "1048577",
    "code": "TEA-1",
    "lot": "1",
    "lot_code": "L2611",
    "expiry": "2027-11-30",
}
_CELL |= {"location": "6901234000016", "available": "380", "reserved": "10", "in_transit": "3", "held": "0"}


class Sku(Typed):
    """A SKU as it was registered. `gtin` is what its brand said; whether it may, the history of an item shows."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_SKU | {"block": "30"}]})

    sku: Decimal = Field(description="Number of the SKU on the ledger")
    brand: Decimal
    code: Code
    gtin: Gtin | None
    unit: str = Field(description="What it is counted in")
    block: Decimal = Field(description="Block that it was registered in")


class SkuTotals(Sku):
    """A SKU with how many lots it has, its counters since ever, and the units that they leave over all locations."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_SKU | {"block": "30"} | _TOTALS]})

    lots: Decimal
    received: Decimal
    sold: Decimal
    returned: Decimal
    adjusted: Decimal
    units: Decimal = Field(description="received + returned + adjusted − sold: all there is, in all statuses")


class Lot(Typed):
    """A lot of a SKU."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_LOT]})

    sku: Decimal
    brand: Decimal
    lot: Decimal = Field(description="Number of the lot, within its SKU")
    code: Code
    expiry: str | None = Field(description="YYYY-MM-DD; null: none was given")
    block: Decimal = Field(description="Block that it was registered in")


class StockCell(Typed):
    """Units of one lot of a SKU at one location, by status. Lot 0 are goods without a lot: `lot_code` is empty."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_CELL]})

    brand: Decimal
    sku: Decimal
    code: Code
    lot: Decimal
    lot_code: Code
    expiry: str | None
    location: Gln
    available: Decimal
    reserved: Decimal
    in_transit: Decimal
    held: Decimal


def shown_sku(row: SkuRow) -> Sku:
    """A row of the index."""
    return Sku(**_sku(row))


def shown_totals(row: SkuRow, lots: int, counters: Counters) -> SkuTotals:
    """A row of the index with its counters."""
    units = counters.received + counters.returned + counters.adjusted - counters.sold
    names = ("received", "sold", "returned", "adjusted")
    return SkuTotals(
        **_sku(row), lots=str(lots), units=str(units), **{name: str(getattr(counters, name)) for name in names}
    )


def shown_lot(row: LotRow) -> Lot:
    """A row of the index."""
    return Lot(
        sku=str(row.sku),
        brand=str(row.sku >> 20),
        lot=str(row.lot),
        code=row.code,
        expiry=day_text(row.expiry),
        block=str(row.block),
    )


def cell_page(block: Block, cells: Cells) -> Page[StockCell]:
    """A page of cells."""
    following = "-".join(map(str, cells.following)) if cells.following else None
    entries = Entries[StockCell](entries=[_cell(cell) for cell in cells.rows], next=following)
    return Page[StockCell](answer=entries, block=block)


def _sku(row: SkuRow) -> dict[str, Any]:
    return {
        "sku": str(row.sku),
        "brand": str(row.brand),
        "code": row.code,
        "gtin": gs1.gtin_text(row.gtin),
        "unit": unit_name(row.unit),
        "block": str(row.block),
    }


def _cell(cell: Cell) -> StockCell:
    units = cell.units
    return StockCell(
        brand=str(cell.sku.brand),
        sku=str(cell.sku.sku),
        code=cell.sku.code,
        lot=str(cell.lot.lot) if cell.lot else "0",
        lot_code=cell.lot.code if cell.lot else "",
        expiry=day_text(cell.lot.expiry) if cell.lot else None,
        location=gs1.gln_text(cell.gln),
        available=str(units.available),
        reserved=str(units.reserved),
        in_transit=str(units.in_transit),
        held=str(units.held),
    )
