"""Geth alone, whose blocks the test makes as fast as it goes: no consensus, no ABCI application, no clock.

    with bare_geth(tmp_path) as chain:
        chain.mine()                     # an empty block
        chain.send(account, to, call)    # as DevChain does: a block for each transaction
        chain.mine_until(100_000)

For long chains: some hundred blocks a second. Mark tests with `pytest.mark.chain`.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time as clock
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eth_account import Account
from eth_account.signers.local import LocalAccount

from liveledger.bindings import genesis
from liveledger.consensus.block_rules import EXTRA_DATA, GAS_LIMIT, ZERO_HASH
from liveledger.domain.hashing import hex_bytes, keccak
from liveledger.domain.waiting import wait_until
from liveledger.node.binaries import find_engines
from liveledger.node.genesis import execution_genesis
from tests.support.dev_chain import EVM_CHAIN_ID, DevChain
from tests.support.free_port import free_port

# So far back that a hundred thousand blocks of a second are no future.
_AGO_SECONDS = 300_000
_FUNDS_WEI = 10**24
_START_SECONDS = 60
_FEE_RECIPIENT = "0x" + "00" * 20


class Ipc:
    """One connection to geth's socket, which takes every call."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.connect(str(path))
        self._file = self._socket.makefile("rwb")

    def call(self, method: str, *params: Any) -> Any:
        """The result of a call. Raises RuntimeError with geth's error."""
        self._file.write(json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode())
        self._file.flush()
        answer = json.loads(self._file.readline())
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        return answer["result"]

    def close(self) -> None:
        """Ends the connection."""
        self._file.close()
        self._socket.close()


@dataclass
class BareGeth(DevChain):
    """A chain of geth alone; a transaction is mined in a block of its own as soon as it is sent."""

    ipc: Ipc = field(kw_only=True)
    head: dict[str, Any] = field(default_factory=dict)

    def rpc(self, method: str, *params: Any) -> Any:
        """As DevChain's; a transaction that is sent stands in the newest block when this returns."""
        if method != "eth_sendRawTransaction":
            return super().rpc(method, *params)
        raw = str(params[0])
        self.mine([raw])
        return hex_bytes(keccak(bytes.fromhex(raw[2:])))

    @property
    def number(self) -> int:
        """Number of the newest block."""
        return int(self._head()["blockNumber"], 16)

    def mine(self, transactions: Sequence[str] | None = ()) -> None:
        """The next block with these raw transactions, with the pool's where it is None; a second after the last."""
        head = self._head()
        attributes = {
            "timestamp": hex(int(head["timestamp"], 16) + 1),
            "prevRandao": hex_bytes(ZERO_HASH),
            "suggestedFeeRecipient": _FEE_RECIPIENT,
            "withdrawals": [],
            "parentBeaconBlockRoot": hex_bytes(ZERO_HASH),
        }
        given = None if transactions is None else list(transactions)
        made = self.ipc.call("testing_buildBlockV1", head["blockHash"], attributes, given, hex_bytes(EXTRA_DATA))
        payload, requests = made["executionPayload"], made.get("executionRequests") or []
        status = self.ipc.call("engine_newPayloadV4", payload, [], hex_bytes(ZERO_HASH), requests)
        assert status["status"] == "VALID", status
        state = dict.fromkeys(("headBlockHash", "safeBlockHash", "finalizedBlockHash"), payload["blockHash"])
        chosen = self.ipc.call("engine_forkchoiceUpdatedV3", state, None)
        assert chosen["payloadStatus"]["status"] == "VALID", chosen
        self.head = payload

    def mine_until(self, number: int, between: Callable[[], None] | None = None) -> None:
        """Empty blocks up to ``number``; ``between`` is called after each 1,024."""
        while self.number < number:
            self.mine()
            if between is not None and self.number % 1_024 == 0:
                between()

    def _head(self) -> dict[str, Any]:
        if not self.head:
            first = self.ipc.call("eth_getBlockByNumber", "latest", False)
            self.head = {
                "blockNumber": first["number"],
                "blockHash": first["hash"],
                "timestamp": first["timestamp"],
            }
        return self.head


@contextlib.contextmanager
def bare_geth() -> Iterator[BareGeth]:
    """A new chain with the genesis of a ledger, in a folder that is removed at the end with its process."""
    # A socket's path is short.
    folder = Path(tempfile.mkdtemp(prefix="bare-geth-"))
    administrator: LocalAccount = Account.create()
    process, port = _start(folder, administrator)
    try:
        ipc = _connect(folder, process)
        chain = BareGeth(f"http://127.0.0.1:{port}", administrator, ipc=ipc)
        try:
            yield chain
        finally:
            ipc.close()
            chain.close()
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=60)
        shutil.rmtree(folder, ignore_errors=True)


def _start(folder: Path, administrator: LocalAccount) -> tuple[subprocess.Popen[bytes], int]:
    geth = find_engines(os.environ).geth
    alloc = genesis.allocation(bytes.fromhex(administrator.address[2:]), [(b"\x01" * 32, 30)], _FUNDS_WEI)
    alloc[administrator.address] = {"balance": hex(_FUNDS_WEI)}
    definition = execution_genesis(EVM_CHAIN_ID, int(clock.time()) - _AGO_SECONDS, alloc)
    (folder / "genesis.json").write_text(json.dumps(definition))
    state = ("--datadir", str(folder / "data"), "--state.scheme", "hash")
    subprocess.run([str(geth), "init", *state, str(folder / "genesis.json")], check=True, capture_output=True)
    port = free_port()
    command = [
        str(geth), *state, "--gcmode", "archive", "--syncmode", "full", "--networkid", str(EVM_CHAIN_ID),
        "--nodiscover", "--maxpeers", "0", "--port", "0", "--authrpc.port", "0", "--ipcpath", str(folder / "ipc"),
        "--http", "--http.port", str(port), "--http.api", "eth,debug", "--miner.gaslimit", str(GAS_LIMIT),
        "--miner.gasprice", "1", "--txpool.pricelimit", "1", "--rpc.txfeecap", "0", "--rpc.gascap", str(GAS_LIMIT),
        "--rpc.batch-request-limit", "10000", "--rpc.batch-response-max-size", "100000000", "--cache", "128",
        "--history.transactions", "0", "--history.logs", "0", "--cache.noprefetch", "--verbosity", "2",
    ]  # fmt: skip
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True), port


def _connect(folder: Path, process: subprocess.Popen[bytes]) -> Ipc:
    def late() -> Exception:
        return RuntimeError(f"geth did not start: {(folder / 'log').read_text()[-2000:]}")

    def connected() -> Ipc | None:
        with contextlib.suppress(OSError, RuntimeError):
            ipc = Ipc(folder / "ipc")
            ipc.call("eth_chainId")
            return ipc
        if process.poll() is not None:
            raise late()
        return None

    return wait_until(connected, _START_SECONDS, late, pause=0.05)
