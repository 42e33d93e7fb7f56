"""Database sessions: one type that reads and one that writes, so that a reading function cannot write by mistake."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.orm import Session, sessionmaker


class ReadSession(Session):
    """A session that refuses to flush or commit anything."""

    def flush(self, objects: Any = None) -> None:
        """Raises RuntimeError when there is something to write."""
        if objects or self.new or self.dirty or self.deleted:
            raise RuntimeError("this session only reads")

    def commit(self) -> None:
        """Always raises RuntimeError."""
        raise RuntimeError("this session only reads")


class WriteSession(Session):
    """A session of a unit of work: the unit commits, never the function that is handed the session."""


class Database:
    """One database with its two kinds of session."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._readers = sessionmaker(engine, class_=ReadSession, autoflush=False)
        self._writers = sessionmaker(engine.execution_options(writes=True), class_=WriteSession, expire_on_commit=False)

    @contextmanager
    def reading(self) -> Iterator[ReadSession]:
        """A session to read with; its transaction ends with the block."""
        with self._readers() as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[WriteSession]:
        """A unit of work: committed when the block ends well, rolled back when it raises."""
        with self._writers() as session, session.begin():
            yield session


def prepare_sqlite(engine: Engine) -> None:
    """Makes every connection of a SQLite engine use WAL, full durability and foreign keys; writers lock at once."""

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
