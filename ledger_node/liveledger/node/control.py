"""What the commands do with nodes: run one, start some in the background, look at them from outside."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import httpx

from liveledger.domain.errors import Unavailable
from liveledger.domain.home import LedgerHome, NodePorts
from liveledger.domain.waiting import wait_until
from liveledger.node import remote_signer, runstate
from liveledger.node.binaries import Engines
from liveledger.node.hash_keeper import ACCOUNT_VARIABLE, USUAL_ACCOUNT
from liveledger.node.logs import SUPERVISOR, NodeLogs, console_log
from liveledger.node.network import Network, node_settings
from liveledger.node.permissions import check_permissions
from liveledger.node.ports import HOST, check_free
from liveledger.node.retirement import require_in_service
from liveledger.node.runstate import NodeLock, RunState
from liveledger.node.supervisor import Supervisor, run_supervisor

START_SECONDS = 180.0
_POLL_SECONDS = 0.1
_ASK_SECONDS = 2.0


def run_node(home: LedgerHome, index: int, engines: Engines) -> None:
    """Runs a node until it is told to stop.

    Raises ConfigurationError when it runs already, a port is in use, it was never initialised or handed over to another
    home, or others can reach its secrets; Halt when it had to stop for good.
    """
    ports = _known_node(home, index)
    require_in_service(home.node(index))
    with NodeLock(home.node(index)):
        _check_secrets(home, index)
        check_free(ports, home.node(index).listen())
        logs = NodeLogs(home.node(index))
        logs.configure()
        # Sockets are named relative to this folder: the path of a unix socket may have no more than 107 bytes.
        os.chdir(home.node(index).run)
        account = os.environ.get(ACCOUNT_VARIABLE) or USUAL_ACCOUNT
        run_supervisor(lambda: Supervisor(home, index, engines, logs, account))


def _check_secrets(home: LedgerHome, index: int) -> None:
    check_permissions(home, index, remote_signer=remote_signer.address_of(node_settings(home, index)) is not None)


def _known_node(home: LedgerHome, index: int) -> NodePorts:
    Network.load(home).member(index)
    return home.node(index).ports()


def start_detached(home: LedgerHome, nodes: Sequence[int], engines: Engines, say: Callable[[str], None]) -> None:
    """Starts nodes in the background and waits until each has a block. Raises Unavailable, naming the reason."""
    started = {}
    for index in nodes:
        ports = _known_node(home, index)
        require_in_service(home.node(index))
        if runstate.running_pid(home.node(index)):
            say(f"node {index} is running already")
            continue
        _check_secrets(home, index)
        check_free(ports, home.node(index).listen())
        started[index] = _spawn(home, index, engines)
    for index, process in started.items():
        _await_lock(home, index, process)
    give_up = time.monotonic() + START_SECONDS
    for index in nodes:
        if not _has_block(home, index, give_up):
            if index in started:
                raise _failed_start(home, index)
            # It was on its way out when it was looked at: a killed node keeps its lock until its last thread is gone.
            _await_end(home, index, give_up)
            check_free(_known_node(home, index), home.node(index).listen())
            _await_lock(home, index, _spawn(home, index, engines))
            if not _has_block(home, index, give_up):
                raise _failed_start(home, index)
        say(f"node {index} is running")


def _spawn(home: LedgerHome, index: int, engines: Engines) -> subprocess.Popen[bytes]:
    node = home.node(index)
    # What an earlier run left behind must not be taken for this one's failure.
    RunState(runstate.STARTING, since=time.time()).write(node)
    command = [sys.executable, "-m", "liveledger.node", str(home.root), home.name, str(index)]
    node.logs.mkdir(parents=True, exist_ok=True)
    environment = os.environ | {"LIVELEDGER_ENGINE_DIR": str(engines.geth.parent)}
    with console_log(node.logs).open("ab") as console:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=console,
            stderr=console,
            start_new_session=True,
            env=environment,
        )


def _await_end(home: LedgerHome, index: int, give_up: float) -> None:
    node = home.node(index)

    def late() -> Exception:
        return _start_failure(home, index, f"process {runstate.running_pid(node)} keeps its lock")

    left = give_up - time.monotonic()
    wait_until(lambda: runstate.running_pid(node) is None, left, late, pause=_POLL_SECONDS)


def _await_lock(home: LedgerHome, index: int, process: subprocess.Popen[bytes]) -> None:
    def holds() -> bool:
        if process.poll() is not None:
            raise _start_failure(home, index, f"it ended with {process.returncode}")
        return runstate.running_pid(home.node(index)) == process.pid

    def late() -> Exception:
        return _start_failure(home, index, f"its process {process.pid} did not take its lock")

    wait_until(holds, START_SECONDS, late, pause=_POLL_SECONDS)


def _has_block(home: LedgerHome, index: int, give_up: float) -> bool:
    """Waits for a node's first block; False when the node ended. Raises Unavailable at ``give_up``."""
    ports = home.node(index).ports()

    def came_of_it() -> str | None:
        phase = RunState.read(home.node(index)).phase
        if phase == runstate.RUNNING and (consensus_status(ports) or {}).get("height", 0) == 0:
            return None
        return phase if phase in (runstate.RUNNING, runstate.FAILED, runstate.STOPPED) else None

    def late() -> Exception:
        state = RunState.read(home.node(index))
        waits = "it runs on and waits for the others: blocks need over two thirds of the power; see `node status`"
        hint = state.hint or (waits if state.phase == runstate.RUNNING else "")
        reason = f"no block after {START_SECONDS:.0f} s ({state.phase} {state.reason})"
        return _start_failure(home, index, reason, hint)

    return wait_until(came_of_it, give_up - time.monotonic(), late, pause=_POLL_SECONDS) == runstate.RUNNING


