"""Tables of the MQTT gateway's file, and how a file of the version before becomes one of this."""

from __future__ import annotations

import sqlite3

SCHEMA_VERSION = 2
_TABLES = (
    "CREATE TABLE inbox (number INTEGER PRIMARY KEY AUTOINCREMENT, interface TEXT NOT NULL, kind TEXT NOT NULL,"
    " message_id TEXT NOT NULL, digest BLOB NOT NULL UNIQUE, line BLOB NOT NULL, received_at REAL NOT NULL)",
    "CREATE TABLE dead (number INTEGER PRIMARY KEY AUTOINCREMENT, interface TEXT NOT NULL, kind TEXT NOT NULL,"
    " message_id TEXT, digest BLOB NOT NULL UNIQUE, line BLOB NOT NULL, code TEXT NOT NULL, reason TEXT NOT NULL,"
    " died_at REAL NOT NULL)",
    "CREATE TABLE counts (interface TEXT NOT NULL, kind TEXT NOT NULL, outcome TEXT NOT NULL, n INTEGER NOT NULL,"
    " PRIMARY KEY (interface, kind, outcome)) WITHOUT ROWID",
    "CREATE TABLE notes (name TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID",
)
# How many rows a table has of each interface: counting them takes longer the more there are, and it is done with every
# message.
_SIZES_OF = (
    "INSERT INTO sizes SELECT '@', interface, count(*) FROM @ GROUP BY interface",
    "CREATE TRIGGER @_more AFTER INSERT ON @ BEGIN"
    " INSERT INTO sizes SELECT '@', new.interface, 0"
    " WHERE NOT EXISTS (SELECT 1 FROM sizes WHERE name = '@' AND interface = new.interface);"
    " UPDATE sizes SET n = n + 1 WHERE name = '@' AND interface = new.interface; END",
    "CREATE TRIGGER @_less AFTER DELETE ON @ BEGIN"
    " UPDATE sizes SET n = n - 1 WHERE name = '@' AND interface = old.interface; END",
)
# From version 1, or from the tables above: dead letters of which only the head was kept, and sizes by interface.
_SECOND = (
    "ALTER TABLE dead ADD COLUMN whole INTEGER NOT NULL DEFAULT 1",
    "DROP INDEX IF EXISTS inbox_by_kind",
    "CREATE INDEX inbox_by_interface ON inbox (interface, kind, number)",
    "DROP TRIGGER IF EXISTS inbox_more",
    "DROP TRIGGER IF EXISTS inbox_less",
    "DROP TRIGGER IF EXISTS dead_more",
    "DROP TRIGGER IF EXISTS dead_less",
    "DROP TABLE IF EXISTS sizes",
    "CREATE TABLE sizes (name TEXT NOT NULL, interface TEXT NOT NULL, n INTEGER NOT NULL,"
    " PRIMARY KEY (name, interface)) WITHOUT ROWID",
    *(statement.replace("@", table) for table in ("inbox", "dead") for statement in _SIZES_OF),
)


def ensure(db: sqlite3.Connection) -> int:
    """Brings a file to this version within the transaction that is open; returns the version that it has then."""
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    if version not in (0, 1):
        return version
    for statement in (*(_TABLES if version == 0 else ()), *_SECOND):
        db.execute(statement)
    db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    return SCHEMA_VERSION
