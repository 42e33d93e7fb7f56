"""poster-batches/1: the batches that an account posted on a lane, whole and in order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from liveledger.domain.hashing import hex_bytes
from liveledger.domain.streams import Leaf, poster_stream
from liveledger.proofs import layout, shape
from liveledger.proofs.abi import AbiError, uint, words
from liveledger.proofs.source import Page, Result, Source
from liveledger.proofs.views.base import (
    PAGE,
    View,
    append_only,
    decimal_parameter,
    leaf_refusal,
    list_result,
    page_parameters,
    stamp,
)


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


def decode(source: Source, parameters: Parameters) -> Result:
    """Each batch with its roots and its number of movements; ``count`` is the next sequence number."""
    ledger = source.contract(layout.STOCK_LEDGER, layout.ANY_STOCK)
    stream = source.leaves(ledger, poster_stream(parameters.poster, parameters.lane), parameters.page)
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


VIEWS = (View("poster-batches/1", frozenset({"contracts", "leaves"}), read, decode, historical=True),)
