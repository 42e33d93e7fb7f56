"""Anchored EPCIS events and the items that they name.

Every function takes a session and reads.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from liveledger.index.provenance import tables as t
from liveledger.index.reading import one


@dataclass(frozen=True, slots=True)
class EventRow:
    """An anchored EPCIS event; ``corrects`` is the hash of the event that it declares in error, if any."""

    event_hash: bytes
    corrects: bytes | None
    poster: bytes
    block: int
    block_time: int
    tx_index: int
    log_index: int


def event(session: Session, poster: bytes, event_hash: bytes) -> EventRow | None:
    """An event that ``poster`` anchored; another organisation may have anchored the same hash."""
    return one(session, EventRow, t.events, event_hash=event_hash, poster=poster)


def items_of(session: Session, poster: bytes, event_hash: bytes) -> list[bytes]:
    """Streams of the items that an event of ``poster`` names, ascending."""
    items = t.event_items.c
    query = select(items.item).where(items.event_hash == event_hash, items.poster == poster).order_by(items.item)
    return list(session.execute(query).scalars())


def corrections(session: Session, event_hash: bytes) -> list[EventRow]:
    """Events that declare ``event_hash`` in error, in the order of the chain."""
    query = select(t.events).where(t.events.c.corrects == event_hash).order_by(t.events.c.block, t.events.c.log_index)
    return [EventRow(*row) for row in session.execute(query)]
