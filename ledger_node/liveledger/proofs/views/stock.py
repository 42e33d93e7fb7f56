"""stock/1 and stock/2: the four lanes of a brand's SKU at a place; what is not known is proven by absence.

stock/1 is of ledgers without lots; stock/2 asks for one lot, or for the goods whose lot was not stated.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from liveledger.domain.movements import Lane
from liveledger.proofs import layout, shape
from liveledger.proofs.source import Result, Source
from liveledger.proofs.views.base import MAX_CODE, View, decimal_parameter, gln_parameter

_LANES = {
    "available": Lane.AVAILABLE,
    "reserved": Lane.RESERVED,
    "in_transit": Lane.IN_TRANSIT,
    "held": Lane.HELD,
}


@dataclass(frozen=True, slots=True)
class Parameters:
    """Organisation number of the brand, its SKU code, the place's GLN, the lot's code ("" = goods without one)."""

    brand: int
    sku: str
    place: int
    lot: str = ""


def read(value: dict[str, Any]) -> Parameters:
    """Reads the parameters. Raises Refusal (step 1)."""
    entry = shape.fields(value, "parameters", ("brand", "sku", "place"))
    code = shape.text(entry["sku"], "parameters.sku", MAX_CODE)
    return Parameters(decimal_parameter(entry, "brand", 0xFFFF), code, gln_parameter(entry, "place"))


def read_with_lot(value: dict[str, Any]) -> Parameters:
    """The same with a lot. Raises Refusal (step 1)."""
    entry = shape.fields(value, "parameters", ("brand", "sku", "place", "lot"))
    plain = read({name: part for name, part in entry.items() if name != "lot"})
    return Parameters(plain.brand, plain.sku, plain.place, shape.text(entry["lot"], "parameters.lot", MAX_CODE))


def decode(source: Source, parameters: Parameters) -> Result:
    """Quantities in the SKU's base unit; all zero where the SKU or the place is not known."""
    ledger, consortium = source.contract(layout.STOCK_LEDGER), source.contract(layout.CONSORTIUM)
    sku = source.slot(ledger, layout.sku_slot(parameters.brand, parameters.sku)) or 0
    place = source.slot(consortium, layout.place_slot(parameters.place)) or 0
    balance = (source.slot(ledger, layout.balance_slot(sku, place)) or 0) if sku and place else 0
    answer = {"known_sku": bool(sku), "known_place": bool(place), **_lanes(balance)}
    return Result(answer, "the one balance that the ledger holds for this SKU at this place")


def decode_lot(source: Source, parameters: Parameters) -> Result:
    """The same of one lot; a lot that is not known is proven by absence."""
    ledger = source.contract(layout.STOCK_LEDGER, layout.WITH_LOTS)
    consortium = source.contract(layout.CONSORTIUM)
    sku = source.slot(ledger, layout.sku_slot(parameters.brand, parameters.sku)) or 0
    place = source.slot(consortium, layout.place_slot(parameters.place)) or 0
    lot: int | None = 0
    if parameters.lot:
        lot = source.slot(ledger, layout.lot_slot(sku, parameters.lot)) if sku else None
    known = bool(sku and place and lot is not None)
    balance = (source.slot(ledger, layout.balance_slot(sku, place, lot)) or 0) if known else 0
    answer = {"known_sku": bool(sku), "known_lot": lot is not None, "known_place": bool(place), **_lanes(balance)}
    return Result(answer, "the one balance that the ledger holds for this lot at this place")


def _lanes(balance: int) -> dict[str, str]:
    return {name: str(balance >> 64 * lane & 0xFFFF_FFFF_FFFF_FFFF) for name, lane in _LANES.items()}


VIEWS = (
    View("stock/1", frozenset({"contracts"}), read, decode),
    View("stock/2", frozenset({"contracts"}), read_with_lot, decode_lot),
)
