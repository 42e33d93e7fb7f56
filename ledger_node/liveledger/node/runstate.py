"""What a running node tells the commands: a locked pid file, and its phase in ``run/state.json``."""

from __future__ import annotations

import contextlib
import json
import os
import signal
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from liveledger.domain.errors import ConfigurationError
from liveledger.domain.file_locks import is_held, lock_now
from liveledger.domain.home import NodeHome
from liveledger.domain.waiting import comes_true, wait_until

STARTING = "starting"
RUNNING = "running"
RESTARTING = "restarting"
STOPPING = "stopping"
STOPPED = "stopped"
FAILED = "failed"
_LOCK_SECONDS = 0.4
_LOCK_PAUSE_SECONDS = 0.02
# Every pid has one width: a new one replaces an old one by a single write, and no reader sees a part of each.
_PID_WIDTH = 10


@dataclass(frozen=True, slots=True)
class RunState:
    """Phase of a node, why it is in it (empty when all is well), how often the engines were restarted."""

    phase: str
    reason: str = ""
    hint: str = ""
    restarts: int = 0
    since: float = 0.0

    def write(self, node: NodeHome) -> None:
        """Replaces ``run/state.json``."""
        path = node.run / "state.json"
        scratch = path.with_suffix(".new")
        scratch.write_text(json.dumps(asdict(self)) + "\n")
        scratch.replace(path)

    @classmethod
    def read(cls, node: NodeHome) -> RunState:
        """The state last written; ``stopped`` when there is none, or its writer is gone."""
        try:
            state = cls(**json.loads((node.run / "state.json").read_text()))
        except (FileNotFoundError, ValueError, TypeError):
            return cls(STOPPED)
        if running_pid(node) is None and state.phase not in (STOPPED, FAILED):
            return cls(STOPPED, "the node was killed", restarts=state.restarts)
        return state


class NodeLock:
    """The exclusive right to run a node; the kernel frees it when its holder dies."""

    def __init__(self, node: NodeHome) -> None:
        self._path = _pid_path(node)
        self._file: int | None = None

    def __enter__(self) -> NodeLock:
        """Takes the lock. Raises ConfigurationError when the node is running already."""
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
        # Whoever looks whether the node runs holds the lock for an instant: only a lock that stays is a running node.
        wait_until(partial(lock_now, self._file), _LOCK_SECONDS, self._taken, pause=_LOCK_PAUSE_SECONDS)
        line = f"{os.getpid():<{_PID_WIDTH}}\n".encode()
        os.pwrite(self._file, line, 0)
        os.ftruncate(self._file, len(line))
        return self

    def _taken(self) -> ConfigurationError:
        holder = self._path.read_text().strip()
        return ConfigurationError(
            f"the node is running already (pid {holder})", hint="stop it with `liveledger node stop`"
        )

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _pid_path(node: NodeHome) -> Path:
    return node.run / "node.pid"


def running_pid(node: NodeHome) -> int | None:
    """Process id of the supervisor that holds the node's lock; None when nobody does."""
    try:
        with _pid_path(node).open() as file:
            return int(file.read().strip() or 0) or None if is_held(file.fileno()) else None
    except (FileNotFoundError, ValueError):
        return None


def stop_node(node: NodeHome, *, patience: float) -> bool:
    """Asks a running node to stop and waits; kills it after ``patience`` seconds. False when it was not running."""
    pid = running_pid(node)
    if pid is None:
        return False
    for number in (signal.SIGTERM, signal.SIGKILL):
        _signal(node, pid, number)
        if comes_true(lambda: running_pid(node) != pid, patience, pause=0.05):
            return True
    return False


def _signal(node: NodeHome, pid: int, number: signal.Signals) -> None:
    """Signals the holder of the lock, and never a process that got its number after it."""
    # That it is gone by now is what was asked for.
    with contextlib.suppress(ProcessLookupError):
        handle = os.pidfd_open(pid)
        try:
            # Only now is the number pinned to one process: whether that is the holder is asked again.
            if running_pid(node) == pid:
                signal.pidfd_send_signal(handle, number)
        finally:
            os.close(handle)
