"""All SQL on stored events."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from liveledger_api.database import ReadSession, WriteSession
from liveledger_api.store.schema import ACKNOWLEDGED, ANCHORED, REFUSED, StoredEvent


def with_event_id(session: Session, event_id: str) -> Sequence[StoredEvent]:
    """The event of that id and the declarations of its error, oldest first."""
    chosen = select(StoredEvent).where(StoredEvent.event_id == event_id).order_by(StoredEvent.ordinal)
    return session.scalars(chosen).all()


def with_hash(session: Session, event_hash: bytes) -> StoredEvent | None:
    """The stored event of a hash; those of other members are not here."""
    return session.scalars(select(StoredEvent).where(StoredEvent.event_hash == event_hash)).one_or_none()


def of_job(session: ReadSession, job_id: str) -> Sequence[StoredEvent]:
    """The events that a capture job stored, in their order."""
    return session.scalars(select(StoredEvent).where(StoredEvent.job_id == job_id).order_by(StoredEvent.id)).all()


def in_state(session: ReadSession, state: str, limit: int, *, after: int) -> Sequence[StoredEvent]:
    """The oldest events in that state whose row number is above ``after``."""
    chosen = select(StoredEvent).where(StoredEvent.state == state, StoredEvent.id > after)
    return session.scalars(chosen.order_by(StoredEvent.id).limit(limit)).all()


def add(session: WriteSession, events: Sequence[StoredEvent]) -> None:
    """Adds new events."""
    session.add_all(events)
    session.flush()


def mark_acknowledged(session: WriteSession, keys: Sequence[int]) -> None:
    """The anchors of these events are in the sender's outbox."""
    session.execute(update(StoredEvent).where(StoredEvent.id.in_(keys)).values(state=ACKNOWLEDGED))


def mark_anchored(session: WriteSession, key: int, block: int) -> None:
    """The anchor of the event is final."""
    session.execute(update(StoredEvent).where(StoredEvent.id == key).values(state=ANCHORED, block=block))


def mark_refused(session: WriteSession, key: int, reason: str) -> None:
    """The contract refused the anchor, for the given reason."""
    session.execute(update(StoredEvent).where(StoredEvent.id == key).values(state=REFUSED, refusal=reason))
