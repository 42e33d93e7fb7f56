"""How far the index is, and its tables as a process finds them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, Engine, select, update
from sqlalchemy.exc import DBAPIError

from liveledger.chain.contracts.ledger import Ledger
from liveledger.chain.contracts.manifest import FAMILY_OF
from liveledger.chain.contracts.survey import registrations
from liveledger.chain.rpc.finality import final_height
from liveledger.domain.errors import ConfigurationError, LiveLedgerError
from liveledger.index import families
from liveledger.index.chain.tables import cursor, family_cursors
from liveledger.index.columns import ONE_CURSOR_VERSION, SCHEMA_VERSION, metadata
from liveledger.index.database import overtaken


class CursorMoved(LiveLedgerError):
    """Another process has advanced the same index in the meantime; nothing of this range was written."""

    code = "cursor-moved"


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last block that is in the index, and its hash."""

    height: int
    hash: bytes


def read(engine: Engine) -> tuple[Cursor, dict[str, int]]:
    """The cursor, and how far each family is."""
    with engine.connect() as connection:
        row = connection.execute(select(cursor.c.height, cursor.c.hash)).one()
        return Cursor(row.height, row.hash), families.heights(connection)


def advance(connection: Connection, position: Cursor, reached: Cursor) -> None:
    """Moves the cursor; to where it is already, it keeps others from moving it. Raises CursorMoved where one did."""
    change = (
        update(cursor)
        .where(cursor.c.height == position.height, cursor.c.hash == position.hash)
        .values(height=reached.height, hash=reached.hash)
    )
    try:
        moved = connection.execute(change).rowcount == 1
    except DBAPIError as error:
        if not overtaken(error):
            raise
        moved = False
    if not moved:
        raise CursorMoved(f"the index is not at block {position.height} any more", height=position.height)


def open_tables(engine: Engine, ledger: Ledger) -> None:
    """Makes the tables where they are not there or of another version, and those of families that came with a release.

    Raises ConfigurationError when the database holds the index of another chain.
    """
    genesis = ledger.execution.block_hash(0)
    with engine.begin() as connection:
        cursor.create(connection, checkfirst=True)
        row = connection.execute(select(cursor)).first()
        if row is not None and (row.chain_id, row.evm_chain_id) != (ledger.chain_id, ledger.evm_chain_id):
            raise ConfigurationError(
                f"this index is of the chain {row.chain_id!r}, not {ledger.chain_id!r}",
                hint="every ledger has an index of its own; remove this file to build it anew",
            )
        if row is None or row.schema_version not in (SCHEMA_VERSION, ONE_CURSOR_VERSION):
            _begin(connection, ledger, genesis)
            return
        if row.schema_version == ONE_CURSOR_VERSION:
            _from_one_cursor(connection, row.height)
        _admit(connection, ledger, row.height)


def _begin(connection: Connection, ledger: Ledger, genesis: bytes) -> None:
    metadata.drop_all(connection)
    metadata.create_all(connection)
    row = {"schema_version": SCHEMA_VERSION, "chain_id": ledger.chain_id, "evm_chain_id": ledger.evm_chain_id}
    connection.execute(cursor.insert().values(id=1, height=0, hash=genesis, **row))
    families.enrol(connection, dict.fromkeys(families.NAMES, 0))


def _from_one_cursor(connection: Connection, height: int) -> None:
    """Takes over an index of a release with one cursor: it is as far with every family that such a release knew.

    Cursors that are there are older: the release with one cursor moved none of them.
    """
    family_cursors.create(connection, checkfirst=True)
    families.forget(connection)
    families.enrol(connection, dict.fromkeys(families.WITH_ONE_CURSOR, height))
    connection.execute(update(cursor).values(schema_version=SCHEMA_VERSION))


def _admit(connection: Connection, ledger: Ledger, height: int) -> None:
    """Families that came with this release begin where the ledger has them: nothing of them stands before."""
    new = [name for name in families.NAMES if name not in families.heights(connection)]
    if not new:
        return
    metadata.create_all(connection)
    first: dict[str, int] = {}
    for listed in registrations(ledger, final_height(ledger)):
        first.setdefault(FAMILY_OF.get(listed.name, ""), listed.block)
    families.enrol(connection, {name: min(height, first.get(name, height + 1) - 1) for name in new})
