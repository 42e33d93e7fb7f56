"""sku-movements: a page of a SKU's movements, whole and in order; from version 2 on each with its lot's number.

Version 3 knows all kinds of movements, and goes on over the versions of StockLedger.
"""

from __future__ import annotations

import functools

from liveledger.domain.errors import InvalidInput
from liveledger.domain.streams import Leaf, sku_stream
from liveledger.verifier import layout
from liveledger.verifier.source import Result, Source
from liveledger.verifier.views.base import (
    View,
    append_only,
    leaf_refusal,
    list_result,
    stamp,
)
from liveledger.verifier.views.packed import PACKINGS, Packing
from liveledger.verifier.views.sku_page import Parameters, read_page


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
        read_page,
        functools.partial(decode, packing),
        historical=True,
    )
    for version, packing in PACKINGS.items()
)
