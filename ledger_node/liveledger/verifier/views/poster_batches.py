"""poster-batches: the batches that an account posted on a lane, whole and in order.

Version 2 goes on over the versions of StockLedger.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from liveledger.domain.hashing import hex_bytes
from liveledger.domain.streams import Leaf, poster_stream
from liveledger.verifier import layout, shape
from liveledger.verifier.abi import AbiError, uint, words
from liveledger.verifier.source import Page, Result, Source
from liveledger.verifier.views.base import (
    PAGE,
    View,
    append_only,
    decimal_parameter,
    leaf_refusal,
    list_result,
    page_parameters,
    stamp,
)
from liveledger.verifier.views.line import OneVersion, StockLine, StockReader


@dataclass(frozen=True, slots=True)
class Parameters:
    """The poster's account (20 bytes), its lane, the page."""

    poster: bytes
    lane: int
    page: Page


def read(value: dict[str, Any]) -> Parameters:
    """Reads the parameters. Raises Refusal (step 1)."""
    entry = shape.fields(value, "parameters", ("poster", "lane"), PAGE)
    poster = shape.hexadecimal(entry["poster"], "parameters.poster", 20)
    return Parameters(poster, decimal_parameter(entry, "lane", (1 << 32) - 1), page_parameters(entry))


def decode(opened: Callable[[Source], StockReader], source: Source, parameters: Parameters) -> Result:
    """Each batch with its roots and its number of movements; ``count`` is the next sequence number."""
    stream = opened(source).leaves(poster_stream(parameters.poster, parameters.lane), parameters.page)
    batches = [_batch(leaf) for leaf in stream.leaves]
    found = list_result({"batches": batches}, stream, parameters.page, "batches")
    return append_only(found, stream, parameters.page, source.block_number)


def _batch(leaf: Leaf) -> dict[str, str]:
    try:
        documents, movements, count, records = words(leaf.payload, 4)
        if leaf.n != 1:
            raise AbiError(f"it covers {leaf.n} batches")
        number = uint(count, 64)
    except AbiError as error:
        raise leaf_refusal(f"the leaf of batch {leaf.first_index}: {error}") from None
    return {
        "sequence": str(leaf.first_index),
        "movements": str(number),
        "movements_root": hex_bytes(movements),
        "documents_root": hex_bytes(documents),
        "records_hash": hex_bytes(records),
        **stamp(leaf),
    }


_READERS: dict[str, Callable[[Source], StockReader]] = {
    "1": functools.partial(OneVersion, layout.ANY_STOCK),
    "2": StockLine,
}
VIEWS = tuple(
    View(
        f"poster-batches/{version}",
        frozenset({"contracts", "leaves"}),
        read,
        functools.partial(decode, opened),
        historical=True,
    )
    for version, opened in _READERS.items()
)
