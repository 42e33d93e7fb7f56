"""Tables of the outbox's file, and the step from each version of them to the next."""

from __future__ import annotations

import itertools
import sqlite3
import struct

from liveledger.domain.movements import LOT_BYTES

SCHEMA_VERSION = 4

# Large columns come last: what stands behind them costs a walk through all of their pages.
_ENTRIES = """
CREATE TABLE chain (evm_chain_id INTEGER NOT NULL, genesis BLOB NOT NULL);
CREATE TABLE entry (
    id INTEGER PRIMARY KEY,
    account BLOB NOT NULL,
    key TEXT NOT NULL,
    nonce INTEGER NOT NULL,
    request BLOB NOT NULL,
    target BLOB NOT NULL,
    gas INTEGER NOT NULL,
    state INTEGER NOT NULL,
    acknowledged_at REAL NOT NULL,
    final_at REAL,
    block INTEGER,
    tx_hash BLOB,
    status INTEGER,
    gas_used INTEGER,
    problem TEXT,
    data BLOB NOT NULL,
    UNIQUE (account, key),
    UNIQUE (account, nonce)
);
CREATE INDEX entry_pending ON entry (account, nonce) WHERE state = 0;
CREATE TABLE attempt (
    tx_hash BLOB PRIMARY KEY,
    entry INTEGER NOT NULL REFERENCES entry (id),
    max_fee INTEGER NOT NULL,
    priority_fee INTEGER NOT NULL,
    raw BLOB NOT NULL
);
CREATE INDEX attempt_entry ON attempt (entry);
"""

# ``version`` of a lane counts its writes, so that a poster sees that another process wrote; ``waiting`` messages are
# in no batch, the oldest since ``waiting_since`` (Unix time). Every message of the lane with an id below ``open_from``
# is in a batch, parked or refused. ``members`` are the batch's messages, in its order: their ids as uint64,
# little-endian; ``first`` and ``last`` the smallest and the largest of them. What a message says stands with all that
# came at once, in an ``arrival``: for messages ``first`` to ``last`` their movements (18 bytes each) and their
# documents' leaves (32 bytes each), one after the other; ``park`` is what was stated about parking them (NULL =
# nothing). A parked message came before its cause (``problem`` says what it lacks) and is parked until
# ``parked_until``; ``patience`` is when its time is over, once it was parked. ``refusal`` numbers what was refused in
# the order in which that was found.
_MOVEMENTS = """
CREATE TABLE lane (
    id INTEGER PRIMARY KEY,
    account BLOB NOT NULL,
    number INTEGER NOT NULL,
    version INTEGER NOT NULL DEFAULT 0,
    open_from INTEGER NOT NULL DEFAULT 0,
    waiting INTEGER NOT NULL DEFAULT 0,
    waiting_since REAL,
    UNIQUE (account, number)
);
CREATE TABLE batch (
    entry INTEGER PRIMARY KEY REFERENCES entry (id),
    lane INTEGER NOT NULL REFERENCES lane (id),
    sequence INTEGER NOT NULL,
    live INTEGER NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    members BLOB NOT NULL
);
CREATE INDEX batch_sequence ON batch (lane, sequence);
CREATE INDEX batch_last ON batch (lane, last);
"""
_MESSAGES = """
CREATE TABLE message (
    id INTEGER PRIMARY KEY,
    lane INTEGER NOT NULL,
    message_id TEXT NOT NULL,
    parked_until REAL,
    patience REAL,
    problem TEXT,
    refusal TEXT,
    UNIQUE (lane, message_id)
);
CREATE INDEX message_parked ON message (lane) WHERE parked_until IS NOT NULL;
CREATE TABLE arrival (
    first INTEGER PRIMARY KEY,
    last INTEGER NOT NULL,
    lane INTEGER NOT NULL,
    acknowledged_at REAL NOT NULL,
    park INTEGER,
    movements BLOB NOT NULL,
    documents BLOB NOT NULL
);
"""
# Until version 3 a message had all of that in its own row.
_MESSAGES_3 = """
CREATE TABLE message (
    id INTEGER PRIMARY KEY,
    lane INTEGER NOT NULL,
    message_id TEXT NOT NULL,
    movement BLOB NOT NULL,
    document BLOB NOT NULL,
    acknowledged_at REAL NOT NULL,
    parked_until REAL,
    patience REAL,
    problem TEXT,
    refusal TEXT,
    park INTEGER,
    UNIQUE (lane, message_id)
);
CREATE INDEX message_parked ON message (lane) WHERE parked_until IS NOT NULL;
"""
_A_MIGRATED_ARRIVAL = 10_000
_REFUSALS = """
CREATE TABLE refusal (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    lane INTEGER NOT NULL REFERENCES lane (id),
    message INTEGER NOT NULL REFERENCES message (id),
    refused_at REAL NOT NULL
);
CREATE INDEX refusal_lane ON refusal (lane, number);
"""


def create(db: sqlite3.Connection) -> None:
    """All tables in a new file; inside a transaction of the caller."""
    _run(db, _ENTRIES + _MOVEMENTS + _MESSAGES + _REFUSALS)


