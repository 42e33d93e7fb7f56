"""Reports of oracles, and their feeds' signers."""

from __future__ import annotations

from liveledger.bindings.report_hub import FeedOpenedEvent, ReportSubmittedEvent, SignersRotatedEvent
from liveledger.chain.rpc.records import Log
from liveledger.domain.hashing import uint_word
from liveledger.index.heads import Heads, Place
from liveledger.index.reports.tables import feeds, reports
from liveledger.index.writer import Writer

REPORT_HUB = "ReportHub"
_NONE = bytes(32)


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


HANDLERS = {
    REPORT_HUB: {
        FeedOpenedEvent.TOPIC: feed_opened,
        SignersRotatedEvent.TOPIC: signers_rotated,
        ReportSubmittedEvent.TOPIC: report_submitted,
    }
}
