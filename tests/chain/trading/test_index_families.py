"""One cursor a family: a family that came later, or a program that came late, is filled while the others go on."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, inspect, update

from liveledger.bindings import provenance
from liveledger.chain.contracts.gaps import Gap, Reason
from liveledger.chain.contracts.ledger import Contracts, Ledger
from liveledger.chain.rpc.finality import final_height
from liveledger.domain.hashing import keccak
from liveledger.domain.item_keys import ItemKey
from liveledger.domain.waiting import wait_until
from liveledger.index import families
from liveledger.index.chain import tables as t
from liveledger.index.columns import ONE_CURSOR_VERSION, SCHEMA_VERSION
from liveledger.index.database import sqlite_engine
from liveledger.index.families import IndexFilling
from liveledger.index.filling import Filler
from liveledger.index.follower import Index
from liveledger.index.fsck import fsck
from liveledger.index.provenance import tables as provenance_tables
from liveledger.prover.stored_index import StoredIndex
from tests.support.trading import Trading

pytestmark = pytest.mark.network
FAMILY, CONTRACT = "provenance", "Provenance"
ITEM = "https://id.example/01/06901234567892/21/families"
EVENTS = 6
# Fills block by block, so that it can be killed between two of them.
SLOWLY = """
import sys
from pathlib import Path
from liveledger.chain.contracts.ledger import open_ledger
from liveledger.domain.home import LedgerHome
from liveledger.index import ranges
from liveledger.index.database import sqlite_engine
from liveledger.index.follower import Index
ranges._FIRST_CHUNK = ranges._LARGEST_CHUNK = 1
Index(sqlite_engine(Path(sys.argv[1])), open_ledger(LedgerHome(Path(sys.argv[2]), sys.argv[3]))).complete()
"""


@pytest.fixture(scope="module")
def busy(trading: Trading) -> Trading:
    """The ledger after some events, one a block."""
    key, sender = ItemKey.of(ITEM), trading.sender()
    for number in range(EVENTS):
        call = provenance.Anchor(keccak(b"families %d" % number), bytes(32), [key.gtin], [key.uri])
        sender.run(f"families-{number}", trading.ledger.manifest.address(CONTRACT), call.calldata())
    return trading


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """An empty database."""
    made = sqlite_engine(tmp_path / "index.db")
    yield made
    made.dispose()


@contextmanager
def release_without(family: str) -> Iterator[None]:
    """A program whose list of families lacks one, as the release before had it."""
    with pytest.MonkeyPatch.context() as older:
        older.setattr(families, "NAMES", tuple(name for name in families.NAMES if name != family))
        yield


def older_index(engine: Engine, ledger: Ledger, to_height: int | None = None) -> None:
    """What the release before left: no cursor and no tables of the family."""
    with release_without(FAMILY):
        index = Index(engine, ledger)
        index.catch_up(to_height)
        assert FAMILY not in index.family_heights()
    with engine.begin() as connection:
        provenance_tables.event_items.drop(connection)
        provenance_tables.events.drop(connection)


def with_gap(ledger: Ledger, since: int) -> Ledger:
    """The ledger to a program that does not know the version of the family that is active since a block."""
    manifest, line = ledger.contracts.now
    held = manifest.entry(CONTRACT).version
    gap = Gap(FAMILY, CONTRACT, Reason.UNKNOWN_VERSION, held + 1, since, held)
    now = replace(manifest, gaps={CONTRACT: gap}), line
    return replace(ledger, contracts=Contracts(now, followed=1 << 62))


def begun(busy: Trading) -> int:
    """The block before the one that listed the family: nothing of it stands up to there."""
    return busy.ledger.manifest.entry(CONTRACT).block - 1


def events_of(engine: Engine, busy: Trading) -> int:
    """How many events of the item the index has. Raises IndexFilling."""
    return len(StoredIndex(engine).leaves(CONTRACT, ItemKey.of(ITEM).stream(busy.brand), 0, 100))


def test_a_family_of_the_next_release_is_filled_while_the_others_go_on(busy: Trading, engine: Engine) -> None:
    goal = final_height(busy.ledger)
    older_index(engine, busy.ledger, goal - 1)
    index = Index(engine, busy.ledger)
    assert index.family_heights()[FAMILY] == begun(busy)
    assert index.behind() == [FAMILY]
    filler = index._fillers[FAMILY] = Filler(engine, busy.ledger, FAMILY)
    filler._ranges._chunk = 2
    index.catch_up(goal)
    reached = begun(busy) + 2
    assert index.family_heights() == dict.fromkeys(families.NAMES, goal) | {FAMILY: reached}
    with pytest.raises(IndexFilling, match=f"the index has provenance up to block {reached} of {goal}") as told:
        events_of(engine, busy)
    assert (told.value.stable_code, told.value.http_status, told.value.details["family"]) == (
        "index-filling",
        503,
        FAMILY,
    )
    index.complete(goal)
    assert index.behind() == []
    assert events_of(engine, busy) == EVENTS
    assert fsck(engine, busy.ledger).differences == []


def test_once_it_is_filled_it_goes_on_with_the_others(busy: Trading, engine: Engine) -> None:
    goal = final_height(busy.ledger)
    before = goal - EVENTS // 2
    older_index(engine, busy.ledger, before - 1)
    index = Index(engine, busy.ledger)
    index.complete(before)
    assert set(index.family_heights().values()) == {before}
    assert index._fillers
    index._fillers.clear()
    assert index.catch_up(goal) == goal
    assert (index._fillers, set(index.family_heights().values())) == ({}, {goal})
    assert fsck(engine, busy.ledger).differences == []


def test_killed_while_it_fills_it_goes_on_where_it_was(busy: Trading, engine: Engine, tmp_path: Path) -> None:
    older_index(engine, busy.ledger)
    home, reached = busy.ledger.home, begun(busy)
    arguments = (str(tmp_path / "index.db"), str(home.root), home.name)
    for _ in range(2):
        process = subprocess.Popen([sys.executable, "-c", SLOWLY, *arguments])

        def further(than: int = reached) -> bool:
            with engine.connect() as connection:
                return families.heights(connection).get(FAMILY, 0) > than + 1

        try:
            wait_until(further, 120, lambda: AssertionError("nothing was filled"), pause=0.005)
        finally:
            process.kill()
            process.wait()
        with engine.connect() as connection:
            reached = families.heights(connection)[FAMILY]
    index = Index(engine, busy.ledger)
    assert index.family_heights()[FAMILY] == reached
    index.complete()
    assert events_of(engine, busy) == EVENTS
    assert fsck(engine, busy.ledger).differences == []


def test_an_older_copy_of_the_database_is_filled_again(busy: Trading, engine: Engine, tmp_path: Path) -> None:
    older_index(engine, busy.ledger, final_height(busy.ledger) - 2)
    Index(engine, busy.ledger)
    engine.dispose()
    shutil.copy(tmp_path / "index.db", tmp_path / "older.db")
    Index(engine, busy.ledger).complete()
    restored = sqlite_engine(tmp_path / "older.db")
    index = Index(restored, busy.ledger)
    assert index.behind() == [FAMILY]
    index.complete()
    assert fsck(restored, busy.ledger).differences == []
    restored.dispose()


def test_a_version_of_tomorrow_stops_its_family_alone_until_a_release_knows_it(busy: Trading, engine: Engine) -> None:
    goal = final_height(busy.ledger)
    since = goal - EVENTS // 2
    unknowing = with_gap(busy.ledger, since)
    index = Index(engine, unknowing)
    assert index.complete(goal) == goal
    assert index.family_heights() == dict.fromkeys(families.NAMES, goal) | {FAMILY: since - 1}
    assert index.behind() == [], "there is nothing that this program could fill"
    with pytest.raises(IndexFilling):
        events_of(engine, busy)
    assert fsck(engine, unknowing).differences == []
    upgraded = Index(engine, busy.ledger)
    assert upgraded.behind() == [FAMILY]
    upgraded.complete(goal)
    assert events_of(engine, busy) == EVENTS
    assert fsck(engine, busy.ledger).differences == []


def test_a_release_that_knows_less_leaves_the_rest_as_it_is(busy: Trading, engine: Engine) -> None:
    goal = final_height(busy.ledger)
    Index(engine, busy.ledger).complete(goal - 2)
    with release_without(FAMILY):
        older = Index(engine, busy.ledger)
        older.complete(goal)
        assert older.family_heights()[FAMILY] == goal - 2
    index = Index(engine, busy.ledger)
    assert index.behind() == [FAMILY]
    index.complete()
    assert events_of(engine, busy) == EVENTS
    assert fsck(engine, busy.ledger).differences == []


@pytest.mark.parametrize("stale", [False, True])
def test_an_index_with_one_cursor_is_taken_over(busy: Trading, engine: Engine, stale: bool) -> None:
    """Where the release with one cursor came after one with many, cursors that it did not move are worth nothing."""
    height = Index(engine, busy.ledger).complete()
    with engine.begin() as connection:
        connection.execute(update(t.cursor).values(schema_version=ONE_CURSOR_VERSION))
        if stale:
            connection.execute(update(t.family_cursors).values(height=1))
        else:
            t.family_cursors.drop(connection)
    index = Index(engine, busy.ledger)
    assert index.cursor().height == height, "nothing is built again"
    assert set(index.family_heights().values()) == {height}
    index.complete()
    assert fsck(engine, busy.ledger).differences == []
    with engine.connect() as connection:
        assert connection.execute(t.cursor.select()).one().schema_version == SCHEMA_VERSION
    assert inspect(engine).has_table("family_cursors")
