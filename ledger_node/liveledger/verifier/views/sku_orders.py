"""sku-orders: a page of a SKU's replenishment orders and their ends, whole and in order; old pages last from /2 on."""

from __future__ import annotations

from liveledger.domain.errors import InvalidInput
from liveledger.domain.orders import OrderMade, order_id, orders_stream, parse_entry
from liveledger.domain.streams import Leaf
from liveledger.verifier import layout
from liveledger.verifier.source import Result, Source
from liveledger.verifier.views.base import (
    View,
    append_only,
    leaf_refusal,
    list_result,
    stamp,
)
from liveledger.verifier.views.sku_page import Parameters, read


def decode(source: Source, parameters: Parameters) -> Result:
    """``sku-orders/2``: the same, and true for ever where more entries follow."""
    return _decode(source, parameters, lasting=True)


def decode_1(source: Source, parameters: Parameters) -> Result:
    """Count and entries of the page; a SKU that is not known is proven by absence.

    An order and its end are two entries: the end names the order's ``index``.
    """
    return _decode(source, parameters, lasting=False)


def _decode(source: Source, parameters: Parameters, *, lasting: bool) -> Result:
    ledger = source.contract(layout.STOCK_LEDGER, layout.ANY_STOCK)
    sku = source.slot(ledger, layout.sku_slot(parameters.brand, parameters.sku)) or 0
    if not sku:
        return Result({"count": "0", "known_sku": False, "entries": []}, "the ledger does not know this SKU")
    stream = source.leaves(source.contract(layout.REPLENISHMENT), orders_stream(sku), parameters.page)
    entries = [_entry(sku, leaf) for leaf in stream.leaves]
    found = list_result({"known_sku": True, "entries": entries}, stream, parameters.page, "entries of orders")
    return append_only(found, stream, parameters.page, source.block_number) if lasting else found


def _entry(sku: int, leaf: Leaf) -> dict[str, str]:
    if leaf.n != 1:
        raise leaf_refusal(f"the leaf of entry {leaf.first_index} covers {leaf.n} entries")
    try:
        entry = parse_entry(leaf.payload)
    except InvalidInput as error:
        raise leaf_refusal(f"the leaf of entry {leaf.first_index}: {error.message}") from None
    if not isinstance(entry, OrderMade):
        if entry.order >= leaf.first_index:
            raise leaf_refusal(f"entry {leaf.first_index} ends an order that was not made before")
        return {
            "index": str(leaf.first_index),
            "entry": "ended",
            "order": str(order_id(sku, entry.order)),
            "status": entry.status.name.lower(),
            "shipped": str(entry.shipped),
            "received": str(entry.received),
            **stamp(leaf),
        }
    return {
        "index": str(leaf.first_index),
        "entry": "made",
        "order": str(order_id(sku, leaf.first_index)),
        "kind": entry.kind.name.lower(),
        "source": str(entry.source),
        "to": str(entry.to),
        "quantity": str(entry.quantity),
        "position": str(entry.position),
        "score": str(entry.score),
        "deadline": str(entry.deadline),
        **stamp(leaf),
    }


_SECTIONS = frozenset({"contracts", "leaves"})
VIEWS = (
    View("sku-orders/1", _SECTIONS, read, decode_1),
    View("sku-orders/2", _SECTIONS, read, decode, historical=True),
)
