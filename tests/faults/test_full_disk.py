"""Row 7: no room on the disk of a node, of the index, of the outbox: a clean stop, no divergence, and it goes on."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy

from liveledger.chain.contracts.ledger import final_height
from liveledger.chain.outbox.outbox import Outbox
from liveledger.domain.errors import LiveLedgerError
from liveledger.index.database import sqlite_engine
from liveledger.index.follower import Index
from liveledger.index.fsck import fsck
from tests.faults.test_torn_writes import ACCOUNT, CHAIN, GENESIS, TARGET
from tests.support.damage import caught_up
from tests.support.network import eventually
from tests.support.promises import World
from tests.support.tally import Tally
from tests.support.variants import events

pytestmark = [pytest.mark.network, pytest.mark.timeout(1200)]
VICTIM = 3
FULL = (sqlite3.OperationalError, sqlalchemy.exc.OperationalError, LiveLedgerError)
_NODE_MEGABYTES = 400


@contextlib.contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """A file system of its own in memory; the test is skipped, and says so, where mounting is not allowed."""
    folder.mkdir(exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=700", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("a small disk needs the right to mount one")
    try:
        yield folder
    finally:
        # Lazily: the last process of a node may still be on its way out.
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """Takes all room that is left."""
    filler = folder / "filler"
    with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(65_536))
    with contextlib.suppress(OSError), filler.open("ab", buffering=0) as file:
        while True:
            file.write(b"\0")
    return filler


def acknowledge(box: Outbox, numbers: range) -> int:
    """The first number that could not be acknowledged; the end of the range when all could."""
    for number in numbers:
        try:
            with box.transaction():
                box.add(ACCOUNT, f"k{number}", number, TARGET, bytes(20_000), 50_000, 0.0)
        except FULL:
            return number
    return numbers.stop


def test_no_room_for_the_outbox(tally: Tally, tmp_path: Path) -> None:
    """What cannot be written is not acknowledged; the same process goes on when there is room again."""
    with small_disk(tmp_path / "disk", 2) as disk:
        (disk / "ballast").write_bytes(bytes(1_000_000))
        box = Outbox(disk / "outbox.db", evm_chain_id=CHAIN, genesis=GENESIS)
        full_at = acknowledge(box, range(1_000))
        assert acknowledge(box, range(full_at, full_at + 1)) == full_at < 1_000
        (disk / "ballast").unlink()
        goal = full_at + 10
        assert acknowledge(box, range(full_at, goal)) == goal
        # As after a kill: what this process did not commit is gone.
        for suffix in ("", "-wal"):
            shutil.copy(disk / f"outbox.db{suffix}", tmp_path / f"after.db{suffix}")
        box.close()
    again = Outbox(tmp_path / "after.db", evm_chain_id=CHAIN, genesis=GENESIS)
    kept = [entry.key for entry in again.pending(ACCOUNT, 2_000)]
    again.close()
    assert kept == [f"k{number}" for number in range(goal)]
    tally.add(7, "outbox: disk full", acknowledged_before=full_at)


def test_no_room_for_the_index(world: World, tally: Tally, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 4) as disk:
        engine = sqlite_engine(disk / "index.db")
        index = Index(engine, world.trading.ledger)
        index.catch_up(3)
        filler = fill(disk)
        with pytest.raises(FULL):
            index.catch_up()
        filler.unlink()
        height = index.catch_up()
        assert height >= 4
        assert fsck(engine, world.trading.ledger).differences == []
        engine.dispose()
    tally.add(7, "index: disk full", height=final_height(world.trading.ledger))


@contextlib.contextmanager
def on_small_disk(world: World, node: int, aside: Path) -> Iterator[Path]:
    """Moves a node's files to a small disk and runs it there; back at the end."""
    net, home = world.net, world.net.home.node(node)
    net.stop(node)
    try:
        with small_disk(aside / "disk", _NODE_MEGABYTES) as disk:
            _copy(home.directory, disk / "node")
            shutil.move(home.directory, aside / "before")
            home.directory.symlink_to(disk / "node")
            net.start(node)
            net.wait_height(max(map(net.height, range(net.size))), node)
            yield disk
            net.stop(node)
            _copy(disk / "node", aside / "before")
    finally:
        net.stop(node)
        if home.directory.is_symlink():
            home.directory.unlink()
            shutil.move(aside / "before", home.directory)
        net.start(node)


def _copy(source: Path, target: Path) -> None:
    """Replaces ``target``; geth's preallocated files stay sparse, and what was signed is the newest."""
    shutil.rmtree(target, ignore_errors=True)
    subprocess.run(["cp", "-a", "--sparse=always", str(source), str(target)], check=True)


@pytest.mark.faults
def test_no_room_for_a_node(world: World, tally: Tally, tmp_path: Path) -> None:
    net, home = world.net, world.net.home.node(VICTIM)
    with world.load(node=0), on_small_disk(world, VICTIM, tmp_path) as disk:
        filler = fill(disk)
        net.wait_blocks(8)
        eventually("the end of its blocks", lambda: net.height(VICTIM) < net.height() - 3)
        words = {event["reason"] for event in events(home, "restarting")}
        filler.unlink()
        began = time.monotonic()
        with contextlib.suppress(LiveLedgerError):
            net.start(VICTIM)
        eventually("that it is with the others", lambda: caught_up(net, VICTIM, [0, 1, 2]))
        back = time.monotonic() - began
    tally.add(7, "node: disk full", said="; ".join(sorted(words))[:90], back_after_s=back)
