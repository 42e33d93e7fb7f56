"""A PostgreSQL server on loopback, re-created in a folder with its own defaults."""

from __future__ import annotations

import contextlib
import os
import pwd
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg

from liveledger.domain.waiting import wait_until
from tests.support.free_port import free_port

USER = "bench"
_STOP_SECONDS = 30.0


def programs() -> Path | None:
    """Folder of PostgreSQL's programs; None where there is no server."""
    found = max(Path("/usr/lib/postgresql").glob("*/bin"), default=None)
    return found if found is not None and (found / "postgres").exists() else None


def require_programs() -> Path:
    """The same. Ends the run when there is none."""
    found = programs()
    if found is None:
        raise SystemExit("PostgreSQL's server is missing: apt-get install postgresql")
    return found


@contextlib.contextmanager
def server(folder: Path) -> Iterator[int]:
    """A PostgreSQL server on loopback with its defaults; gives its port. It refuses to run as root."""
    home, root = folder / "postgres", os.getuid() == 0
    home.mkdir()
    owner = pwd.getpwnam("postgres") if root else pwd.getpwuid(os.getuid())
    become = ["setpriv", f"--reuid={owner.pw_uid}", f"--regid={owner.pw_gid}", "--clear-groups"] if root else []
    if root:
        os.chown(home, owner.pw_uid, owner.pw_gid)
        folder.chmod(0o711)
    port = free_port()
    data = ["-D", str(home / "data")]
    make = [*become, str(require_programs() / "initdb"), *data, "-U", USER, "-A", "trust", "--no-sync"]
    subprocess.run(make, check=True, capture_output=True, cwd=home)
    listen = ["-p", str(port), "-h", "127.0.0.1", "-k", ""]
    serve = [*become, str(require_programs() / "postgres"), *data, *listen]
    with (folder / "postgres.log").open("wb") as log:
        server = subprocess.Popen(serve, cwd=home, stdout=log, stderr=log)
    try:
        _await(port)
        yield port
    finally:
        server.send_signal(signal.SIGINT)  # the fast way: it does not wait for clients
        try:
            server.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _await(port: int) -> None:
    why: Exception = TimeoutError("PostgreSQL does not answer")

    def answers() -> bool:
        nonlocal why
        try:
            psycopg.connect(f"host=127.0.0.1 port={port} user={USER} dbname=postgres").close()
        except psycopg.OperationalError as error:
            why = error
            return False
        return True

    wait_until(answers, 30.0, lambda: why, pause=0.2)
