"""The supervisor outlives the unexpected; what CometBFT says decides how it goes on; the right process is stopped."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from liveledger.consensus.execution import Halt, Restart
from liveledger.domain.home import LedgerHome, NodeHome
from liveledger.node import runstate, stack, supervisor
from liveledger.node.binaries import Engines
from liveledger.node.logs import NodeLogs
from liveledger.node.runstate import NodeLock, RunState
from liveledger.node.supervisor import Supervisor

ENGINES = Engines(Path("/bin/false"), Path("/bin/false"))
LOG = Path("cometbft.log")
FUTURE = b"block time X is too far in the future (wall clock Y + tolerance 1m0s)"
HOLDER = """
import sys, time
from pathlib import Path
from liveledger.domain.home import LedgerHome
from liveledger.node.runstate import NodeLock

with NodeLock(LedgerHome(Path(sys.argv[1])).node()):
    print("held", flush=True)
    time.sleep(600)
"""


def make(tmp_path: Path) -> Supervisor:
    home = LedgerHome(tmp_path)
    return Supervisor(home, 0, ENGINES, NodeLogs(home.node()))


class Failing:
    """Stands for three processes of which one fails with ``error``."""

    error: Exception = OSError(28, "No space left on device")

    def __init__(self, *_: Any, **__: Any) -> None:
        self.stopped = False

    async def start(self) -> None:
        raise self.error

    async def stop(self) -> None:
        self.stopped = True


@pytest.mark.parametrize("error", [OSError(28, "No space left"), KeyError("hash"), TypeError("None")])
def test_what_nobody_expected_leads_to_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    monkeypatch.setattr(supervisor, "NodeStack", Failing)
    monkeypatch.setattr(Failing, "error", error)

    async def go() -> Any:
        return await make(tmp_path)._attempt()

    reason = asyncio.run(go())
    assert isinstance(reason, Restart)
    assert repr(error) in reason.message


def test_a_phase_that_cannot_be_written_is_survived(tmp_path: Path) -> None:
    made = make(tmp_path)
    node = LedgerHome(tmp_path).node()
    (node.run / "state.new").mkdir(parents=True)
    made._write(runstate.RUNNING)
    assert RunState.read(node).phase == runstate.STOPPED


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (b'{"_msg":"CONSENSUS FAILURE!!!","err":"+2/3 committed an invalid block: ' + FUTURE + b'"}', Halt),
        (b'{"_msg":"Error in validation","err":"' + FUTURE + b'"}', Halt),
        (b'{"_msg":"prevote step: consensus deems this block invalid; prevoting nil","err":"' + FUTURE + b'"}', None),
        (b'{"_msg":"CONSENSUS FAILURE!!!","err":"something else"}', Restart),
        (b"error on replay: app block height (9) is higher than core (5)", Halt),
        (b"error on replay: app block height (1) is too far below block store base (5)", Halt),
        (b'{"_msg":"finalized block"}', None),
    ],
)
def test_what_cometbft_says_is_understood(line: bytes, kind: type | None) -> None:
    reason = stack._meaning(line, LOG)
    assert reason is None if kind is None else type(reason) is kind
    if reason is not None:
        assert reason.hint


def test_the_pid_file_is_never_half_written(tmp_path: Path) -> None:
    node = LedgerHome(tmp_path).node()
    node.run.mkdir(parents=True)
    (node.run / "node.pid").write_text("4194303 and more of an older format\n")
    with NodeLock(node):
        assert runstate.running_pid(node) == os.getpid()
        assert (node.run / "node.pid").read_bytes() == f"{os.getpid():<10}\n".encode()
    assert runstate.running_pid(node) is None


def hold(root: Path) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", HOLDER, str(root)], stdout=subprocess.PIPE, text=True)


def test_only_the_holder_of_the_lock_is_stopped(tmp_path: Path) -> None:
    node: NodeHome = LedgerHome(tmp_path).node()
    assert not runstate.stop_node(node, patience=1)
    with subprocess.Popen(["sleep", "600"]) as bystander, hold(tmp_path) as holder:
        try:
            assert holder.stdout is not None
            assert holder.stdout.readline() == "held\n"
            runstate._signal(node, bystander.pid, signal.SIGKILL)
            assert bystander.poll() is None
            assert runstate.stop_node(node, patience=20)
            assert holder.wait() == -signal.SIGTERM
            runstate._signal(node, holder.pid, signal.SIGKILL)
        finally:
            bystander.kill()
            holder.kill()
