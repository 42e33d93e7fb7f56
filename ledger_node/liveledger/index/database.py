"""The only file that knows which database the index is kept in: a SQLite file, or PostgreSQL where a URL says so."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, Table, create_engine, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.sql.dml import Insert

from liveledger.domain.errors import ConfigurationError, InvalidInput
from liveledger.domain.home import LedgerHome
from liveledger.domain.private_files import read_private

# Well below the most parameters that any database takes in one statement.
PARAMETERS = 500
OLDEST_POSTGRESQL = 15
# SQLSTATE of a transaction that another one came before (PostgreSQL's appendix A).
_SERIALIZATION_FAILURE = "40001"


def index_engine(home: LedgerHome) -> Engine:
    """The engine of a ledger's index. Raises ConfigurationError or InvalidInput when its URL file cannot be used."""
    if home.index_url.exists():
        return postgresql_engine(read_url(home.index_url))
    return sqlite_engine(home.index)


def read_url(path: Path) -> URL:
    """The URL in a private file; its password stands nowhere else.

    Raises NotFound, ConfigurationError when others can read it, InvalidInput when it is no URL of PostgreSQL.
    """
    try:
        url = make_url(read_private(path).decode().strip())
    except (ArgumentError, UnicodeDecodeError):
        url = None
    if url is None or url.get_backend_name() != "postgresql":
        raise InvalidInput(
            f"{path} holds no URL of PostgreSQL", hint="one line like postgresql://user:password@host:5432/database"
        )
    return url.set(drivername="postgresql+psycopg")


def postgresql_engine(url: URL) -> Engine:
    """An engine on PostgreSQL: a transaction sees one snapshot, as with SQLite. A ledger needs a database of its own.

    Raises ConfigurationError when the driver is missing. The server is asked for its version when it is first used.
    """
    try:
        engine = create_engine(url, isolation_level="REPEATABLE READ", pool_pre_ping=True)
    except ModuleNotFoundError:
        raise ConfigurationError(
            "the driver for PostgreSQL is not installed", hint="pip install 'liveledger[postgresql]'"
        ) from None
    event.listen(engine, "connect", _require_version)
    return engine


def require_database(engine: Engine) -> None:
    """Connects once. Raises ConfigurationError when the server is away, refuses us or is too old."""
    try:
        engine.connect().close()
    except DBAPIError as trouble:
        raise ConfigurationError(
            f"the database cannot be used: {trouble.orig}", hint="check host, port, database, user and password"
        ) from None
    finally:
        engine.dispose()


def _require_version(connection: Any, _: Any) -> None:
    version = connection.info.server_version
    if version // 10_000 < OLDEST_POSTGRESQL:
        raise ConfigurationError(
            f"the index is kept in PostgreSQL {version // 10_000}", hint=f"use {OLDEST_POSTGRESQL} or newer"
        )


def overtaken(error: DBAPIError) -> bool:
    """Whether a transaction failed because another one wrote the same rows first."""
    return getattr(error.orig, "sqlstate", None) == _SERIALIZATION_FAILURE


def sqlite_engine(path: Path) -> Engine:
    """An engine on a SQLite file in WAL mode: readers see a snapshot while the follower writes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 30.0, "check_same_thread": False})
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: Any, _: Any) -> None:
    # The driver must not begin transactions on its own: it would begin too late for a snapshot.
    connection.isolation_level = None
    for pragma in (
        "journal_mode = WAL",
        # A crash may lose the last ranges, never half of one; they are read from the chain again.
        "synchronous = NORMAL",
        "temp_store = MEMORY",
        "cache_size = -65536",
        "mmap_size = 268435456",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def upsert(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Inserts rows, or replaces every column that is given of those whose primary key is there."""
    if not rows:
        return
    keys = [column.name for column in table.primary_key]
    insert: Any = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = insert(table)
    changed = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    finished: Insert = statement.on_conflict_do_update(index_elements=keys, set_=changed)
    connection.execute(finished, rows)


def write_rows(connection: Connection, table: Table, rows: Sequence[tuple[Any, ...]], *, replace: bool) -> None:
    """Inserts rows given as tuples in the order of the columns; with ``replace`` over those with their primary key.

    For tables that take millions of plain numbers and bytes: SQLAlchemy's own handling of parameters costs more than
    the database does.
    """
    if rows:
        mark = "?" if connection.dialect.paramstyle == "qmark" else "%s"
        connection.exec_driver_sql(_insert(table, mark, replace), rows)


@functools.cache
def _insert(table: Table, mark: str, replace: bool) -> str:
    names = [f'"{column.name}"' for column in table.columns]
    keys = [f'"{column.name}"' for column in table.primary_key]
    changed = ", ".join(f"{name} = excluded.{name}" for name in names if name not in keys)
    conflict = f" ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {changed}" if replace else ""
    marks = ", ".join([mark] * len(names))
    return f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({marks}){conflict}"  # noqa: S608 -- of our own tables
