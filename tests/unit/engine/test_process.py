"""Children: stopped, killed when they do not listen, and gone when their supervisor is killed."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from liveledger.domain.waiting import comes_true
from liveledger.node.process import ChildProcess
from tests.support.network import alive

SUPERVISOR = """
import asyncio, logging, sys
from pathlib import Path
from liveledger.node.process import ChildProcess

async def main():
    output = logging.Logger("child")
    child = await ChildProcess.start("sleep", ["sleep", "600"], cwd=Path("."), output=output, on_line=print)
    print(child.pid, file=sys.stderr, flush=True)
    await child.ended()

asyncio.run(main())
"""


async def start(folder: Path, script: str, lines: list[bytes]) -> ChildProcess:
    return await ChildProcess.start(
        "sh", ["sh", "-c", script], cwd=folder, output=logging.Logger("child"), on_line=lines.append
    )


def test_output_and_status_are_seen(tmp_path: Path) -> None:
    async def go() -> tuple[int, list[bytes]]:
        lines: list[bytes] = []
        child = await start(tmp_path, "echo one; pwd >&2; exit 3", lines)
        return await child.ended(), lines

    status, lines = asyncio.run(go())
    assert status == 3
    assert lines == [b"one\n", f"{tmp_path}\n".encode()]


def test_a_line_over_the_limit_does_not_end_the_log(tmp_path: Path) -> None:
    async def go() -> list[bytes]:
        lines: list[bytes] = []
        child = await start(tmp_path, "head -c 3000000 /dev/zero | tr '\\0' x; echo; echo last", lines)
        await child.ended()
        return lines

    assert asyncio.run(go())[-1].endswith(b"last\n")


@pytest.mark.parametrize(
    ("script", "status"),
    [
        ("echo ready; exec sleep 600", -signal.SIGTERM),
        ("trap '' TERM; echo ready; sleep 600 & wait; wait", -signal.SIGKILL),
    ],
)
def test_stop_ends_with_a_kill_when_it_must(tmp_path: Path, script: str, status: int) -> None:
    async def go() -> int:
        lines: list[bytes] = []
        child = await start(tmp_path, script, lines)
        async with asyncio.timeout(30):
            while lines != [b"ready\n"]:
                await asyncio.sleep(0.01)
        await child.stop(0.5)
        assert not child.running
        return await child.ended()

    assert asyncio.run(go()) == status


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's parent-death signal is Linux's")
def test_a_killed_supervisor_leaves_no_orphan() -> None:
    command = [sys.executable, "-c", SUPERVISOR]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as supervisor:
        assert supervisor.stderr is not None
        child = int(supervisor.stderr.readline())
        assert alive(child)
        os.kill(supervisor.pid, signal.SIGKILL)
    assert comes_true(lambda: not alive(child), 20.0, pause=0.05)
