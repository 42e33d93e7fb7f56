"""An outbox that an older version wrote: nothing that it acknowledged is lost, or posted twice."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from liveledger.chain.movements.batching import Movements
from liveledger.chain.movements.journal import Journal
from liveledger.chain.movements.lanes import refusals
from liveledger.chain.outbox.outbox import KeyReused, Outbox
from liveledger.domain.movements import Kind, Movement

ACCOUNT = b"\x11" * 20
VERSION_1 = """
CREATE TABLE chain (evm_chain_id INTEGER NOT NULL, genesis BLOB NOT NULL);
CREATE TABLE entry (id INTEGER PRIMARY KEY, account BLOB NOT NULL, key TEXT NOT NULL, nonce INTEGER NOT NULL,
    request BLOB NOT NULL, target BLOB NOT NULL, data BLOB NOT NULL, gas INTEGER NOT NULL, state INTEGER NOT NULL,
    acknowledged_at REAL NOT NULL, final_at REAL, block INTEGER, tx_hash BLOB, status INTEGER, gas_used INTEGER,
    problem TEXT, UNIQUE (account, key), UNIQUE (account, nonce));
CREATE INDEX entry_pending ON entry (account, nonce) WHERE state = 0;
CREATE TABLE attempt (tx_hash BLOB PRIMARY KEY, entry INTEGER NOT NULL REFERENCES entry (id), raw BLOB NOT NULL,
    max_fee INTEGER NOT NULL, priority_fee INTEGER NOT NULL);
CREATE INDEX attempt_entry ON attempt (entry);
CREATE TABLE batch (entry INTEGER PRIMARY KEY REFERENCES entry (id), account BLOB NOT NULL, lane INTEGER NOT NULL,
    sequence INTEGER NOT NULL, live INTEGER NOT NULL);
CREATE INDEX batch_lane ON batch (account, lane, live, sequence);
CREATE TABLE message (account BLOB NOT NULL, lane INTEGER NOT NULL, message_id TEXT NOT NULL, movement BLOB NOT NULL,
    document BLOB NOT NULL, sequence INTEGER NOT NULL, position INTEGER NOT NULL, refusal TEXT,
    PRIMARY KEY (account, lane, message_id)) WITHOUT ROWID;
CREATE INDEX message_batch ON message (account, lane, sequence);
"""
VERSION_3 = """
CREATE TABLE message (id INTEGER PRIMARY KEY, lane INTEGER NOT NULL, message_id TEXT NOT NULL, movement BLOB NOT NULL,
    document BLOB NOT NULL, acknowledged_at REAL NOT NULL, parked_until REAL, patience REAL, problem TEXT, refusal TEXT,
    park INTEGER, UNIQUE (lane, message_id));
CREATE INDEX message_parked ON message (lane) WHERE parked_until IS NOT NULL;
"""
# Entry, what came of it (None = it is on its way), block; its batch on lane 3, which one tried before.
ENTRIES = [(1, 1, 7, 0, 1), (2, 0, 8, 1, 0), (3, None, None, 1, 1)]
# Message, batch, place in it, why it was refused.
MESSAGES = [("a", 0, 0, None), ("poison", 1, 1, "StockOversell()"), ("z", 1, 0, None), ("b", 1, 1, None)]


def content(name: str) -> bytes:
    """What the outbox keeps of a message's movement."""
    return Movement(sku=ord(name[0]), kind=Kind.SELL, source=1, target=0, quantity=1, at=1).content()


def content_1(name: str) -> bytes:
    """The same as version 1 kept it, without a lot."""
    return content(name)[:4] + content(name)[6:]


def movements(names: str) -> Movements:
    """One movement a letter, with a leaf of its own."""
    leaves = b"".join(name.encode() * 32 for name in names)
    return Movements.of(range(len(names)), b"".join(map(content, names)), leaves)


@pytest.fixture
def old_file(tmp_path: Path) -> Path:
    """An outbox with a final batch, a refused message, and a batch on its way that replaced a failed one."""
    db = sqlite3.connect(tmp_path / "outbox.db")
    db.executescript(VERSION_1)
    db.execute("INSERT INTO chain VALUES (7, ?)", (bytes(32),))
    for entry, status, block, sequence, live in ENTRIES:
        state = 0 if status is None else 1
        db.execute(
            "INSERT INTO entry (id, account, key, nonce, request, target, data, gas, state, acknowledged_at, block,"
            " status) VALUES (?, ?, ?, ?, x'', x'', x'', 1, ?, 5.5, ?, ?)",
            (entry, ACCOUNT, f"post:{entry}", entry, state, block, status),
        )
        db.execute("INSERT INTO batch VALUES (?, ?, 3, ?, ?)", (entry, ACCOUNT, sequence, live))
    for name, sequence, position, refusal in MESSAGES:
        row = (ACCOUNT, name, content_1(name), bytes(32), sequence, position, refusal)
        db.execute("INSERT INTO message VALUES (?, 3, ?, ?, ?, ?, ?, ?)", row)
    db.execute("PRAGMA user_version = 1")
    db.commit()
    db.close()
    return tmp_path / "outbox.db"


def opened(path: Path) -> tuple[Outbox, Journal]:
    outbox = Outbox(path, evm_chain_id=7, genesis=bytes(32))
    return outbox, Journal(outbox, ACCOUNT, 3)


def test_every_message_is_where_it_was(old_file: Path) -> None:
    outbox, journal = opened(old_file)
    found = {name: journal.status(name) for name, *_ in MESSAGES}
    assert {name: status and (status.sequence, status.position, status.block) for name, status in found.items()} == {
        "a": (0, 0, 7),
        "poison": (None, None, None),
        "z": (1, 0, None),
        "b": (1, 1, None),
    }
    assert found["poison"] is not None
    assert found["poison"].refusal == "StockOversell()"
    assert [one.message_id for one in refusals(outbox, [(ACCOUNT, 3)], 0, 9)] == ["poison"]


