"""EPCIS events: one row an event, one leaf an item."""

from __future__ import annotations

from liveledger.bindings.provenance import EventAnchoredEvent
from liveledger.chain.rpc.records import Log
from liveledger.domain.hashing import uint_word
from liveledger.domain.item_keys import ItemKey
from liveledger.index.heads import Heads, Place
from liveledger.index.provenance.tables import event_items, events
from liveledger.index.writer import Writer

PROVENANCE = "Provenance"
_NONE = bytes(32)


def event_anchored(heads: Heads, writer: Writer, log: Log, place: Place) -> None:
    """``EventAnchored``: one leaf for every item, in the stream that its standing says."""
    event = EventAnchoredEvent.decode(log.topics, log.data)
    leaves = [
        (ItemKey(gtin, uri).stream(standing >> 24 & 0xFFFF), standing)
        for gtin, uri, standing in zip(event.gtins, event.uris, event.standings, strict=True)
    ]
    heads.load(writer.connection, PROVENANCE, [stream for stream, _ in leaves])
    for stream, standing in leaves:
        payload = event.event_hash + event.corrects + uint_word(standing)
        heads.append(PROVENANCE, stream, 1, place, event.poster, payload)
        writer.add(event_items, {"event_hash": event.event_hash, "poster": event.poster, "item": stream})
    writer.add(
        events,
        {
            "event_hash": event.event_hash,
            "corrects": None if event.corrects == _NONE else event.corrects,
            "poster": event.poster,
            "block": place.block_number,
            "block_time": place.block_time,
            "tx_index": place.tx_index,
            "log_index": place.log_index,
        },
    )


HANDLERS = {PROVENANCE: {EventAnchoredEvent.TOPIC: event_anchored}}
