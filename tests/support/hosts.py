"""Hosts for tests: a network namespace each, with an address of its own, and a home in which the product's CLI runs.

    with lan(tmp_path, 4) as net:
        net.host(1).cli("node", "card", "--host", net.host(1).address, "--out", "card.json")
        net.cut_middle(); net.heal()            # hosts 1 and 2 on one side, the rest on the other

Two switches (bridges in a namespace of their own) are joined by one link; host 1 and 2 hang on the left one, all others
on the right one. A partition takes links down, as a pulled cable does. Nothing of the machine's own network is touched.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest

from liveledger.domain.home import LedgerHome
from liveledger.node import runstate
from tests.support.network import eventually

PROGRAM = Path(sys.executable).with_name("liveledger")
NETWORK = "10.77.0"
CLI_SECONDS = 200
_STOP_SECONDS = 30.0
_NEW_NETWORK = 0x40000000  # CLONE_NEWNET
T = TypeVar("T")


def ip(*arguments: str) -> None:
    """Runs ``ip``; fails with what it says."""
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"ip {' '.join(arguments)}: {done.stderr}"


def require_namespaces() -> None:
    """Skips the test, and says why, where this machine makes no network namespaces with bridges."""
    if shutil.which("ip") is None:
        pytest.skip("there is no `ip`: install iproute2")
    name = f"ll-try-{os.getpid()}"
    script = f"ip netns add {name} && ip -n {name} link add br0 type bridge && ip netns exec {name} true"
    tried = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=False)
    subprocess.run(["ip", "netns", "delete", name], capture_output=True, check=False)
    if tried.returncode != 0:
        pytest.skip(f"no network namespaces can be made here (root and a kernel with them): {tried.stderr.strip()}")


@dataclass
class Host:
    """One host: ``namespace`` with ``address``, ledgers below ``root``; its CLI's working folder is ``root`` too."""

    namespace: str
    address: str
    root: Path
    inside: ThreadPoolExecutor = field(init=False)
    http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=10, trust_env=False))

    def __post_init__(self) -> None:
        """Gives the host a thread whose sockets are the host's."""
        self.inside = ThreadPoolExecutor(1, initializer=_enter, initargs=(self.namespace,))

    @property
    def home(self) -> LedgerHome:
        """The host's one ledger."""
        return LedgerHome(self.root)

    def command(self, *arguments: str) -> list[str]:
        """The product's command line on this host."""
        return ["ip", "netns", "exec", self.namespace, str(PROGRAM), *arguments]

    def try_cli(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs ``liveledger`` on this host."""
        with self.start_cli(*arguments) as process:
            out, err = process.communicate(timeout=CLI_SECONDS)
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)

    def start_cli(self, *arguments: str) -> subprocess.Popen[str]:
        """Starts ``liveledger`` on this host without waiting for its end."""
        environment = os.environ | {"LIVELEDGER_HOME": str(self.root)}
        return subprocess.Popen(
            self.command(*arguments),
            cwd=self.root,
            env=environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def cli(self, *arguments: str) -> Any:
        """What ``liveledger … --json`` prints on this host; fails with its message."""
        return everywhere([self], lambda _: arguments)[0]

    def do(self, act: Callable[[], T]) -> T:
        """Calls ``act`` with the host's network."""
        return self.inside.submit(act).result()

    def comet(self, path: str) -> Any:
        """The result of a request to the host's CometBFT; None while it has no answer."""
        url = f"http://127.0.0.1:{self.home.node().ports().consensus_rpc}/{path}"
        try:
            return self.do(lambda: self.http.get(url)).json().get("result")
        except (httpx.HTTPError, ValueError):
            return None

    def rpc(self, method: str, *params: Any) -> Any:
        """The result of a request to the host's geth."""
        url = f"http://127.0.0.1:{self.home.node().ports().execution_http}"
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        answer = self.do(lambda: self.http.post(url, json=body)).json()
        assert "error" not in answer, answer
        return answer["result"]

    def height(self) -> int:
        """Newest height by CometBFT; 0 while it does not answer."""
        status = self.comet("status")
        return int(status["sync_info"]["latest_block_height"]) if status else 0

    def wait_height(self, height: int) -> None:
        """Waits until the host's node is at ``height``."""
        eventually(f"height {height} on {self.namespace}", lambda: self.height() >= height)

    def app_hash(self, height: int) -> str:
        """App hash in the header of ``height``."""
        return str(self.comet(f"header?height={height}")["header"]["app_hash"]).lower()

    def log(self) -> str:
        """What the node's supervisor and bridge logged."""
        path = self.home.node().logs / "node.log"
        return path.read_text() if path.exists() else ""


def everywhere(hosts: list[Host], arguments: Callable[[Host], Sequence[str]]) -> list[Any]:
    """Runs ``liveledger … --json`` on several hosts at once; what each prints. Fails with the message of one."""
    running = [host.start_cli(*arguments(host), "--json") for host in hosts]
    ended = [(process.communicate(timeout=CLI_SECONDS), process.returncode) for process in running]
    for (out, err), code in ended:
        assert code == 0, out + err
    return [json.loads(out) for (out, _), _ in ended]


@dataclass
class Lan:
    """All hosts, and the cables between them."""

    prefix: str
    hosts: list[Host]

    @property
    def switch(self) -> str:
        """The namespace of both switches."""
        return f"{self.prefix}-switch"

    def host(self, number: int) -> Host:
        """Host number 1, 2, …"""
        return self.hosts[number - 1]

    def cut_middle(self) -> None:
        """Takes the link between the switches down."""
        ip("-n", self.switch, "link", "set", "middle", "down")

    def cut(self, number: int) -> None:
        """Takes the cable of one host down."""
        ip("-n", self.switch, "link", "set", f"port{number}", "down")

    def heal(self) -> None:
        """Takes all links up."""
        for link in ("middle", *(f"port{number + 1}" for number in range(len(self.hosts)))):
            ip("-n", self.switch, "link", "set", link, "up")


@contextlib.contextmanager
def lan(folder: Path, count: int) -> Iterator[Lan]:
    """``count`` hosts at 10.77.0.1, .2, …; their nodes are stopped and their namespaces removed at the end."""
    require_namespaces()
    prefix = f"ll-{os.getpid()}"
    hosts = [Host(f"{prefix}-h{n}", f"{NETWORK}.{n}", folder / f"host{n}") for n in range(1, count + 1)]
    net = Lan(prefix, hosts)
    try:
        _build(net)
        yield net
    finally:
        for host in hosts:
            runstate.stop_node(host.home.node(), patience=_STOP_SECONDS)
            host.inside.shutdown()
            host.http.close()
        for name in (*(host.namespace for host in hosts), net.switch):
            subprocess.run(["ip", "netns", "delete", name], capture_output=True, check=False)


def _build(net: Lan) -> None:
    ip("netns", "add", net.switch)
    for bridge in ("left", "right"):
        ip("-n", net.switch, "link", "add", bridge, "type", "bridge")
        ip("-n", net.switch, "link", "set", bridge, "up")
    ip("-n", net.switch, "link", "add", "middle", "type", "veth", "peer", "name", "middle2")
    for end, bridge in (("middle", "left"), ("middle2", "right")):
        ip("-n", net.switch, "link", "set", end, "master", bridge, "up")
    for number, host in enumerate(net.hosts, 1):
        host.root.mkdir(parents=True)
        ip("netns", "add", host.namespace)
        port, bridge = f"port{number}", "left" if number <= 2 else "right"
        ip(
            *("link", "add", "eth0", "netns", host.namespace, "type", "veth"),
            *("peer", "name", port, "netns", net.switch),
        )
        ip("-n", net.switch, "link", "set", port, "master", bridge, "up")
        ip("-n", host.namespace, "address", "add", f"{host.address}/24", "dev", "eth0")
        for link in ("lo", "eth0"):
            ip("-n", host.namespace, "link", "set", link, "up")


def _enter(namespace: str) -> None:
    """Moves this thread, and no other, into a network namespace."""
    handle = os.open(f"/run/netns/{namespace}", os.O_RDONLY)
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.setns(handle, _NEW_NETWORK) != 0:
            raise OSError(ctypes.get_errno(), f"cannot enter {namespace}")
    finally:
        os.close(handle)
