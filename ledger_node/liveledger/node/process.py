"""A child process that cannot outlive its supervisor, and whose output goes to a log of bounded size."""

from __future__ import annotations

import asyncio
import ctypes
import logging
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import structlog

_PR_SET_PDEATHSIG = 1
_LINE_BYTES = 1024 * 1024
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None

OnLine = Callable[[bytes], None]
log = structlog.get_logger("supervisor")


def _die_with(parent: int) -> Callable[[], None]:
    """For the child, before it becomes the program: the kernel kills it when ``parent`` ends, however that happens."""

    def arrange() -> None:
        if _LIBC is not None:
            _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)

    return arrange


class ChildProcess:
    """One running engine. ``on_line`` sees every line that it writes."""

    def __init__(self, name: str, process: asyncio.subprocess.Process, output: logging.Logger, on_line: OnLine) -> None:
        self.name = name
        self._process = process
        self._output = output
        self._on_line = on_line
        self._reader = asyncio.ensure_future(self._read())

    @classmethod
    async def start(
        cls, name: str, command: Sequence[str], *, cwd: Path, output: logging.Logger, on_line: OnLine
    ) -> ChildProcess:
        """Starts ``command`` in a process group of its own."""
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=cwd,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            limit=_LINE_BYTES,
            start_new_session=True,
            preexec_fn=_die_with(os.getpid()),
        )
        log.info("started", process=name, pid=process.pid)
        return cls(name, process, output, on_line)

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it has not ended yet."""
        return self._process.returncode is None

    async def _read(self) -> None:
        stream = self._process.stdout
        if stream is None:
            return
        while True:
            try:
                line = await stream.readline()
            except ValueError:
                continue  # a line over the limit was dropped; the next one is whole again
            if not line:
                return
            self._output.info("%s", line.rstrip(b"\n").decode(errors="replace"))
            self._on_line(line)

    async def ended(self) -> int:
        """Waits for its end; returns its exit status. Raises what the reading of its output raised."""
        # A reader that failed ends the wait at once: nobody would empty the pipe, and the process would stand still.
        status, _ = await asyncio.gather(self._process.wait(), asyncio.shield(self._reader))
        return status

    async def stop(self, patience: float) -> None:
        """Asks it to end, waits ``patience`` seconds, then kills it."""
        if not self.running:
            return
        self._signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self._process.wait(), patience)
        except TimeoutError:
            log.warning("killed", process=self.name, pid=self.pid, patience=patience)
            self._signal(signal.SIGKILL)
            await self._process.wait()
        log.info("stopped", process=self.name, status=self._process.returncode)

    def _signal(self, number: signal.Signals) -> None:
        try:
            os.killpg(self._process.pid, number)
        except ProcessLookupError:
            log.info("already gone", process=self.name)
