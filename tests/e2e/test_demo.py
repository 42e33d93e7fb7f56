"""The demo as a user runs it: a first run, and another one on the same chain that is killed twice on its way."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from liveledger.chain.rpc.connection import connect
from liveledger.chain.rpc.finality import final_height
from liveledger.domain.home import LedgerHome
from liveledger.node.runstate import running_pid
from liveledger.verifier import TrustAnchor
from liveledger_api.runfile import running
from liveledger_cli.demo.play import LANES_A_RUN, SALES_LANE
from tests.docs.blocks import README, command_blocks
from tests.docs.running import Desk, furnish
from tests.support.network import children, eventually

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1200)]

RUN_SECONDS = 600
COMMAND = [sys.executable, "-m", "liveledger_cli.main"]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LedgerHome]:
    """One ledger for all tests of this file; its processes end with them."""
    where = LedgerHome(tmp_path_factory.mktemp("demo"), "demo")
    try:
        yield where
    finally:
        _liveledger(where, "down")


def test_up_prints_where_it_listens(home: LedgerHome) -> None:
    done = _liveledger(home, "up", "--json", check=True)
    urls = json.loads(done.stdout)
    assert set(urls) == {"api", "execution", "consensus"}
    assert httpx.get(f"{urls['api']}/health/live", trust_env=False).json() == {"status": "live"}
    anchor = TrustAnchor.parse(home.trust.read_bytes())
    assert anchor.height == 0
    assert f"this machine founded {anchor.chain_id}" in done.stderr
    assert f"{anchor.fingerprint()}  height 0" in done.stderr
    home.trust.unlink()
    again = _liveledger(home, "up", "--json", check=True)
    assert json.loads(again.stdout) == urls
    assert not home.trust.exists(), "a ledger that was there before is not trusted by itself"
    unknown = ("stock", "show", "1", "NO-SUCH", "9521234200017")
    refused = _liveledger(home, *unknown)
    assert (refused.returncode, refused.stdout, "(not-verified)" in refused.stderr) == (1, "", True)
    _liveledger(home, "trust", "export", "--out", str(home.trust), check=True)
    assert home.trust.read_bytes() == anchor.emit()
    proven = _liveledger(home, *unknown)
    assert (proven.returncode, "verified here: what block" in proven.stderr) == (3, True)


def test_first_run(home: LedgerHome) -> None:
    report = _demo(home)
    assert report["ok"], report["checks"]
    assert report["run"] == 1
    assert report["sample"]["lines"] == report["sample"]["movements"] + 146
    settled = {name: int(units) for name, units in report["settlement"].items() if name.endswith("_fen")}
    assert settled["brand_fen"] + settled["supplier_fen"] == settled["loss_fen"] > 0
    assert settled["paid_fen"] == settled["received_fen"] == settled["supplier_fen"]
    assert len({bundle["view"] for bundle in report["bundles"] if bundle["proven"]}) >= 3
    assert {lie["code"] for lie in report["tampered"]} >= {"incomplete", "wrong-question"}
    assert all(lie["refused"] for lie in report["tampered"])
    assert report["forecast"]["late_code"] == "ReportTooLate"
    assert report["throughput"]["movements"] == 35_709
    assert report["finality"]["submissions"] == 1_000


def test_a_second_run_on_the_same_chain_killed_twice_goes_on_where_it_was(home: LedgerHome) -> None:
    before = json.loads(home.network.read_text())["chain_id"]
    sales = f"demo:2:lane:{2 * LANES_A_RUN + SALES_LANE}:"
    moments: list[Callable[[], bool]] = [
        lambda: any("agreement" in run["steps"] for run in _runs(home) if run["number"] == 2),
        lambda: _acknowledged(home, sales) > 2,
    ]
    for moment in moments:
        hashes = _kill_at(home, moment)
        _liveledger(home, "node", "start", "--detach", check=True)
        assert len(hashes) > 5
        assert _block_hashes(home, hashes) == hashes
    acknowledged = _keys(home)
    report = _demo(home)
    assert report["ok"], report["checks"]
    assert (report["run"], report["chain"]["chain_id"]) == (2, before)
    assert _not_final(home, acknowledged) == []
    _liveledger(home, "fsck", check=True)


def _demo(home: LedgerHome) -> dict[str, Any]:
    done = _liveledger(home, "demo", "--json", "--keep")
    assert done.stdout, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    assert "error" not in report, report
    assert done.returncode == 0, report["checks"]
    return report


def _liveledger(home: LedgerHome, *words: str, check: bool = False) -> subprocess.CompletedProcess[str]:
    command = [*COMMAND, *words, "--home", str(home.root), "--ledger", home.name]
    return subprocess.run(command, capture_output=True, text=True, timeout=RUN_SECONDS, check=check)


def _kill_at(home: LedgerHome, moment: Callable[[], bool]) -> dict[int, bytes]:
    """Starts the demo and ends it, the node, both engines and the API with -9 at ``moment``.

    Returns the hashes that the newest final blocks had just before.
    """
    command = [*COMMAND, "demo", "--json", "--home", str(home.root)]
    demo = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        eventually("the moment to kill", lambda: moment() or demo.poll() is not None, RUN_SECONDS)
        assert demo.poll() is None, "the demo ended before it could be killed"
        hashes = _block_hashes(home)
    finally:
        node, api = running_pid(home.node()), running(home)
        victims = [demo.pid]
        if node is not None:
            victims += [node, *children(node).values()]
        if api is not None:
            victims.append(api.pid)
        for pid in victims:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        demo.wait()
    eventually("the end of the node", lambda: running_pid(home.node()) is None)
    return hashes


def _runs(home: LedgerHome) -> list[dict[str, Any]]:
    return list(json.loads((home.directory / "demo.json").read_text())["runs"])


def _block_hashes(home: LedgerHome, heights: Iterable[int] = ()) -> dict[int, bytes]:
    """Hashes of the blocks of these heights, or of the newest twenty final ones."""
    connection = connect(home)
    newest = final_height(connection)
    wanted = list(heights) or range(max(0, newest - 20), newest + 1)
    found = {height: connection.execution.block_hash(height) for height in wanted}
    connection.close()
    return found


def _query(path: Path, sql: str, *parameters: str) -> list[Any]:
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)) as database:
        return database.execute(sql, parameters).fetchall()


def _acknowledged(home: LedgerHome, prefix: str) -> int:
    return int(_query(home.outbox, "select count(*) from entry where key like ? || '%'", prefix)[0][0])


def _keys(home: LedgerHome) -> set[str]:
    return {str(key) for (key,) in _query(home.outbox, "select key from entry")}


def _not_final(home: LedgerHome, keys: set[str]) -> list[str]:
    """Keys of ``keys`` that are not on the chain, or that the chain refused."""
    rows = _query(home.outbox, "select key, block, status from entry")
    return [key for key, block, status in rows if key in keys and (block is None or status != 1)]


def test_readmes_check_runs_as_it_is_written(home: LedgerHome, tmp_path: Path) -> None:
    """The blocks of README.md that need the demo's ledger, one after the other, on the ledger that the demo left.

    README.zh-CN.md has the same blocks (tests/docs/test_languages.py).
    """
    furnish(tmp_path)
    blocks = [block for block in command_blocks(README) if block.run_by == "tests/e2e/test_demo.py"]
    assert "proven: what block" in Desk(tmp_path, home.root).run(blocks)
