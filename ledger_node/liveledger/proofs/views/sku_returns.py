"""sku-returns/1: how a SKU's returned goods were graded and what was carried out, whole and in order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from liveledger.domain.errors import InvalidInput
from liveledger.domain.hashing import hex_bytes
from liveledger.domain.returns import Grade, unpack
from liveledger.domain.streams import Leaf, return_stream
from liveledger.proofs import layout, shape
from liveledger.proofs.source import Page, Result, Source
from liveledger.proofs.views.base import (
    MAX_CODE,
    PAGE,
    View,
    decimal_parameter,
    leaf_refusal,
    list_result,
    page_parameters,
    stamp,
)

_UINT64 = (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class Parameters:
    """Organisation number of the brand, its SKU code, the page."""

    brand: int
    sku: str
    page: Page


def read(value: dict[str, Any]) -> Parameters:
    """Reads the parameters. Raises Refusal (step 1)."""
    entry = shape.fields(value, "parameters", ("brand", "sku"), PAGE)
    code = shape.text(entry["sku"], "parameters.sku", MAX_CODE)
    return Parameters(decimal_parameter(entry, "brand", 0xFFFF), code, page_parameters(entry))


def decode(source: Source, parameters: Parameters) -> Result:
    """Entries of the page, and the units graded since ever; a SKU that is not known is proven by absence."""
    ledger = source.contract(layout.STOCK_LEDGER, layout.WITH_LOTS)
    sku = source.slot(ledger, layout.sku_slot(parameters.brand, parameters.sku)) or 0
    if not sku:
        nothing = {"known_sku": False, "count": "0", "graded": _by_grade(0), "entries": []}
        return Result(nothing, "the ledger does not know this SKU")
    contract, page = source.contract(layout.RETURNS), parameters.page
    graded = source.slot(contract, layout.graded_slot(sku)) or 0
    stream = source.leaves(contract, return_stream(sku), page)
    entries = [entry for leaf in stream.leaves for entry in _entries(sku, leaf)]
    start = stream.leaves[0].first_index if stream.leaves else page.first
    shown = entries[page.first - start : page.end(stream.count) - start]
    answer = {"known_sku": True, "graded": _by_grade(graded), "entries": shown}
    return list_result(answer, stream, page, "gradings and closings")


def _by_grade(word: int) -> dict[str, str]:
    return {grade.name.lower(): str(word >> 64 * (grade - 1) & _UINT64) for grade in Grade}


def _entries(sku: int, leaf: Leaf) -> list[dict[str, str]]:
    try:
        grading = unpack(sku, leaf.payload)
    except InvalidInput as error:
        raise leaf_refusal(f"the leaf at entry {leaf.first_index}: {error.message}") from None
    if len(grading.entries) != leaf.n:
        raise leaf_refusal(f"the leaf at entry {leaf.first_index} covers {leaf.n} entries, not {len(grading.entries)}")
    return [
        {
            "index": str(leaf.first_index + offset),
            "act": grading.act.name.lower(),
            "organisation": str(grading.organisation),
            "lot": str(entry.lot),
            "place": str(entry.place),
            "quantity": str(entry.quantity),
            "grade": entry.grade.name.lower(),
            "disposition": entry.disposition.name.lower(),
            "documents_root": hex_bytes(grading.documents_root),
            **stamp(leaf),
        }
        for offset, entry in enumerate(grading.entries)
    ]


VIEWS = (View("sku-returns/1", frozenset({"contracts", "leaves"}), read, decode),)
