"""Which API server runs on this machine: its address and process id, in a file that it holds locked."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import IO

from liveledger.domain.errors import ConfigurationError
from liveledger.domain.file_locks import is_held, lock_now
from liveledger.domain.home import LedgerHome
from liveledger.domain.waiting import wait_until

_POLL_SECONDS = 0.05
_LOCK_SECONDS = 0.4
_LOCK_PAUSE_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Running:
    """A server that runs: its process and its address."""

    pid: int
    url: str


def run_file(home: LedgerHome) -> Path:
    """The file that a running server holds locked."""
    return home.directory / "api.json"


def running(home: LedgerHome) -> Running | None:
    """The server of this ledger on this machine; None when there is none, even if one left its file behind."""
    try:
        with run_file(home).open() as file:
            return Running(**json.load(file)) if is_held(file.fileno()) else None
    except (FileNotFoundError, json.JSONDecodeError):
        return None


def stop(home: LedgerHome, *, patience: float) -> bool:
    """Stops the running server and waits for its end. Returns False when there was none."""
    found = running(home)
    if found is None:
        return False
    os.kill(found.pid, signal.SIGTERM)
    late = ConfigurationError(
        f"the API (process {found.pid}) did not stop within {patience:g} s", hint=f"end it with kill -9 {found.pid}"
    )
    wait_until(lambda: running(home) is None, patience, lambda: late, pause=_POLL_SECONDS)
    return True


def _lock(file: IO[str], home: LedgerHome) -> None:
    # Whoever looks whether the server runs holds the lock for an instant: only a lock that stays is a running server.
    taken = ConfigurationError(
        f"the API of the ledger {home.name} runs already", hint="stop it with `liveledger api stop`"
    )
    wait_until(partial(lock_now, file.fileno()), _LOCK_SECONDS, lambda: taken, pause=_LOCK_PAUSE_SECONDS)


@contextmanager
def registered(home: LedgerHome, url: str) -> Iterator[None]:
    """Holds the file while the server runs. Raises ConfigurationError when another server of this ledger does."""
    home.directory.mkdir(parents=True, exist_ok=True)
    with run_file(home).open("a+") as file:
        _lock(file, home)
        file.truncate(0)
        json.dump(asdict(Running(os.getpid(), url)), file)
        file.flush()
        yield
        file.truncate(0)
