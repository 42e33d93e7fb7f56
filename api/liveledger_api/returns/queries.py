"""All SQL on stored messages about returns."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from liveledger_api.database import ReadSession, WriteSession
from liveledger_api.store.schema import StoredReturn


def of_id(session: Session, account: str, message_id: str) -> StoredReturn | None:
    """The message that an account sent under this id."""
    return session.get(StoredReturn, (account, message_id))


def accounts(session: ReadSession) -> Sequence[str]:
    """Labels of all accounts that ever sent a message about returns."""
    return session.scalars(select(StoredReturn.account).distinct()).all()


def add(session: WriteSession, message: StoredReturn) -> StoredReturn:
    """Adds a new message and returns it."""
    session.add(message)
    return message


def remove(session: WriteSession, account: str, message_id: str) -> None:
    """Forgets a message that the ledger did not take."""
    found = of_id(session, account, message_id)
    if found is not None:
        session.delete(found)
