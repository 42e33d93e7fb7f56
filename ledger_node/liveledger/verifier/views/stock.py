"""stock: the four lanes of a brand's SKU at a place; what is not known is proven by absence.

stock/1 is of ledgers without lots; stock/2 asks for one lot, or for the goods whose lot was not stated; stock-lots/2
asks for a page of all lots, whose count is proven, and their sum. stock/3 and stock-lots/3 read a StockLedger that
replaced another one as well: what it did not write yet is proven to be absent there, and read where it stands.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from liveledger.domain.movements import Lane
from liveledger.verifier import layout, shape
from liveledger.verifier.sections import MAX_SLOTS
from liveledger.verifier.source import Page, Result, Source
from liveledger.verifier.views.base import MAX_CODE, PAGE, View, decimal_parameter, gln_parameter, page_parameters
from liveledger.verifier.views.line import OneVersion, StockLine, StockReader

_Open = Callable[[Source], StockReader]

_LANE_MASK = (1 << 64) - 1
# A page's balances stand beside the SKU's number and its info word in one contract's section of a bundle.
MAX_LOTS = MAX_SLOTS - 2
# Questions of up to so many were asked before, and answered where fewer lots were there: those bundles still verify.
_MAX_LIMIT = 200
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


@dataclass(frozen=True, slots=True)
class PageParameters:
    """The same without a lot, and which of the lots, counted from 0."""

    asked: Parameters
    page: Page


def read(value: dict[str, Any]) -> Parameters:
    """Reads the parameters. Raises Refusal (step 1)."""
    entry = shape.fields(value, "parameters", ("brand", "sku", "place"))
    code = shape.text(entry["sku"], "parameters.sku", MAX_CODE)
    return Parameters(decimal_parameter(entry, "brand", 0xFFFF), code, gln_parameter(entry, "place"))


def read_with_lot(value: dict[str, Any]) -> Parameters:
    """The same with a lot. Raises Refusal (step 1)."""
    entry = shape.fields(value, "parameters", ("brand", "sku", "place", "lot"))
    plain = read({name: part for name, part in entry.items() if name != "lot"})
    lot = "" if entry["lot"] == "" else shape.text(entry["lot"], "parameters.lot", MAX_CODE)
    return Parameters(plain.brand, plain.sku, plain.place, lot)


def decode(source: Source, parameters: Parameters) -> Result:
    """Quantities in the SKU's base unit; all zero where the SKU or the place is not known."""
    ledger, sku, place = _goods(source, parameters, functools.partial(OneVersion, layout.WITHOUT_LOTS))
    balance = ledger.word(layout.balance_slot(sku, place)) if sku and place else 0
    answer = {"known_sku": bool(sku), "known_place": bool(place), **_lanes(balance)}
    return Result(answer, "the one balance that the ledger holds for this SKU at this place")


def decode_lot(opened: _Open, source: Source, parameters: Parameters) -> Result:
    """The same of one lot; a lot that is not known is proven by absence."""
    ledger, sku, place = _goods(source, parameters, opened)
    lot = ledger.word(layout.lot_slot(sku, parameters.lot)) if sku and parameters.lot else 0
    known_lot = not parameters.lot or bool(lot)
    known = bool(sku and place and known_lot)
    balance = ledger.word(layout.balance_slot(sku, place, lot)) if known else 0
    answer = {"known_sku": bool(sku), "known_lot": known_lot, "known_place": bool(place), **_lanes(balance)}
    return Result(answer, "the one balance that the ledger holds for this lot at this place")


def read_page(value: dict[str, Any]) -> PageParameters:
    """The same with a page of lots. Raises Refusal (step 1)."""
    entry = shape.fields(value, "parameters", ("brand", "sku", "place", *PAGE))
    plain = read({name: part for name, part in entry.items() if name not in PAGE})
    return PageParameters(plain, page_parameters(entry, _MAX_LIMIT))


def decode_lots(opened: _Open, source: Source, parameters: PageParameters) -> Result:
    """Each lot of the page with something in a lane, and their sum; lot "0" are the goods whose lot was not stated."""
    ledger, sku, place = _goods(source, parameters.asked, opened)
    page = parameters.page
    count = layout.lots_of(ledger.word(layout.sku_info_slot(sku)) if sku else 0) + 1
    lots = range(page.first, page.end(count)) if sku and place else ()
    balances = {lot: ledger.word(layout.balance_slot(sku, place, lot)) for lot in lots}
    known = {"known_sku": bool(sku), "known_place": bool(place), "count": str(count)}
    by_lot = [{"lot": str(lot), **_lanes(word)} for lot, word in balances.items() if word]
    answer = {**known, **_sums(list(balances.values())), "by_lot": by_lot}
    if page.first == 0 and page.end(count) == count:
        return Result(answer, f"all {count - 1} lots that the ledger knows of this SKU, and the goods without one")
    if page.first >= count:
        return Result(answer, f"the last lot is number {count - 1}; there is none from number {page.first} on")
    return Result(answer, f"lots {page.first} to {page.end(count) - 1} of 0 to {count - 1}, none left out between")


def _goods(source: Source, asked: Parameters, opened: _Open) -> tuple[StockReader, int, int]:
    """The StockLedger, and the numbers of SKU and place; 0 = not known. Its order is that of the proofs."""
    ledger, consortium = opened(source), source.contract(layout.CONSORTIUM)
    sku = ledger.word(layout.sku_slot(asked.brand, asked.sku))
    return ledger, sku, source.slot(consortium, layout.place_slot(asked.place)) or 0


def _lanes(balance: int) -> dict[str, str]:
    return {name: str(balance >> 64 * lane & _LANE_MASK) for name, lane in _LANES.items()}


def _sums(balances: Sequence[int]) -> dict[str, str]:
    """Lane by lane: a sum of whole words would carry from one lane into the next."""
    lanes = {name: [word >> 64 * lane & _LANE_MASK for word in balances] for name, lane in _LANES.items()}
    return {name: str(sum(quantities)) for name, quantities in lanes.items()}


_CONTRACTS = frozenset({"contracts"})
_WITH_LOTS = functools.partial(OneVersion, layout.WITH_LOTS)
VIEWS = (
    View("stock/1", _CONTRACTS, read, decode),
    View("stock/2", _CONTRACTS, read_with_lot, functools.partial(decode_lot, _WITH_LOTS)),
    View("stock/3", _CONTRACTS, read_with_lot, functools.partial(decode_lot, StockLine)),
    View("stock-lots/2", _CONTRACTS, read_page, functools.partial(decode_lots, _WITH_LOTS)),
    View("stock-lots/3", _CONTRACTS, read_page, functools.partial(decode_lots, StockLine), form=2),
)
