"""A node looks after block hashes in its turn: what is missing, who signs, and what becomes of a failure."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from liveledger.consensus.block_rules import Head
from liveledger.consensus.engine_client import EngineRefused, EngineUnavailable
from liveledger.domain.block_hashes import HASHES_A_BATCH, TURN_BLOCKS, root_slot, turn_of
from liveledger.domain.hashing import hex_bytes
from liveledger.domain.home import LedgerHome
from liveledger.domain.keys import create_key
from liveledger.node import archive_hashes, hash_keeper
from liveledger.node.hash_keeper import PATIENCE_SECONDS, HashArchiver, HashKeeper
from liveledger.node.logs import NodeLogs
from liveledger.node.node_metrics import NodeMetrics
from liveledger.node.ports import node_ports

OWN = bytes.fromhex("5" * 40)
TIME = 1_800_000_000


class Engine:
    """A head, and the batches that are archived in its state."""

    def __init__(self, height: int, archived: Sequence[int] = ()) -> None:
        self.height, self.archived = height, list(archived)
        self.timestamp = TIME
        self.trouble: Exception | None = None
        self.asked: list[int] = []

    async def head(self) -> Head:
        if self.trouble is not None:
            raise self.trouble
        return Head(self.height, b"\xaa" * 32, self.timestamp)

    async def batch(self, calls: Sequence[tuple[str, Sequence[Any]]]) -> list[str]:
        words = {hex_bytes(root_slot(batch)): batch for batch in range(2_000)}
        batches = [words[params[1]] for _, params in calls]
        self.asked += batches
        return ["0x1" if batch in self.archived else "0x0" for batch in batches]


class Watch:
    """A keeper whose archiver succeeds or not, as it is told; `tries` counts."""

    def __init__(self, engine: Engine, *, good: bool = True) -> None:
        self.registry = CollectorRegistry()
        self.tries, self.good, self.now = 0, good, float(TIME)
        scripted: Any = engine
        self.keeper = HashKeeper(scripted, OWN, self._archive, NodeMetrics(self.registry), lambda: self.now)

    async def _archive(self) -> bool:
        self.tries += 1
        return self.good

    def look(self, times: int = 1) -> int:
        async def looks() -> None:
            for _ in range(times):
                await self.keeper.look()

        asyncio.run(looks())
        return self.tries

    def missing(self) -> float | None:
        return self.registry.get_sample_value("liveledger_block_hash_batches_missing")


def test_a_node_waits_for_its_turn_and_leaves_what_another_archived() -> None:
    turn = turn_of(OWN, 0)
    engine = Engine(HASHES_A_BATCH + turn - 1)
    watch = Watch(engine)
    assert watch.look() == 0
    assert watch.missing() == 1
    engine.height += 1
    assert watch.look() == 1
    engine.archived = [0]
    assert watch.look() == 1
    assert watch.missing() == 0


def test_no_batch_below_the_first_missing_one_is_asked_for_again() -> None:
    engine = Engine(600 * HASHES_A_BATCH, [*range(500), *range(501, 600)])
    watch = Watch(engine)
    watch.look()
    assert engine.asked == list(range(600))
    assert watch.missing() == 1
    engine.asked.clear()
    watch.look()
    assert engine.asked == list(range(500, 600))


def test_an_old_state_is_no_reason_to_archive() -> None:
    """A node that replays sees batches missing that were archived long ago."""
    engine = Engine(HASHES_A_BATCH + TURN_BLOCKS)
    engine.timestamp = TIME - 61
    watch = Watch(engine)
    assert watch.look() == 0
    assert engine.asked == []


@pytest.mark.parametrize("trouble", [EngineUnavailable("away"), EngineRefused("no state", -32_000)])
def test_an_engine_that_is_away_is_asked_again(trouble: Exception) -> None:
    engine = Engine(HASHES_A_BATCH + TURN_BLOCKS)
    engine.trouble = trouble
    watch = Watch(engine)
    assert watch.look() == 0
    engine.trouble = None
    assert watch.look() == 1


def test_what_failed_is_left_to_others_for_a_while() -> None:
    engine = Engine(HASHES_A_BATCH + TURN_BLOCKS)
    watch = Watch(engine, good=False)
    assert watch.look(3) == 1
    watch.now += PATIENCE_SECONDS
    engine.timestamp += int(PATIENCE_SECONDS)
    watch.good = True
    assert watch.look(2) == 1 + 2  # a success is looked at again: the contract says whether it landed


@pytest.fixture
def home(tmp_path: Path) -> LedgerHome:
    made = LedgerHome(tmp_path)
    made.node().write_settings(node_ports(20_000, 0))
    made.node().run.mkdir(parents=True)
    return made


def archiver(home: LedgerHome, script: str) -> HashArchiver:
    made = HashArchiver(home, 0, "operator", NodeLogs(home.node()))
    made._command = [sys.executable, "-c", script]
    return made


def run(made: HashArchiver) -> bool:
    async def once() -> bool:
        return await made()

    return asyncio.run(once())


def test_without_an_account_the_log_says_so_once(home: LedgerHome) -> None:
    made = archiver(home, "raise SystemExit('this must not run')")
    with capture_logs() as logs:
        assert not run(made)
        assert not run(made)
    assert [(line["account"], line["variable"]) for line in logs] == [("operator", "LIVELEDGER_NODE_ACCOUNT")]


@pytest.mark.parametrize(("status", "done"), [(0, True), (3, False)])
def test_the_log_says_what_came_of_it(home: LedgerHome, status: int, done: bool) -> None:
    create_key(home.keys, "operator")
    made = archiver(home, f"print('a line'); print('the last \\x1b[31m one'); raise SystemExit({status})")
    with capture_logs() as logs:
        assert run(made) is done
    assert {"outcome": "the last \x1b[31m one", "status": status} in [
        {name: line.get(name) for name in ("outcome", "status")} for line in logs
    ]
    assert "a line\n" in NodeLogs(home.node()).path("block-hashes").read_text()


def test_a_process_that_hangs_is_ended(home: LedgerHome, monkeypatch: pytest.MonkeyPatch) -> None:
    create_key(home.keys, "operator")
    monkeypatch.setattr(hash_keeper, "ARCHIVE_SECONDS", 0.2)
    made = archiver(home, "import os, time; print(os.getpid(), flush=True); time.sleep(600)")
    assert not run(made)
    said = NodeLogs(home.node()).path("block-hashes").read_text()
    if said:  # it was ended after it began to speak
        with pytest.raises(ProcessLookupError):
            os.kill(int(said), 0)


def test_a_system_without_room_for_a_process_is_survived(home: LedgerHome) -> None:
    create_key(home.keys, "operator")
    made = archiver(home, "")
    made._command = [str(home.root / "not-there")]
    assert not run(made)


def test_the_process_names_what_is_wrong(home: LedgerHome, capsys: pytest.CaptureFixture[str]) -> None:
    assert archive_hashes.main([str(home.root), home.name, "0", "operator"]) == 4
    assert capsys.readouterr().out.startswith("configuration: there is no ledger in ")