def test_what_is_on_its_way_is_not_posted_again(old_file: Path) -> None:
    outbox, journal = opened(old_file)
    assert len(journal.waiting()) == 0
    (batch,) = journal.open_batches()
    assert (batch.entry, batch.sequence, batch.failed) == (3, 1, False)
    assert [waiting.content for waiting in journal.messages_of(3)] == [content("z"), content("b")]
    assert (journal.next_sequence(), journal.tries(1)) == (2, 2)
    with outbox.transaction():
        assert journal.add(["b"], movements("b"), 9.0) is None
    with pytest.raises(KeyReused):
        journal.fresh(["b"], movements("a"))


def test_a_batch_that_failed_afterwards_gives_its_messages_back(old_file: Path) -> None:
    outbox, journal = opened(old_file)
    with outbox.transaction():
        outbox.finish(3, block=9, tx_hash=bytes(32), status=0, gas_used=1, now=6.0)
        (failed,) = journal.open_batches()
        journal.retire([failed])
        journal.touch(failed.first, 2, 7.0)
    waiting = journal.waiting()
    assert [bytes(one) for one in waiting.contents] == [content("z"), content("b")]
    assert outbox.backlog() == (2, 5.5)
    assert journal.content(int(waiting.ids[0])) == (content("z"), 5.5)


def older(path: Path, version: int) -> None:
    """Turns a file into one that version 2 or 3 wrote: messages whole in their own rows."""
    db = sqlite3.connect(path)
    rows = db.execute(
        "SELECT id, message.lane, message_id, parked_until, patience, problem, refusal, acknowledged_at, park,"
        " substr(movements, 18 * (id - first) + 1, 18), substr(documents, 32 * (id - first) + 1, 32)"
        " FROM message JOIN arrival ON id BETWEEN first AND last"
    ).fetchall()
    db.executescript(f"DROP TABLE arrival; DROP TABLE message; {VERSION_3}")
    db.executemany(
        "INSERT INTO message (id, lane, message_id, parked_until, patience, problem, refusal, acknowledged_at, park,"
        " movement, document) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        rows,
    )
    if version == 2:
        db.executescript("DROP TABLE refusal; ALTER TABLE message DROP COLUMN park")
    db.execute(f"PRAGMA user_version = {version}")
    db.commit()
    db.close()


def test_what_version_2_refused_is_numbered(tmp_path: Path) -> None:
    outbox, journal = opened(tmp_path / "outbox.db")
    with outbox.transaction():
        journal.add(["a", "b", "c"], movements("aaa"), 5.5)
        journal.refuse(2, "StockOversell(b)", 6.0)
    outbox.close()
    older(tmp_path / "outbox.db", 2)
    outbox, journal = opened(tmp_path / "outbox.db")
    with outbox.transaction():
        journal.refuse(1, "StockOversell(a)", 7.0)
        journal.add(["d"], movements("a"), 8.0, park=True)
    assert [journal.park_stated(number) for number in (1, 4)] == [None, True]
    found = refusals(outbox, [(ACCOUNT, 3)], 0, 9)
    assert [(one.number, one.message_id, one.reason, one.refused_at) for one in found] == [
        (1, "b", "StockOversell(b)", 5.5),
        (2, "a", "StockOversell(a)", 7.0),
    ]
    assert refusals(outbox, [(ACCOUNT, 3)], 1, 9) == found[1:]
    assert refusals(outbox, [(ACCOUNT, 4)], 0, 9) == refusals(outbox, [], 0, 9) == []


def test_what_version_3_kept_is_all_there(tmp_path: Path) -> None:
    outbox, journal = opened(tmp_path / "outbox.db")
    other = Journal(outbox, ACCOUNT, 4)
    with outbox.transaction():
        journal.add(["a", "b"], movements("ab"), 5.5, park=False)
        journal.add(["c"], movements("c"), 6.5)
        other.add(["a"], movements("d"), 6.5)
        journal.add(["d", "e", "f"], movements("def"), 6.5)
        journal.refuse(2, "StockOversell(b)", 7.0)
        journal.park(5, "StockOversell(d)", 60.0)
        journal.touch(1, 4, 7.0)
    before = seen(outbox, journal), seen(outbox, other)
    outbox.close()
    older(tmp_path / "outbox.db", 3)
    outbox, journal = opened(tmp_path / "outbox.db")
    assert (seen(outbox, journal), seen(outbox, Journal(outbox, ACCOUNT, 4))) == before
    assert [journal.park_stated(number) for number in range(1, 8)] == [False, False, *[None] * 5]
    with outbox.transaction():
        journal.refuse(1, "StockOversell(a)", 8.0)
        added = journal.add(["b", "g"], movements("bg"), 8.0)
    assert added is None
    assert [one.number for one in refusals(outbox, [(ACCOUNT, 3)], 0, 9)] == [1, 2]


def seen(outbox: Outbox, journal: Journal) -> object:
    """All that a lane's messages are asked for."""
    waiting = journal.waiting()
    contents = [journal.content(number) for number in waiting.ids.tolist()]
    states = [journal.status(name) for name in "abcdef"]
    shown = waiting.ids.tolist(), waiting.contents.tolist(), waiting.leaves()
    return shown, contents, states, journal.parked(), refusals(outbox, [(ACCOUNT, 3)], 0, 9), outbox.backlog()


def test_it_is_read_once(old_file: Path) -> None:
    opened(old_file)[0].close()
    _, journal = opened(old_file)
    assert journal.status("a") is not None
