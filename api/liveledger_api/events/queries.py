"""All SQL on stored events."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from liveledger_api.database import ReadSession, WriteSession
from liveledger_api.store.schema import ACKNOWLEDGED, RECEIVED, REFUSED, StoredEvent


def with_event_id(session: Session, event_id: str) -> Sequence[StoredEvent]:
    """The event of that id and the declarations of its error, oldest first."""
    chosen = select(StoredEvent).where(StoredEvent.event_id == event_id).order_by(StoredEvent.ordinal)
    return session.scalars(chosen).all()


def with_hashes(session: ReadSession, hashes: Collection[bytes]) -> dict[bytes, StoredEvent]:
    """Stored events by their hash; those of other members are not among them."""
    chosen = select(StoredEvent).where(StoredEvent.event_hash.in_(hashes))
    return {event.event_hash: event for event in session.scalars(chosen)}


def of_job(session: ReadSession, job_id: str) -> Sequence[StoredEvent]:
    """The events that a capture job stored, in their order."""
    return session.scalars(select(StoredEvent).where(StoredEvent.job_id == job_id).order_by(StoredEvent.id)).all()


def unanchored(session: ReadSession, limit: int) -> Sequence[StoredEvent]:
    """The oldest events that were not handed to the sender yet."""
    chosen = select(StoredEvent).where(StoredEvent.state == RECEIVED).order_by(StoredEvent.id).limit(limit)
    return session.scalars(chosen).all()


def count_unanchored(session: ReadSession) -> int:
    """How many events wait for the sender."""
    chosen = select(func.count()).select_from(StoredEvent).where(StoredEvent.state == RECEIVED)
    return session.execute(chosen).scalar_one()


def add(session: WriteSession, events: Sequence[StoredEvent]) -> None:
    """Adds new events."""
    session.add_all(events)
    session.flush()


def mark_acknowledged(session: WriteSession, key: int) -> None:
    """The anchor of the event is in the sender's outbox."""
    session.execute(update(StoredEvent).where(StoredEvent.id == key).values(state=ACKNOWLEDGED))


def mark_refused(session: WriteSession, key: int, reason: str) -> None:
    """The contract refused the anchor, for the given reason."""
    session.execute(update(StoredEvent).where(StoredEvent.id == key).values(state=REFUSED, refusal=reason))
