"""All SQL on stored movement messages."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from liveledger_api.database import ReadSession, WriteSession
from liveledger_api.store.schema import StoredMessage


def of_ids(session: Session, account: str, ids: Collection[str]) -> dict[str, StoredMessage]:
    """The messages that an account sent under these ids."""
    chosen = select(StoredMessage).where(StoredMessage.account == account, StoredMessage.message_id.in_(ids))
    return {message.message_id: message for message in session.scalars(chosen)}


def accounts(session: ReadSession) -> Sequence[str]:
    """Labels of all accounts that ever sent a message."""
    return session.scalars(select(StoredMessage.account).distinct()).all()


def add(session: WriteSession, message: StoredMessage) -> StoredMessage:
    """Adds a new message and returns it."""
    session.add(message)
    return message


def remove(session: WriteSession, account: str, ids: Collection[str]) -> None:
    """Forgets messages that the ledger did not take."""
    session.execute(delete(StoredMessage).where(StoredMessage.account == account, StoredMessage.message_id.in_(ids)))
