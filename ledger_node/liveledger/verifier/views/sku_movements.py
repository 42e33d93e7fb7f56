"""sku-movements: a page of a SKU's movements, whole and in order; from version 2 on each with its lot's number.

Version 3 knows all kinds of movements, and goes on over the versions of StockLedger.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

from liveledger.domain.errors import InvalidInput
from liveledger.domain.streams import Leaf, sku_stream
from liveledger.verifier import layout, shape
from liveledger.verifier.source import Page, Result, Source
from liveledger.verifier.views.base import (
    MAX_CODE,
    PAGE,
    View,
    append_only,
    decimal_parameter,
    leaf_refusal,
    list_result,
    page_parameters,
    stamp,
)
from liveledger.verifier.views.packed import PACKINGS, Packing


@dataclass(frozen=True, slots=True)
class Parameters:
    """Organisation number of the brand, its SKU code, the page."""

    brand: int
    sku: str
    page: Page


def read(value: dict[str, Any]) -> Parameters:
    """Reads the parameters. Raises Refusal (step 1)."""
    entry = shape.fields(value, "parameters", ("brand", "sku", *PAGE))
    code = shape.text(entry["sku"], "parameters.sku", MAX_CODE)
    return Parameters(decimal_parameter(entry, "brand", 0xFFFF), code, page_parameters(entry))


def decode(packing: Packing, source: Source, parameters: Parameters) -> Result:
    """Count and movements of the page; a SKU that is not known is proven by absence."""
    ledger, page = packing.opened(source), parameters.page
    sku = ledger.word(layout.sku_slot(parameters.brand, parameters.sku))
    if not sku:
        return Result({"count": "0", "known_sku": False, "movements": []}, "the ledger does not know this SKU")
    stream = ledger.leaves(sku_stream(sku), page)
    movements = [entry for leaf in stream.leaves for entry in _entries(packing, sku, leaf)]
    start = stream.leaves[0].first_index if stream.leaves else page.first
    shown = movements[page.first - start : page.end(stream.count) - start]
    return append_only(
        list_result({"known_sku": True, "movements": shown}, stream, page, "movements"),
        stream,
        page,
        source.block_number,
    )


def _entries(packing: Packing, sku: int, leaf: Leaf) -> list[dict[str, str]]:
    try:
        movements = packing.unpack_group(sku, leaf.payload)
    except InvalidInput as error:
        raise leaf_refusal(f"the leaf at entry {leaf.first_index}: {error.message}") from None
    if len(movements) != leaf.n:
        raise leaf_refusal(f"the leaf at entry {leaf.first_index} covers {leaf.n} movements, not {len(movements)}")
    return [
        {"index": str(leaf.first_index + offset), **packing.movement_json(movement), **stamp(leaf)}
        for offset, movement in enumerate(movements)
    ]


VIEWS = tuple(
    View(
        f"sku-movements/{version}",
        frozenset({"contracts", "leaves"}),
        read,
        functools.partial(decode, packing),
        historical=True,
    )
    for version, packing in PACKINGS.items()
)
