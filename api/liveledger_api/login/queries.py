"""All SQL on tokens."""

from __future__ import annotations

from sqlalchemy import delete, select

from liveledger_api.database import ReadSession, WriteSession
from liveledger_api.store.credentials import StoredToken


def by_digest(session: ReadSession, digest: bytes) -> StoredToken | None:
    """The token of a digest."""
    return session.get(StoredToken, digest)


def add(session: WriteSession, token: StoredToken, *, most: int) -> None:
    """Adds a token; of its account's tokens only the newest ``most`` stay."""
    session.add(token)
    session.flush()
    newest = (
        select(StoredToken.digest)
        .where(StoredToken.account == token.account)
        .order_by(StoredToken.created_at.desc(), StoredToken.digest)
        .limit(most)
    )
    others = StoredToken.digest.not_in(newest.scalar_subquery())
    session.execute(delete(StoredToken).where(StoredToken.account == token.account, others))


def remove_expired(session: WriteSession, before: float) -> None:
    """Forgets tokens that were over before a time."""
    session.execute(delete(StoredToken).where(StoredToken.expires_at < before))


def remove(session: WriteSession, digest: bytes) -> None:
    """Ends a token."""
    session.execute(delete(StoredToken).where(StoredToken.digest == digest))
