"""Workers beside the requests: no error ends one, one bad record does not hold up the rest, and health says so."""

from __future__ import annotations

import fcntl
import sqlite3
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from liveledger.chain.rpc.transport import NodeUnreachable, RpcError
from liveledger.domain.errors import ConfigurationError, LiveLedgerError
from liveledger.domain.home import LedgerHome
from liveledger_api.chain_access import ChainAccess
from liveledger_api.loops import FAILING_AFTER, Loop, Loops, Turns
from liveledger_api.provenance import anchoring
from liveledger_api.runfile import registered, running
from tests.api import events as e
from tests.api.support import SimulatedSender, World


def test_a_loop_outlives_any_error() -> None:
    steps = 0
    well = threading.Event()

    def step() -> None:
        nonlocal steps
        steps += 1
        if steps <= FAILING_AFTER:
            raise (sqlite3.OperationalError("database is locked"), KeyError("x"), MemoryError())[steps % 3]
        well.set()

    loop = Loop("anchoring", step, 0.001)
    loop.start()
    assert well.wait(30.0)
    loop.stop()
    assert (loop.error, loop.failing) == (None, False)


def _ready(world: World, *loops: Loop) -> Any:
    parts: Any = world.parts
    heights = {"chain_height": 7, "verifiable_height": 6, "index_height": 7, "lag_blocks": 0}
    parts.follower = SimpleNamespace(state=lambda: {**heights, "error": None, "unanswered": []})
    parts.workers = Loops(*loops)
    return world.client.get("/health/ready")


def test_a_failing_worker_makes_the_server_not_ready(world: World) -> None:
    failed = threading.Semaphore(0)

    def step() -> None:
        failed.release()
        raise sqlite3.OperationalError("database or disk is full")

    loop = Loop("movements", step, 0.001)
    assert _ready(world, loop).status_code == 200
    loop.start()
    for _ in range(FAILING_AFTER + 1):
        assert failed.acquire(timeout=30.0)
    answer = _ready(world, loop)
    loop.stop()
    assert answer.status_code == 503
    assert answer.json()["failing"] == ["movements"]
    assert "disk is full" in answer.json()["submissions"]["movements"]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_dead_worker_makes_the_server_not_ready(world: World) -> None:
    ended = threading.Event()

    def step() -> None:
        ended.set()
        raise SystemExit

    loop = Loop("capture", step, 0.001)
    loop.start()
    assert ended.wait(30.0)
    loop._thread.join(30.0)
    assert _ready(world, loop).json()["failing"] == ["capture"]


def test_all_have_their_turn_unless_the_node_is_away() -> None:
    pumped: list[str] = []

    def sender(label: str) -> Any:
        def pump() -> None:
            pumped.append(label)
            if label == "locked":
                raise sqlite3.OperationalError("database is locked")

        return SimpleNamespace(pump=pump)

    ledger: Any = None
    chain = ChainAccess(ledger, sender)
    for label in ("locked", "good"):
        chain.sender(label)
    with pytest.raises(sqlite3.OperationalError):
        chain.pump()
    assert pumped == ["locked", "good"]

    def away() -> None:
        raise NodeUnreachable("away")

    with pytest.raises(NodeUnreachable):
        Turns("posting").take("any", away)


def test_one_bad_event_does_not_hold_up_the_rest(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = (
        world.client.post("/events", json=e.alone(e.OBJECT, eventID=f"urn:uuid:{n}")).json()["eventID"] for n in (1, 2)
    )
    submit = world.chain.submit_anchor

    def broken(account: str, key: str, *rest: Any) -> None:
        if first in key:
            raise RpcError("internal error", rpc_code=-32603)
        submit(account, key, *rest)

    monkeypatch.setattr(world.chain, "submit_anchor", broken)
    with pytest.raises(RpcError):
        world.anchoring.submit_received()
    states = [world.events.with_id(name, lambda _: True)[0]["state"] for name in (first, second)]
    assert states == ["received", "acknowledged"]
    monkeypatch.undo()
    world.settle()
    assert world.events.with_id(first, lambda _: True)[0]["state"] == "anchored"


def test_a_reason_that_is_pruned_is_recorded_as_such(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def pruned(_self: SimulatedSender, _key: str) -> Any:
        raise RpcError("missing trie node", rpc_code=-32000)

    world.client.post("/events", json=e.alone(e.OBJECT, eventID="urn:uuid:9"))
    world.step()
    world.chain.reverted.update(world.chain.submitted)
    monkeypatch.setattr(SimulatedSender, "reason", pruned)
    world.settle()
    (row,) = world.events.with_id("urn:uuid:9", lambda _: True)
    assert row["state"] == "refused"
    assert "block 7 refused" in row["refusal"]


def test_events_that_wait_do_not_hide_later_ones(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(anchoring, "_BATCH", 1)
    event = e.alone(e.OBJECT, eventID="urn:uuid:9")
    world.client.post("/events", json=event)
    world.client.post("/events", json={**event, "errorDeclaration": {"declarationTime": "2026-11-12T00:00:00Z"}})
    world.client.post("/events", json=e.alone(e.OBJECT, eventID="urn:uuid:later"))
    world.anchoring.submit_received()
    assert [row["state"] for row in world.events.with_id("urn:uuid:9", lambda _: True)] == ["acknowledged", "received"]
    assert world.events.with_id("urn:uuid:later", lambda _: True)[0]["state"] == "acknowledged"


@pytest.mark.parametrize("error", [RpcError("busy", rpc_code=-32005), ConfigurationError("key file is open to others")])
def test_a_job_is_tried_again_after_trouble_that_may_pass(
    world: World, monkeypatch: pytest.MonkeyPatch, error: LiveLedgerError
) -> None:
    def busy(*_: Any) -> None:
        raise error

    paths = [
        world.client.post("/capture", json=e.document(e.alone(e.OBJECT, eventID=f"urn:uuid:{n}"))).headers["Location"]
        for n in (1, 2)
    ]
    monkeypatch.setattr(world.chain, "check_anchor", busy)
    with pytest.raises(type(error)):
        world.capture.work_off()
    assert [world.client.get(path).json()["running"] for path in paths] == [True, True]
    monkeypatch.undo()
    assert world.capture.work_off() == 2
    assert [world.client.get(path).json()["success"] for path in paths] == [True, True]


def test_the_jobs_that_wait_are_limited(world: World) -> None:
    answers = [world.client.post("/capture", json=e.document(e.OBJECT)) for _ in range(65)]
    assert [answer.status_code for answer in answers] == [202] * 64 + [503]
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert world.rows()["capture_jobs"] == 64
    world.step()
    assert world.client.post("/capture", json=e.document(e.OBJECT)).status_code == 202


def test_a_look_at_the_run_file_does_not_stop_a_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = LedgerHome.find("main", tmp_path)
    with registered(home, "http://a"):
        assert running(home) is not None
        with pytest.raises(ConfigurationError, match="runs already"), registered(home, "http://b"):
            pass
    with (home.directory / "api.json").open() as looker:
        fcntl.flock(looker, fcntl.LOCK_SH)
        monkeypatch.setattr("time.sleep", lambda _seconds: fcntl.flock(looker, fcntl.LOCK_UN))
        with registered(home, "http://c"):
            found = running(home)
    assert found is not None
    assert found.url == "http://c"
