"""sku-returns: how a SKU's returned goods were graded and what was carried out, whole and in order.

In version 2 a page that does not reach the end leaves out the cumulatively graded units, and is true for ever.
"""

from __future__ import annotations

from liveledger.domain.errors import InvalidInput
from liveledger.domain.hashing import hex_bytes
from liveledger.domain.returns import Grade, unpack
from liveledger.domain.streams import Leaf, return_stream
from liveledger.verifier import layout
from liveledger.verifier.source import Contract, Page, Result, Source, StreamPage
from liveledger.verifier.views.base import (
    View,
    append_only,
    leaf_refusal,
    list_result,
    reaches_end,
    stamp,
)
from liveledger.verifier.views.sku_page import Parameters, read

_UINT64 = (1 << 64) - 1


def decode_1(source: Source, parameters: Parameters) -> Result:
    """``sku-returns/1``: entries of the page, and the cumulatively graded units."""
    sku = _number_of(source, parameters)
    if not sku:
        return _unknown()
    contract = source.contract(layout.RETURNS)
    graded = _graded(source, contract, sku)
    stream = source.leaves(contract, return_stream(sku), parameters.page)
    return _result(sku, stream, parameters.page, graded)


def decode(source: Source, parameters: Parameters) -> Result:
    """``sku-returns/2``: ``graded`` is null, and its slot not asked, where more entries follow on the page."""
    sku = _number_of(source, parameters)
    if not sku:
        return _unknown()
    contract, page = source.contract(layout.RETURNS), parameters.page
    stream = source.leaves(contract, return_stream(sku), page)
    graded = _graded(source, contract, sku) if reaches_end(stream, page) else None
    return append_only(_result(sku, stream, page, graded), stream, page, source.block_number)


def _number_of(source: Source, parameters: Parameters) -> int:
    """The SKU's number; 0 for one that the ledger does not know, which is proven by absence."""
    ledger = source.contract(layout.STOCK_LEDGER, layout.WITH_LOTS)
    return source.slot(ledger, layout.sku_slot(parameters.brand, parameters.sku)) or 0


def _unknown() -> Result:
    nothing = {"count": "0", "known_sku": False, "graded": _by_grade(0), "entries": []}
    return Result(nothing, "the ledger does not know this SKU")


def _graded(source: Source, contract: Contract, sku: int) -> dict[str, str]:
    return _by_grade(source.slot(contract, layout.graded_slot(sku)) or 0)


def _result(sku: int, stream: StreamPage, page: Page, graded: dict[str, str] | None) -> Result:
    entries = [entry for leaf in stream.leaves for entry in _entries(sku, leaf)]
    start = stream.leaves[0].first_index if stream.leaves else page.first
    shown = entries[page.first - start : page.end(stream.count) - start]
    answer = {"known_sku": True, "graded": graded, "entries": shown}
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


_SECTIONS = frozenset({"contracts", "leaves"})
VIEWS = (
    View("sku-returns/1", _SECTIONS, read, decode_1),
    View("sku-returns/2", _SECTIONS, read, decode, historical=True),
)
