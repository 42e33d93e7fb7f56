"""Nodes of a network that run another entry point than the product's, or have their files changed under them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from liveledger.domain.home import NodeHome
from liveledger.node import runstate
from liveledger.node.ports import check_free
from liveledger.node.runstate import RunState
from tests.support.network import RunningNetwork, eventually

ROOT = Path(__file__).resolve().parents[2]
DISHONEST = "tests.simulators.dishonest_bridge"
FORGETFUL = "tests.simulators.forgetful_bridge"
TALKATIVE = "tests.simulators.talkative_bridge"


def start_variant(net: RunningNetwork, node: int, module: str, *arguments: str, wait: bool = True) -> None:
    """Starts a node through ``python -m module ROOT LEDGER NODE …`` and waits until it follows the chain."""
    home = net.home.node(node)
    RunState(runstate.STARTING).write(home)
    check_free(home.ports())
    command = [sys.executable, "-m", module, str(net.home.root), net.home.name, str(node), *arguments]
    with (home.logs / "console.log").open("ab") as console:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=console, stderr=console, start_new_session=True, cwd=ROOT
        )
    eventually("the lock of the node", lambda: runstate.running_pid(home) == process.pid)
    if wait:
        others = [other for other in range(net.size) if other != node]
        net.wait_height(max(net.height(other) for other in others), node)


def metric(net: RunningNetwork, node: int, name: str, **labels: str) -> float:
    """A value of the node's own metrics; 0 when it is not there."""
    text = net.http.get(f"http://127.0.0.1:{net.home.node(node).ports().node_metrics}/metrics").text
    wanted = "{" + ",".join(f'{key}="{value}"' for key, value in labels.items()) + "}" if labels else ""
    found = re.search(rf"^{re.escape(name + wanted)} (\S+)$", text, re.MULTILINE)
    return float(found.group(1)) if found else 0.0


def events(home: NodeHome, event: str) -> list[dict[str, Any]]:
    """Lines of a node's log that tell ``event``; one that a full disk cut off is left out."""
    lines = (home.logs / "node.log").read_text().splitlines()
    whole = [line for line in lines if event in line and line.startswith("{") and line.endswith("}")]
    return [entry for line in whole if (entry := json.loads(line))["event"] == event]
