"""Real ledgers on loopback for tests: the product's own commands, a folder of their own, nothing left behind.

    with running_network(tmp_path, validators=4) as net:
        net.wait_height(net.height() + 2)
        receipt = net.send(to=b"…", data=b"…")      # by the administrator
        net.kill(1); net.start(1)
        assert len(set(net.app_hashes(5))) == 1

`running_network` yields a `RunningNetwork`; `.home` is its LedgerHome, `.rpc(method, *params)` asks geth and
`.comet(path)` CometBFT of a node. Mark such tests with `pytest.mark.network` (or `e2e`).
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from eth_account import Account
from eth_account.signers.local import LocalAccount

from liveledger.chain.rpc.connection import connect
from liveledger.domain.hashing import hex_bytes
from liveledger.domain.home import LedgerHome
from liveledger.domain.keys import load_key
from liveledger.domain.waiting import wait_until
from liveledger.node import runstate
from liveledger.node.binaries import Engines, find_engines
from liveledger.node.cometbft import Pace
from liveledger.node.control import start_detached
from liveledger.node.genesis import validator_address
from liveledger.node.geth import ARCHIVE, COMPACT, ask_to_start_over
from liveledger.node.network import ADMINISTRATOR, Network, NewNetwork, create_network
from liveledger.node.settings import change_settings

WAIT_SECONDS = 120.0
MAX_GAS = 1 << 24
_FEE_WEI = 10**9
_STOP_SECONDS = 60.0
# Blocks come once a second, and each look takes a request.
_PAUSE_SECONDS = 0.2


def eventually(what: str, true: Callable[[], bool], seconds: float = WAIT_SECONDS) -> None:
    """Waits until ``true()``; fails with ``what`` after ``seconds``."""
    late = AssertionError(f"{what} did not happen within {seconds:.0f} s")
    wait_until(true, seconds, lambda: late, pause=_PAUSE_SECONDS)


def children(pid: int) -> dict[str, int]:
    """Name and process id of the child processes of ``pid``."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            head, _, tail = stat.read_text().rpartition(")")
            if int(tail.split()[1]) == pid and tail.split()[0] != "Z":
                found[head.partition("(")[2]] = int(stat.parent.name)
    return found


@dataclass
class RunningNetwork:
    """A ledger whose nodes run in the background."""

    home: LedgerHome
    engines: Engines
    network: Network
    http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=20, trust_env=False))

    @property
    def administrator(self) -> LocalAccount:
        """The ledger's administrator."""
        account: LocalAccount = Account.from_key(load_key(self.home.keys, ADMINISTRATOR))
        return account

    @property
    def size(self) -> int:
        """Number of nodes."""
        return len(self.network.nodes)

    def try_rpc(self, method: str, *params: Any, node: int = 0) -> dict[str, Any]:
        """The whole JSON-RPC answer of a node's geth."""
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        url = f"http://127.0.0.1:{self.home.node(node).ports().execution_http}"
        return dict(self.http.post(url, json=body).json())

    def rpc(self, method: str, *params: Any, node: int = 0) -> Any:
        """The result of a JSON-RPC call to a node's geth."""
        answer = self.try_rpc(method, *params, node=node)
        assert "error" not in answer, answer
        return answer["result"]

    def comet(self, path: str, *, node: int = 0) -> Any:
        """The result of a request to a node's CometBFT. Raises ValueError when it answers with an error."""
        answer = self.http.get(f"http://127.0.0.1:{self.home.node(node).ports().consensus_rpc}/{path}").json()
        if "error" in answer:
            raise ValueError(answer["error"])
        return answer["result"]

    def height(self, node: int = 0) -> int:
        """Newest height by CometBFT; 0 while it does not answer, or is ending and has closed its databases."""
        try:
            return int(self.comet("status", node=node)["sync_info"]["latest_block_height"])
        except (httpx.HTTPError, ValueError):
            return 0

    def peers(self, node: int = 0) -> int:
        """How many peers a node's CometBFT counts."""
        return int(self.comet("net_info", node=node)["n_peers"])

    def wait_height(self, height: int, node: int = 0, seconds: float = WAIT_SECONDS) -> None:
        """Waits until a node is at ``height``."""
        eventually(f"height {height} on node {node}", lambda: self.height(node) >= height, seconds)

    def wait_blocks(self, blocks: int, node: int = 0) -> None:
        """Waits for more blocks on a node."""
        self.wait_height(self.height(node) + blocks, node)

    def app_hash(self, height: int, node: int = 0) -> str:
        """Hash of the execution block ``height`` as the header of ``height + 1`` on a node has it."""
        header = self.comet(f"header?height={height + 1}", node=node)["header"]
        return "0x" + str(header["app_hash"]).lower()

    def block_hash(self, height: int, node: int = 0) -> str:
        """Hash of the execution block on a node's geth."""
        return str(self.rpc("eth_getBlockByNumber", hex(height), False, node=node)["hash"])

    def sign(self, *, to: bytes | None, data: bytes = b"", value: int = 0, **rest: Any) -> bytes:
        """A signed transaction of the administrator with its next nonce, unless ``rest`` says otherwise."""
        account = rest.pop("account", self.administrator)
        fields = {
            "chainId": self.network.evm_chain_id,
            "nonce": int(self.rpc("eth_getTransactionCount", account.address, "pending"), 16),
            "gas": MAX_GAS,
            "maxFeePerGas": _FEE_WEI,
            "maxPriorityFeePerGas": 1,
            "value": value,
            "data": data,
            "type": 2,
        }
        target = {"to": to} if to is not None else {}
        return bytes(account.sign_transaction(fields | target | rest).raw_transaction)

    def submit(self, raw: bytes, node: int = 0) -> str:
        """Hands a signed transaction to a node; returns its hash."""
        return str(self.rpc("eth_sendRawTransaction", hex_bytes(raw), node=node))

    def receipt(self, tx_hash: str, node: int = 0) -> dict[str, Any]:
        """Waits for a transaction's receipt."""
        found: list[dict[str, Any]] = []

        def there() -> bool:
            # An error means that geth still indexes its transactions, right after its start.
            answer = self.try_rpc("eth_getTransactionReceipt", tx_hash, node=node).get("result")
            found.extend([answer] if answer else [])
            return bool(found)

        eventually(f"receipt of {tx_hash}", there)
        return found[0]

    def send(self, *, to: bytes | None, data: bytes = b"", value: int = 0, **rest: Any) -> dict[str, Any]:
        """Signs, submits and waits; returns the receipt."""
        return self.receipt(self.submit(self.sign(to=to, data=data, value=value, **rest)))

    def pid(self, node: int = 0) -> int:
        """Process id of a node's supervisor."""
        pid = runstate.running_pid(self.home.node(node))
        assert pid is not None, f"node {node} does not run"
        return pid

    def kill(self, node: int = 0, *, process: str | None = None) -> None:
        """Kills (−9) a node's supervisor with its engines, or only its ``geth`` or ``cometbft``."""
        supervisor = self.pid(node)
        family = children(supervisor)
        victims = [family[process]] if process else [supervisor, *family.values()]
        for pid in victims:
            # The kernel may have killed the engines with their supervisor already.
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if process is None:
            eventually("the end of the killed node", lambda: not any(alive(pid) for pid in victims))

    def start(self, *nodes: int) -> None:
        """Starts nodes (all when none is named) in the background."""
        start_detached(self.home, nodes or range(self.size), self.engines, lambda _: None)

    def stop(self, *nodes: int) -> None:
        """Stops nodes (all when none is named)."""
        for node in nodes or range(self.size):
            runstate.stop_node(self.home.node(node), patience=_STOP_SECONDS)


