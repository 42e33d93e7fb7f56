"""The only file that knows which database the index is kept in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import Insert

# Well below the most parameters that any database takes in one statement.
PARAMETERS = 500


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
