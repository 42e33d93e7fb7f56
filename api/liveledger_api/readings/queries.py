"""All SQL on stored readings."""

from __future__ import annotations

from sqlalchemy.orm import Session

from liveledger_api.database import WriteSession
from liveledger_api.store.schema import StoredReadings


def below(session: Session, root: bytes) -> StoredReadings | None:
    """The readings below a root."""
    return session.get(StoredReadings, root)


def add(session: WriteSession, readings: StoredReadings) -> None:
    """Keeps a batch's readings; the same batch again changes nothing."""
    session.merge(readings)
