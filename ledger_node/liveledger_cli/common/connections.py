"""Connections and senders that commands open."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from liveledger.chain.contracts.ledger import Ledger
from liveledger.chain.outbox.opening import open_outbox
from liveledger.chain.outbox.sender import Sender
from liveledger.chain.rpc.connection import Connection, connect
from liveledger.index.database import index_engine
from liveledger.index.follower import Index
from liveledger_cli.common.context import find_home
from liveledger_cli.common.signing_accounts import accounts_of

NodeOption = Annotated[
    int,
    typer.Option("--node", envvar="LIVELEDGER_NODE", help="Number of the node on this machine that is asked", min=0),
]
AsOption = Annotated[str, typer.Option("--as", envvar="LIVELEDGER_AS", help="Label of the account that acts")]


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
