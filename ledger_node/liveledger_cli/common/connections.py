"""Connections and senders that commands open."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from liveledger_cli.common.ledger_context import LedgerContext
from liveledger_cli.common.signing_accounts import accounts_of

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from liveledger.chain.contracts.ledger import Ledger
    from liveledger.chain.outbox.sender import Sender
    from liveledger.chain.rpc.connection import Connection


@contextmanager
def connected(here: LedgerContext) -> Iterator[Connection]:
    """A checked connection to the node of this machine that is asked."""
    from liveledger.chain.rpc.connection import connect

    connection = connect(here.home, node=here.node)
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def sending(here: LedgerContext, label: str | None = None) -> Iterator[Sender]:
    """The sender of the account that acts, or of another one of this home."""
    from liveledger.chain.outbox.opening import open_outbox
    from liveledger.chain.outbox.sender import Sender

    acting = here.label if label is None else label
    with connected(here) as connection:
        outbox = open_outbox(connection)
        try:
            yield Sender(connection, accounts_of(connection.home).load(acting), outbox)
        finally:
            outbox.close()


@contextmanager
def indexed(opened: Ledger) -> Iterator[Session]:
    """The index of a home at the newest final block."""
    from sqlalchemy.orm import Session

    from liveledger.index.database import index_engine
    from liveledger.index.follower import Index

    engine = index_engine(opened.home)
    try:
        Index(engine, opened).refresh()
        with Session(engine) as session:
            yield session
    finally:
        engine.dispose()
