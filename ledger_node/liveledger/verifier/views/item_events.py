"""item-events/1: the EPCIS events of an item or lot, whole and in order, with the documents that were not erased."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from liveledger.domain.event_items import named_by
from liveledger.domain.hashing import canonical_json, hex_bytes, keccak
from liveledger.domain.streams import Leaf, item_stream
from liveledger.verifier import layout, shape
from liveledger.verifier.abi import AbiError, words
from liveledger.verifier.sections import Document
from liveledger.verifier.source import Page, Result, Source
from liveledger.verifier.views.base import MAX_URI, PAGE, View, leaf_refusal, list_result, page_parameters, stamp

_NO_EVENT = bytes(32)


@dataclass(frozen=True, slots=True)
class Parameters:
    """The item's URI as events write it, and the page."""

    item: str
    page: Page


def read(value: dict[str, Any]) -> Parameters:
    """Reads the parameters. Raises Refusal (step 1)."""
    entry = shape.fields(value, "parameters", ("item",), PAGE)
    return Parameters(shape.text(entry["item"], "parameters.item", MAX_URI), page_parameters(entry))


def decode(source: Source, parameters: Parameters) -> Result:
    """Hash, declaration of error, block, time and poster of each event, and its document where it is there."""
    contract = source.contract(layout.PROVENANCE)
    stream = source.leaves(contract, item_stream(parameters.item), parameters.page)
    entries = [_leaf_words(leaf) for leaf in stream.leaves]
    documents = source.documents([digest for digest, _ in entries])
    if len(documents) != len(entries):
        raise leaf_refusal(f"{len(documents)} documents for {len(entries)} events")
    events = [
        _event(parameters.item, leaf, *entry, document)
        for leaf, entry, document in zip(stream.leaves, entries, documents, strict=True)
    ]
    result = list_result({"events": events}, stream, parameters.page, "events")
    withheld = sum(document is None for document in documents)
    return replace(result, complete=f"{result.complete}; {not_given(withheld)}") if withheld else result


def not_given(count: int) -> str:
    """A list of hashes may be whole while what they stand for is not shown: erased or withheld looks the same."""
    if count == 1:
        return "contents of 1 event not given: its hash is proven, what it says is not"
    return f"contents of {count} events not given: their hashes are proven, what they say is not"


def names_item(event: dict[str, Any], item: str) -> bool:
    """Whether an EPCIS event names ``item`` in one of the fields whose items are anchored (docs/formats.md).

    An event that names no item at all is anchored under its own eventID.
    """
    return item in named_by(event)


def _leaf_words(leaf: Leaf) -> tuple[bytes, bytes]:
    try:
        digest, corrects = words(leaf.payload, 2)
    except AbiError as error:
        raise leaf_refusal(f"the leaf at entry {leaf.first_index}: {error}") from None
    if leaf.n != 1:
        raise leaf_refusal(f"the leaf at entry {leaf.first_index} covers {leaf.n} events")
    return digest, corrects


def _event(item: str, leaf: Leaf, digest: bytes, corrects: bytes, document: Document | None) -> dict[str, Any]:
    if document and keccak(document.salt + canonical_json(document.event)) != digest:
        raise leaf_refusal(f"the document of event {leaf.first_index} is not the one that was anchored")
    return {
        "event_hash": hex_bytes(digest),
        "corrects": None if corrects == _NO_EVENT else hex_bytes(corrects),
        **stamp(leaf),
        "event": document.event if document else None,
        "names_item": names_item(document.event, item) if document else None,
    }


VIEWS = (View("item-events/1", frozenset({"contracts", "leaves", "documents"}), read, decode),)
