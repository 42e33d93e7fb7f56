"""stock/1: the four lanes of a brand's SKU at a place, with unknown SKUs and places proven by absence."""

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
    """Organisation number of the brand, its SKU code, the place's GLN."""

    brand: int
    sku: str
    place: int


def read(value: dict[str, Any]) -> Parameters:
    """Reads the parameters. Raises Refusal (step 1)."""
    entry = shape.fields(value, "parameters", ("brand", "sku", "place"))
    code = shape.text(entry["sku"], "parameters.sku", MAX_CODE)
    return Parameters(decimal_parameter(entry, "brand", 0xFFFF), code, gln_parameter(entry, "place"))


def decode(source: Source, parameters: Parameters) -> Result:
    """Quantities in the SKU's base unit; all zero where the SKU or the place is not known."""
    ledger, consortium = source.contract(layout.STOCK_LEDGER), source.contract(layout.CONSORTIUM)
    sku = source.slot(ledger, layout.sku_slot(parameters.brand, parameters.sku)) or 0
    place = source.slot(consortium, layout.place_slot(parameters.place)) or 0
    balance = (source.slot(ledger, layout.balance_slot(sku, place)) or 0) if sku and place else 0
    lanes = {name: str(balance >> 64 * lane & 0xFFFF_FFFF_FFFF_FFFF) for name, lane in _LANES.items()}
    answer = {"known_sku": bool(sku), "known_place": bool(place), **lanes}
    return Result(answer, "the one balance that the ledger holds for this SKU at this place")


VIEW = View("stock/1", frozenset({"contracts"}), read, decode)
