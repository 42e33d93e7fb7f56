"""What a running node tells the commands: a locked pid file, and its phase in ``run/state.json``."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from liveledger.domain.errors import ConfigurationError
from liveledger.domain.home import NodeHome

STARTING = "starting"
RUNNING = "running"
RESTARTING = "restarting"
STOPPING = "stopping"
STOPPED = "stopped"
FAILED = "failed"
_LOCK_ATTEMPTS = 20
_LOCK_PAUSE_SECONDS = 0.02


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
        self._file: IO[str] | None = None

    def __enter__(self) -> NodeLock:
        """Takes the lock. Raises ConfigurationError when the node is running already."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._path.open("a+")
        # Whoever looks whether the node runs holds the lock for an instant: only a lock that stays is a running node.
        for attempt in range(_LOCK_ATTEMPTS):
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if attempt == _LOCK_ATTEMPTS - 1:
                    raise self._taken() from None
                time.sleep(_LOCK_PAUSE_SECONDS)
        self._file.truncate(0)
        self._file.write(f"{os.getpid()}\n")
        self._file.flush()
        return self

    def _taken(self) -> ConfigurationError:
        holder = self._path.read_text().strip()
        return ConfigurationError(
            f"the node is running already (pid {holder})", hint="stop it with `liveledger node stop`"
        )

    def __exit__(self, *_: object) -> None:
        if self._file:
            self._file.close()


def _pid_path(node: NodeHome) -> Path:
    return node.run / "node.pid"


def running_pid(node: NodeHome) -> int | None:
    """Process id of the supervisor that holds the node's lock; None when nobody does."""
    try:
        with _pid_path(node).open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return int(file.read().strip() or 0) or None
    except (FileNotFoundError, ValueError):
        return None
    return None


def stop_node(node: NodeHome, *, patience: float) -> bool:
    """Asks a running node to stop and waits; kills it after ``patience`` seconds. False when it was not running."""
    pid = running_pid(node)
    if pid is None:
        return False
    os.kill(pid, signal.SIGTERM)
    for number in (None, signal.SIGKILL):
        if number is not None:
            os.kill(pid, number)
        give_up = time.monotonic() + patience
        while time.monotonic() < give_up:
            if running_pid(node) != pid:
                return True
            time.sleep(0.05)
    return False
