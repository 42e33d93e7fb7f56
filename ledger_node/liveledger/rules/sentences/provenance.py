"""Sentences of Provenance: anchors of EPCIS events."""

from __future__ import annotations

SENTENCES: dict[str, tuple[str, str]] = {
    "ProvenanceAlreadyAnchored": (
        "your organisation anchored the event {event_hash} in block {block_number} already",
        "nothing is to be done: an event is anchored once",
    ),
    "ProvenanceEmptyHash": ("the event's hash is 0, which stands for no event", "capture the event through the API"),
    "ProvenanceItemCount": ("the event names {items} items, 1 to {limit} may be", "split it into several events"),
    "ProvenanceItemsDiffer": (
        "the declaration of error {event_hash} names other items than the event {corrects} that it corrects",
        "name the same items as in the event that was in error",
    ),
    "ProvenanceItemsNotAscending": (
        "item {index:nth} of the event, {item}, is named twice or out of order",
        "capture the event through the API, which sorts items",
    ),
    "ProvenanceUnknownEvent": (
        "your organisation never anchored the event {corrects}, which the declaration of error names",
        "only its own events can an organisation declare in error: capture the event first",
    ),
}
