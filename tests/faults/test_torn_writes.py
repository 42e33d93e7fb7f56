"""Row 8: bytes of a killed node's files are flipped or cut: it recovers or refuses, and never answers wrong."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from liveledger.chain.contracts.ledger import open_ledger
from liveledger.chain.outbox.outbox import Outbox
from liveledger.domain.errors import ConfigurationError, LiveLedgerError, Unavailable
from liveledger.domain.hashing import hex_bytes
from liveledger.index.database import sqlite_engine
from liveledger.index.follower import Index
from liveledger.index.fsck import fsck
from liveledger.node import control
from tests.support.damage import RECOVERED, REFUSED, STORES, cut, flip, hurt, make_anew, outcome
from tests.support.promises import World, opened
from tests.support.tally import Tally

pytestmark = [pytest.mark.network, pytest.mark.timeout(1500)]
VICTIM = 3
GENESIS, CHAIN = b"\x11" * 32, 77
ACCOUNT, TARGET = b"\x22" * 20, b"\x33" * 20


def start_and_look(world: World) -> tuple[str, str]:
    """Starts the damaged node in the background, as `liveledger node start --detach` does, and sees what it does."""
    try:
        control._await_lock(world.net.home, VICTIM, control._spawn(world.net.home, VICTIM, world.net.engines))
    except Unavailable as refusal:
        return REFUSED, refusal.message
    return outcome(world.net, VICTIM)


def same_history(world: World) -> str:
    """Reads all headers, blocks and receipts of the node; "" when they are the others', else its words for refusing."""
    with opened(world.trading, 0) as healthy:
        try:
            damaged = open_ledger(world.net.home, node=VICTIM)
            top = min(damaged.execution.block_number(), healthy.execution.block_number())
            assert damaged.comet.headers(1, top) == healthy.comet.headers(1, top)
            for height in range(1, top + 1):
                assert damaged.execution.header_rlp(height) == healthy.execution.header_rlp(height)
                assert damaged.execution.raw_receipts(height) == healthy.execution.raw_receipts(height)
        except LiveLedgerError as refusal:
            return refusal.message
    return ""


@pytest.mark.faults
@pytest.mark.parametrize("store", STORES)
def test_a_node_with_damaged_files(world: World, tally: Tally, store: str) -> None:
    net, random = world.net, tally.random(f"torn-{store}")
    for _ in range(3):
        with world.load(node=0):
            net.wait_blocks(2)
            net.kill(VICTIM)
            done = hurt(net.home.node(VICTIM), store, random)
            end, words = start_and_look(world)
            words = words or same_history(world)
            if end != RECOVERED or words:
                assert words
                make_anew(net, VICTIM)
        tally.add(8, f"{store}: {'refused' if words else 'recovered'}", last=f"{done}; {words[:80]}")


def outbox_with(path: Path, entries: range) -> None:
    """Acknowledges entries in a process that dies without closing the file."""
    code = (
        "import os, sys; from pathlib import Path; from liveledger.chain.outbox.outbox import Attempt, Outbox\n"
        f"box = Outbox(Path({str(path)!r}), evm_chain_id={CHAIN}, genesis={GENESIS!r})\n"
        f"for n in range({entries.start}, {entries.stop}):\n"
        "    with box.transaction():\n"
        f"        entry = box.add({ACCOUNT!r}, f'k{{n}}', n, {TARGET!r}, b'data' * 100, 50_000, 0.0)\n"
        "        box.add_attempt(Attempt(n.to_bytes(32), entry, 1, 1, 300), b'raw' * 100)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=False)


def keys_in(path: Path) -> list[str] | None:
    """Keys of the outbox in order, each whole with its signed bytes; None when it refuses to open or to read."""
    try:
        box = Outbox(path, evm_chain_id=CHAIN, genesis=GENESIS)
        entries = box.pending(ACCOUNT, 1_000)
        attempts = box.attempts([entry.id for entry in entries])
    except (ConfigurationError, sqlite3.DatabaseError):
        return None
    for entry in entries:
        assert (entry.key, box.data(entry.id)) == (f"k{entry.nonce}", b"data" * 100)
        assert [(attempt.tx_hash, box.raw(attempt.tx_hash)) for attempt in attempts[entry.id]] == [
            (entry.nonce.to_bytes(32), b"raw" * 100)
        ]
    box.close()
    return [entry.key for entry in entries]


def test_a_torn_write_of_the_outbox(tally: Tally, tmp_path: Path) -> None:
    """What was acknowledged before the torn write is all there; what was being written is there whole or not at all."""
    random, sound = tally.random("outbox"), 20
    outbox_with(tmp_path / "sound.db", range(sound))
    whole = (tmp_path / "sound.db-wal").stat().st_size
    outbox_with(tmp_path / "sound.db", range(sound, 2 * sound))
    for number in range(40):
        path = tmp_path / f"try{number}.db"
        for suffix in ("", "-wal"):
            shutil.copy(tmp_path / f"sound.db{suffix}", f"{path}{suffix}")
        log = Path(f"{path}-wal")
        done = flip(log, random, whole) if number % 2 else cut(log, random, whole)
        keys = keys_in(path)
        assert keys is not None, done
        assert keys == [f"k{n}" for n in range(len(keys))]
        assert sound <= len(keys) <= 2 * sound
        tally.add(8, "outbox: torn write of its WAL")


def test_a_damaged_log_of_the_index(world: World, tally: Tally, tmp_path: Path) -> None:
    """The index is derived: whatever is left of it leads to the same one, or it is refused and rebuilt."""
    random = tally.random("index")
    sound = indexed(world, tmp_path / "sound")
    for number in range(8):
        folder = tmp_path / f"try{number}"
        folder.mkdir()
        for suffix in ("", "-wal"):
            shutil.copy(f"{sound}{suffix}", folder / f"index.db{suffix}")
        done = damage(folder, random)
        try:
            engine = sqlite_engine(folder / "index.db")
            Index(engine, world.trading.ledger).catch_up()
            assert fsck(engine, world.trading.ledger).differences == [], done
            seen = "recovered"
        except (LiveLedgerError, sqlite3.DatabaseError) as refusal:
            seen = f"refused: {type(refusal).__name__}"
        engine.dispose()
        tally.add(8, f"index WAL: {seen}")


def damage(folder: Path, random: Random) -> str:
    log = folder / "index.db-wal"
    return flip(log, random) if random.random() < 0.5 else cut(log, random)


def indexed(world: World, folder: Path) -> Path:
    """An index with a write-ahead log that was not folded into the database, as a kill leaves it."""
    folder.mkdir()
    live = sqlite_engine(folder / "index.db")
    index = Index(live, world.trading.ledger)
    goal = index.catch_up()
    assert index.cursor().hash == world.trading.ledger.execution.block_hash(goal), hex_bytes(index.cursor().hash)
    copy = folder / "copy.db"
    for suffix in ("", "-wal"):
        shutil.copy(folder / f"index.db{suffix}", f"{copy}{suffix}")
    live.dispose()
    return copy
