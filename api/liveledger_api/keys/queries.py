"""All SQL on API keys."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, func, select, update

from liveledger_api.database import ReadSession, WriteSession
from liveledger_api.store.credentials import StoredKey


def by_id(session: ReadSession | WriteSession, key_id: str) -> StoredKey | None:
    """The key of an id."""
    return session.get(StoredKey, key_id)


def of_organisation(session: ReadSession, organisation: int | None) -> Sequence[StoredKey]:
    """The keys of an organisation (None: of all), oldest first."""
    chosen = select(StoredKey).order_by(StoredKey.created_at, StoredKey.id)
    if organisation is not None:
        chosen = chosen.where(StoredKey.organisation == organisation)
    return session.scalars(chosen).all()


def count(session: WriteSession, organisation: int) -> int:
    """Number of an organisation's keys."""
    return session.scalar(select(func.count()).where(StoredKey.organisation == organisation)) or 0


def add(session: WriteSession, key: StoredKey) -> None:
    """Adds a key."""
    session.add(key)


def end(session: WriteSession, key_id: str, at: float) -> None:
    """Revokes a key that is not revoked yet."""
    chosen = update(StoredKey).where(StoredKey.id == key_id, StoredKey.ended_at.is_(None))
    session.execute(chosen.values(ended_at=at))


def note_use(session: WriteSession, key_id: str, at: float) -> None:
    """Keeps when a key was used last."""
    session.execute(update(StoredKey).where(StoredKey.id == key_id).values(used_at=at))


def remove_dead(session: WriteSession, before: float) -> None:
    """Forgets keys that were revoked or over before a time."""
    session.execute(delete(StoredKey).where((StoredKey.ended_at < before) | (StoredKey.expires_at < before)))
