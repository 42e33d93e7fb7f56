"""Feeds and their reports, as the index has them. Every function takes a session and reads."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from liveledger.index.reading import one
from liveledger.index.reports import tables as t


@dataclass(frozen=True, slots=True)
class FeedRow:
    """A feed of reports with the configuration in force; ``signers`` are 20 bytes each."""

    feed_id: bytes
    kind: int
    owner: int
    cutoff: int
    version: int
    quorum: int
    signers: bytes
    config_digest: bytes
    block: int


@dataclass(frozen=True, slots=True)
class ReportRow:
    """A report of a feed."""

    feed_id: bytes
    sequence: int
    poster: bytes
    config_digest: bytes
    payload_hash: bytes
    observed_at: int
    payload: bytes
    block: int
    block_time: int
    tx_index: int
    log_index: int


def feed(session: Session, feed_id: bytes) -> FeedRow | None:
    """A feed of reports."""
    return one(session, FeedRow, t.feeds, feed_id=feed_id)


def reports(session: Session, feed_id: bytes, start: int, limit: int) -> list[ReportRow]:
    """Reports of a feed by sequence number, from ``start`` on."""
    query = (
        select(t.reports)
        .where(t.reports.c.feed_id == feed_id, t.reports.c.sequence >= start)
        .order_by(t.reports.c.sequence)
        .limit(limit)
    )
    return [ReportRow(*row) for row in session.execute(query)]
