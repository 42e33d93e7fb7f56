"""Which API server runs on this machine: its address and process id, in a file that it holds locked."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from liveledger.domain.errors import ConfigurationError
from liveledger.domain.home import LedgerHome
from liveledger.domain.waiting import wait_until

_POLL_SECONDS = 0.05
_LOCK_ATTEMPTS = 20
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
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return Running(**json.load(file))
    except (FileNotFoundError, json.JSONDecodeError):
        return None
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
    for attempt in range(_LOCK_ATTEMPTS):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if attempt == _LOCK_ATTEMPTS - 1:
                raise ConfigurationError(
                    f"the API of the ledger {home.name} runs already", hint="stop it with `liveledger api stop`"
                ) from None
            time.sleep(_LOCK_PAUSE_SECONDS)
        else:
            return


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