def assert_one_chain(net: RunningNetwork, nodes: Iterable[int], top: int) -> None:
    """At every height up to ``top`` nodes have the same header, and the same execution block as the next one says."""
    tellings = [told_by(net, node, top) for node in nodes]
    for height in range(1, top + 1):
        assert len({told[height] for told in tellings}) == 1, f"height {height}: {[told[height] for told in tellings]}"


def told_by(net: RunningNetwork, node: int, top: int) -> dict[int, tuple[str, str]]:
    """Each height's header and the hash of its execution block, on a node."""
    connection, found = connect(net.home, node=node), {}
    try:
        headers = connection.comet.headers(1, top + 1)
        for start in range(1, top + 1, 500):
            for block in connection.execution.blocks(start, min(start + 499, top)):
                app_hash = "0x" + str(headers[block.number + 1]["app_hash"]).lower()
                assert app_hash == hex_bytes(block.hash)
                found[block.number] = (json.dumps(headers[block.number], sort_keys=True), app_hash)
    finally:
        connection.close()
    return found


def proposed(net: RunningNetwork, key: bytes, since: int) -> bool:
    """Whether a block from ``since`` on was proposed by the validator with this key."""
    address = validator_address(key).hex().upper()
    headers = (net.comet(f"header?height={height}")["header"] for height in range(since, net.height()))
    return any(header["proposer_address"] == address for header in headers)


def connected(net: RunningNetwork, node: int, node_id: str) -> bool:
    """Whether a node's CometBFT has ``node_id`` as a peer, or does not answer at the moment."""
    try:
        return node_id in {peer["node_info"]["id"] for peer in net.comet("net_info", node=node)["peers"]}
    except httpx.HTTPError:
        return True


def powers(net: RunningNetwork, node: int = 0) -> dict[str, int]:
    rows = net.comet("validators?per_page=100", node=node)["validators"]
    return {row["address"]: int(row["voting_power"]) for row in rows}


def alive(pid: int) -> bool:
    """Whether a process runs (one that only waits to be reaped does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@contextlib.contextmanager
def running_network(
    folder: Path,
    *,
    validators: int = 1,
    profile: str = ARCHIVE,
    pace: Pace | None = None,
    name: str = "test",
    compact: Iterable[int] = (),
) -> Iterator[RunningNetwork]:
    """Creates a ledger below ``folder``, starts all its nodes, and stops them at the end; some may be ``compact``."""
    home = LedgerHome(folder.absolute(), name)
    engines = find_engines()
    plan = NewNetwork(validators, profile, pace=pace or Pace())
    network = create_network(home, engines, plan, lambda _: None)
    for node in map(home.node, compact):
        change_settings(node, {"profile": COMPACT})
        ask_to_start_over(node.geth)  # the state is kept in another scheme
    running = RunningNetwork(home, engines, network)
    try:
        running.start()
        yield running
    finally:
        running.stop()
        running.http.close()
