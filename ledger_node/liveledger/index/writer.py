"""Collects what a range of blocks changes and writes it in few statements, in the order in which it came."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Table, and_, bindparam, update

from liveledger.index.database import upsert

Row = dict[str, Any]


class Writer:
    """Rows to write within one transaction. Neighbours of one kind become one statement."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._operations: list[tuple[str, Table, tuple[str, ...], list[Row]]] = []

    def put(self, table: Table, row: Row) -> None:
        """Inserts a row, or replaces the one with its primary key."""
        self._collect("put", table, row)

    def add(self, table: Table, row: Row) -> None:
        """Inserts a row whose primary key must be new."""
        self._collect("add", table, row)

    def change(self, table: Table, key: Row, values: Row) -> None:
        """Sets columns of the row with this primary key."""
        self._collect("change", table, {f"key_{name}": value for name, value in key.items()} | values)

    def flush(self) -> None:
        """Writes what was collected. Call it before reading rows back."""
        for kind, table, names, rows in self._operations:
            if kind == "put":
                upsert(self.connection, table, rows)
            elif kind == "add":
                self.connection.execute(table.insert(), rows)
            else:
                self._change(table, names, rows)
        self._operations.clear()

    def _collect(self, kind: str, table: Table, row: Row) -> None:
        names = tuple(row)
        if self._operations:
            last_kind, last_table, last_names, rows = self._operations[-1]
            if (last_kind, last_table, last_names) == (kind, table, names):
                rows.append(row)
                return
        self._operations.append((kind, table, names, [row]))

    def _change(self, table: Table, names: tuple[str, ...], rows: list[Row]) -> None:
        keys = [name.removeprefix("key_") for name in names if name.startswith("key_")]
        where = and_(*(table.c[name] == bindparam(f"key_{name}") for name in keys))
        values: Row = {name: bindparam(f"new_{name}") for name in names if not name.startswith("key_")}
        parameters = [{name if name.startswith("key_") else f"new_{name}": row[name] for name in names} for row in rows]
        self.connection.execute(update(table).where(where).values(values), parameters)
