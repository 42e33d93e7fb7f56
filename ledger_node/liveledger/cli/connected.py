"""Connections and senders that commands open."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import click
import typer
from sqlalchemy.orm import Session

from liveledger.chain.accounts import AccountStore
from liveledger.chain.connection import Connection, connect
from liveledger.chain.ledger import Ledger, open_outbox
from liveledger.chain.sender import Sender
from liveledger.cli.accounts import account_store
from liveledger.cli.context import find_home
from liveledger.domain.home import LedgerHome
from liveledger.index.database import index_engine
from liveledger.index.follower import Index

NodeOption = Annotated[int, typer.Option("--node", help="Number of the node on this machine that is asked", min=0)]
AsOption = Annotated[str | None, typer.Option("--as", help="Label of the account that acts")]


@contextmanager
def connected(home: Path | None, ledger: str, node: int) -> Iterator[Connection]:
    """A checked connection to a node of this machine."""
    connection = connect(find_home(home, ledger), node=node)
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def sending(home: Path | None, ledger: str, node: int, label: str) -> Iterator[Sender]:
    """The sender of an account of this home."""
    with connected(home, ledger, node) as connection:
        outbox = open_outbox(connection)
        try:
            yield Sender(connection, accounts_of(connection.home).load(label), outbox)
        finally:
            outbox.close()


@contextmanager
def indexed(opened: Ledger) -> Iterator[Session]:
    """The index of a home at the newest final block."""
    engine = index_engine(opened.home)
    try:
        Index(engine, opened).refresh()
        with Session(engine) as session:
            yield session
    finally:
        engine.dispose()


def accounts_of(home: LedgerHome) -> AccountStore:
    """The accounts of a home; their passphrase is in the file that the command group's option names, if any."""
    context = click.get_current_context(silent=True)
    return account_store(home, context.find_object(Path) if context else None)