def _failed_start(home: LedgerHome, index: int) -> Unavailable:
    state = RunState.read(home.node(index))
    return _start_failure(home, index, state.reason, state.hint)


def _start_failure(home: LedgerHome, index: int, reason: str, hint: str = "") -> Unavailable:
    logs = home.node(index).logs
    return Unavailable(
        f"node {index} did not start: {reason or _last_words(logs)}", hint=hint or f"see {logs / SUPERVISOR}.log"
    )


def _last_words(logs: Path) -> str:
    console = logs / "console.log"
    lines = console.read_text(errors="replace").splitlines() if console.exists() else []
    return lines[-1] if lines else "it said nothing"


def consensus_status(ports: NodePorts) -> dict[str, Any] | None:
    """Height, block time, peers, version and catching-up flag by CometBFT's RPC; None when it does not answer."""
    try:
        base = f"http://{HOST}:{ports.consensus_rpc}"
        with httpx.Client(timeout=_ASK_SECONDS, trust_env=False) as http:
            status = http.get(f"{base}/status").json()["result"]
            peers = int(http.get(f"{base}/net_info").json()["result"]["n_peers"])
    except (httpx.HTTPError, KeyError, ValueError):
        return None
    sync = status["sync_info"]
    return {
        "height": int(sync["latest_block_height"]),
        "block_time": sync["latest_block_time"],
        "app_hash": sync["latest_app_hash"],
        "catching_up": bool(sync["catching_up"]),
        "power": int(status["validator_info"]["voting_power"]),
        "rules_version": status["node_info"]["protocol_version"]["app"],
        "peers": peers,
    }


@dataclass(frozen=True, slots=True)
class NodeReport:
    """One node from outside; what CometBFT would say is None while it does not answer."""

    node: int
    phase: str
    reason: str
    restarts: int
    pid: int | None
    execution_url: str
    consensus_url: str
    consensus: dict[str, Any] | None

    def as_dict(self) -> dict[str, Any]:
        """Plain data for ``--json``."""
        return asdict(self)

    def line(self) -> str:
        """One line for a terminal."""
        seen = self.consensus
        facts = f"height {seen['height']}, power {seen['power']}, {seen['peers']} peer(s)" if seen else self.reason
        return f"node {self.node}: {self.phase}  {facts}  {self.execution_url}  {self.consensus_url}"


def node_report(home: LedgerHome, index: int) -> NodeReport:
    """Looks at one node from outside. Raises ConfigurationError when there is no such node."""
    ports = _known_node(home, index)
    state = RunState.read(home.node(index))
    return NodeReport(
        node=index,
        phase=state.phase,
        reason=state.reason,
        restarts=state.restarts,
        pid=runstate.running_pid(home.node(index)),
        execution_url=f"http://{HOST}:{ports.execution_http}",
        consensus_url=f"http://{HOST}:{ports.consensus_rpc}",
        consensus=consensus_status(ports),
    )