def from_1(db: sqlite3.Connection) -> None:
    """To version 3. Version 1 kept a message's place with the message, and knew no lots: each keeps its batch."""
    db.create_function("with_lot", 1, lambda movement: movement[:4] + bytes(LOT_BYTES) + movement[4:])
    for table in ("batch", "message"):
        db.execute(f"ALTER TABLE {table} RENAME TO {table}_1")
    _run(db, _MOVEMENTS + _MESSAGES_3)
    db.execute(
        "INSERT INTO lane (account, number) SELECT account, lane FROM message_1 UNION SELECT account, lane FROM batch_1"
    )
    db.execute(
        "INSERT INTO message (lane, message_id, movement, document, acknowledged_at, refusal)"
        " SELECT lane.id, message_id, with_lot(movement), document, coalesce(acknowledged_at, 0), refusal"
        " FROM message_1 AS old JOIN lane ON lane.account = old.account AND lane.number = old.lane"
        " LEFT JOIN batch_1 AS sent ON sent.account = old.account AND sent.lane = old.lane AND live = 1"
        " AND sent.sequence = old.sequence LEFT JOIN entry ON entry.id = sent.entry"
        " ORDER BY lane.id, old.sequence, old.position"
    )
    batches = db.execute(
        "SELECT entry, lane.id, sequence, live FROM batch_1 AS old"
        " JOIN lane ON lane.account = old.account AND lane.number = old.lane"
    ).fetchall()
    for entry, lane, sequence, live in batches:
        _carry_over(db, entry, lane, sequence, live)
    db.execute("UPDATE lane SET open_from = coalesce((SELECT max(id) + 1 FROM message WHERE lane = lane.id), 0)")
    for table in ("batch_1", "message_1"):
        db.execute(f"DROP TABLE {table}")
    _number_refusals(db)


def from_2(db: sqlite3.Connection) -> None:
    """To version 3. Version 2 did not keep in which order messages were refused, nor what was stated about parking."""
    db.execute("ALTER TABLE message ADD COLUMN park INTEGER")
    _number_refusals(db)


def from_3(db: sqlite3.Connection) -> None:
    """To version 4. Version 3 kept what a message says with its name."""
    refusals = db.execute("SELECT number, lane, message, refused_at FROM refusal ORDER BY number").fetchall()
    # It refers to the table that is re-created.
    db.execute("DROP TABLE refusal")
    db.execute("DROP INDEX message_parked")
    db.execute("ALTER TABLE message RENAME TO message_3")
    _run(db, _MESSAGES + _REFUSALS)
    kept = "id, lane, message_id, parked_until, patience, problem, refusal"
    db.execute(f"INSERT INTO message ({kept}) SELECT {kept} FROM message_3 ORDER BY id")  # noqa: S608 -- names of columns
    rows = db.execute("SELECT id, lane, acknowledged_at, park, movement, document FROM message_3 ORDER BY id")
    # Numbers without a gap, of one lane and one moment: these came at once.
    together = itertools.groupby(enumerate(rows), key=lambda one: (one[1][0] - one[0], *one[1][1:4]))
    for (_, lane, since, park), group in together:
        while part := [row for _, row in itertools.islice(group, _A_MIGRATED_ARRIVAL)]:
            movements, documents = (b"".join(row[at] for row in part) for at in (4, 5))
            arrival = (part[0][0], part[-1][0], lane, since, park, movements, documents)
            db.execute("INSERT INTO arrival VALUES (?, ?, ?, ?, ?, ?, ?)", arrival)
    db.execute("DROP TABLE message_3")
    db.executemany("INSERT INTO refusal (number, lane, message, refused_at) VALUES (?, ?, ?, ?)", refusals)


def _number_refusals(db: sqlite3.Connection) -> None:
    """Numbers what was refused before that was counted, in the order in which it came."""
    _run(db, _REFUSALS)
    db.execute(
        "INSERT INTO refusal (lane, message, refused_at)"
        " SELECT lane, id, acknowledged_at FROM message WHERE refusal IS NOT NULL ORDER BY id"
    )


def _carry_over(db: sqlite3.Connection, entry: int, lane: int, sequence: int, live: int) -> None:
    ids = (
        []
        if not live
        else [
            row[0]
            for row in db.execute(
                "SELECT new.id FROM message_1 AS old JOIN lane ON lane.account = old.account AND lane.number = old.lane"
                " JOIN message AS new ON new.lane = lane.id AND new.message_id = old.message_id"
                " WHERE lane.id = ? AND old.sequence = ? AND old.refusal IS NULL ORDER BY old.position",
                (lane, sequence),
            )
        ]
    )
    row = (entry, lane, sequence, live, min(ids, default=0), max(ids, default=0), struct.pack(f"<{len(ids)}Q", *ids))
    db.execute("INSERT INTO batch VALUES (?, ?, ?, ?, ?, ?, ?)", row)


def _run(db: sqlite3.Connection, statements: str) -> None:
    for statement in statements.split(";"):
        db.execute(statement)
