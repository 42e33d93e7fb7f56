"""All SQL on stored movement messages."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from liveledger_api.database import ReadSession, WriteSession
from liveledger_api.store.schema import NOT_ADOPTED, StoredMessage, StoredPoster


def of_ids(session: Session, organisation: int, ids: Collection[str]) -> dict[str, StoredMessage]:
    """The messages that an organisation sent under these ids."""
    chosen = select(StoredMessage).where(StoredMessage.organisation == organisation, StoredMessage.message_id.in_(ids))
    return {message.message_id: message for message in session.scalars(chosen)}


def of_document(
    session: ReadSession, organisation: int, document_id: str, after: int, limit: int
) -> Sequence[StoredMessage]:
    """The first messages behind number ``after`` that an organisation sent about an order or delivery note."""
    chosen = select(StoredMessage).where(
        StoredMessage.organisation == organisation,
        StoredMessage.document_id == document_id,
        StoredMessage.number > after,
    )
    return session.scalars(chosen.order_by(StoredMessage.number).limit(limit)).all()


def set_aside(session: ReadSession, account: str, message_id: str) -> StoredMessage | None:
    """A message of schema 1 whose id another account of the organisation had used as well."""
    chosen = select(StoredMessage).where(
        StoredMessage.account == account,
        StoredMessage.message_id == message_id,
        StoredMessage.organisation.is_(None),
    )
    return session.scalars(chosen).first()


def posters(session: ReadSession) -> Sequence[StoredPoster]:
    """Where messages were ever posted."""
    return session.scalars(select(StoredPoster)).all()


def places(session: ReadSession, organisation: int) -> list[tuple[bytes, int]]:
    """Addresses and lanes from which an organisation ever posted messages."""
    chosen = select(StoredPoster.address, StoredPoster.lane).where(StoredPoster.organisation == organisation)
    return [(row.address, row.lane) for row in session.execute(chosen.distinct())]


def not_adopted_accounts(session: ReadSession) -> Sequence[str]:
    """Labels of accounts with messages of schema 1 that nobody has adopted."""
    return session.scalars(select(StoredMessage.account).where(NOT_ADOPTED).distinct()).all()


def not_adopted(session: Session, account: str, limit: int) -> Sequence[StoredMessage]:
    """Messages of schema 1 that nobody has adopted, the first ones of an account."""
    chosen = select(StoredMessage).where(StoredMessage.account == account, NOT_ADOPTED)
    return session.scalars(chosen.order_by(StoredMessage.number).limit(limit)).all()


def add(session: WriteSession, message: StoredMessage) -> StoredMessage:
    """Adds a new message and returns it."""
    session.add(message)
    return message


def note_poster(session: WriteSession, poster: StoredPoster) -> None:
    """Notes where an organisation posts, once."""
    session.merge(poster)


def remove(session: WriteSession, organisation: int, ids: Collection[str]) -> None:
    """Forgets messages that the ledger did not take."""
    session.execute(
        delete(StoredMessage).where(StoredMessage.organisation == organisation, StoredMessage.message_id.in_(ids))
    )
