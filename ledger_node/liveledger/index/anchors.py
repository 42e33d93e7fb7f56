"""EPCIS events and oracle reports."""

from __future__ import annotations

from liveledger.bindings.provenance import EventAnchoredEvent
from liveledger.bindings.report_hub import FeedOpenedEvent, ReportSubmittedEvent, SignersRotatedEvent
from liveledger.chain.rpc.records import Log
from liveledger.domain.hashing import uint_word
from liveledger.domain.item_keys import ItemKey
from liveledger.index.heads import Heads, Place
from liveledger.index.tables import event_items, events, feeds, reports
from liveledger.index.writer import Writer

PROVENANCE = "Provenance"
REPORT_HUB = "ReportHub"
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


def feed_opened(_: Heads, writer: Writer, log: Log, place: Place) -> None:
    """``FeedOpened``; its signers follow in ``SignersRotated`` of the same transaction."""
    event = FeedOpenedEvent.decode(log.topics, log.data)
    writer.add(
        feeds,
        {
            "feed_id": event.feed_id,
            "kind": event.kind,
            "owner": event.owner,
            "cutoff": event.cutoff,
            "version": 0,
            "quorum": 0,
            "signers": b"",
            "config_digest": _NONE,
            "block": place.block_number,
        },
    )


def signers_rotated(_: Heads, writer: Writer, log: Log, place: Place) -> None:  # noqa: ARG001
    """``SignersRotated``: the feed's configuration from here on."""
    event = SignersRotatedEvent.decode(log.topics, log.data)
    values = {
        "version": event.version,
        "quorum": event.quorum,
        "signers": b"".join(event.signers),
        "config_digest": event.config_digest,
    }
    writer.change(feeds, {"feed_id": event.feed_id}, values)


def report_submitted(heads: Heads, writer: Writer, log: Log, place: Place) -> None:
    """``ReportSubmitted``: one leaf in the feed's stream."""
    event = ReportSubmittedEvent.decode(log.topics, log.data)
    heads.load(writer.connection, REPORT_HUB, [event.feed_id])
    payload = event.config_digest + uint_word(event.sequence) + event.payload_hash + uint_word(event.observed_at)
    heads.append(REPORT_HUB, event.feed_id, 1, place, event.poster, payload)
    writer.add(
        reports,
        {
            "feed_id": event.feed_id,
            "sequence": event.sequence,
            "poster": event.poster,
            "config_digest": event.config_digest,
            "payload_hash": event.payload_hash,
            "observed_at": event.observed_at,
            "payload": event.payload,
            "block": place.block_number,
            "block_time": place.block_time,
            "tx_index": place.tx_index,
            "log_index": place.log_index,
        },
    )
