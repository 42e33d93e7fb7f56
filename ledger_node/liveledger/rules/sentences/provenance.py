"""Sentences of Provenance: anchors of EPCIS events."""

from __future__ import annotations

SENTENCES: dict[str, tuple[str, str]] = {
    "ProvenanceAlreadyAnchored": (
        "your organisation anchored the event {event_hash} in block {block_number} already",
        "nothing is to be done: an event is anchored once",
    ),
    "ProvenanceArrayLengths": (
        "an anchor names {gtins} GTINs for {uris} items",
        "capture the event through the API",
    ),
    "ProvenanceClaimsFull": (
        "sixteen brands claim the GTIN {gtin} of the {index:nth} SKU already",
        "ask the consortium which of them holds it",
    ),
    "ProvenanceEmptyHash": ("the event's hash is 0, which stands for no event", "capture the event through the API"),
    "ProvenanceItemCount": ("the event names {items} items, 1 to {limit} may be", "split it into several events"),
    "ProvenanceItemsDiffer": (
        "the declaration of error {event_hash} names other items than the event {corrects} that it corrects",
        "name the same items as in the event that was in error",
    ),
    "ProvenanceItemsNotAscending": (
        "item {index:nth} of the event, {uri} with the GTIN {gtin}, is named twice or out of order",
        "capture the event through the API, which sorts items",
    ),
    "ProvenanceNoGtin": (
        "the {index:nth} SKU, {sku}, is none of your brand, or has no GTIN to claim",
        "register the SKU with its GTIN first",
    ),
    "ProvenanceNotAdministrator": (
        "{caller} does not administer the consortium",
        "propose it: which brand comes first is decided by a vote",
    ),
    "ProvenanceNotClaimed": (
        "{brand:org} does not claim the GTIN {gtin}",
        "the brand claims it with its SKU: `liveledger sku add` does it",
    ),
    "ProvenanceTooManyOfOthers": (
        "with item {index:nth} the event names more than {limit} items whose brand your organisation neither is nor was"
        " approved by",
        "split it into several events, or have the brand approve your organisation",
    ),
    "ProvenanceUnknownEvent": (
        "your organisation never anchored the event {corrects}, which the declaration of error names",
        "only its own events can an organisation declare in error: capture the event first",
    ),
}
