"""Real processes for the demo: one validator's node and the API server, started when they do not run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from liveledger.domain.errors import Unavailable
from liveledger.domain.home import LedgerHome
from liveledger.node.binaries import find_engines
from liveledger.node.control import start_detached
from liveledger.node.network import NewNetwork, create_network
from liveledger.node.runstate import running_pid, stop_node
from liveledger_api.runfile import running, stop

START_SECONDS = 90.0
STOP_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Urls:
    """Where the parts listen on loopback."""

    api: str
    execution: str
    consensus: str


def start_node(home: LedgerHome, say: Callable[[str], None]) -> bool:
    """Makes the ledger when there is none and starts its node. Returns whether it was started now."""
    engines = find_engines()
    if not home.network.exists():
        create_network(home, engines, NewNetwork(), say)
    if running_pid(home.node()) is not None:
        return False
    start_detached(home, [0], engines, say)
    return True


def start_api(home: LedgerHome, passphrase_file: Path | None = None) -> tuple[str, bool]:
    """Starts the API server as a process of its own. Returns its URL, and whether it was started now."""
    found = running(home)
    if found is not None:
        return found.url, False
    command = [sys.executable, "-m", "liveledger_cli.main", "api", "start", "--detach", "--json"]
    command += ["--home", str(home.root), "--ledger", home.name]
    command += ["--passphrase-file", str(passphrase_file.absolute())] if passphrase_file else []
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
        check=False,
        env=os.environ,
        stdin=subprocess.DEVNULL,
    )
    if done.returncode != 0:
        raise Unavailable(
            f"the API did not start: {done.stderr.strip()[-400:]}", hint=f"see {home.directory / 'api.log'}"
        )
    return str(json.loads(done.stdout)["url"]), True


def stop_all(home: LedgerHome) -> list[str]:
    """Stops the API and the node; returns what ran."""
    stopped = ["api"] if stop(home, patience=STOP_SECONDS) else []
    if home.network.exists() and stop_node(home.node(), patience=STOP_SECONDS):
        stopped.append("node")
    return stopped


def urls(home: LedgerHome, api: str) -> Urls:
    """Where everything listens."""
    ports = home.node().ports()
    return Urls(api, f"http://127.0.0.1:{ports.execution_http}", f"http://127.0.0.1:{ports.consensus_rpc}")
