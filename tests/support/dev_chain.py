"""A one-node development chain on the real execution engine, with Directory and Consortium in its genesis.

For tests of contracts: a block is made for every transaction, at once. Mark such tests with `pytest.mark.chain` and
take the fixture `dev_chain` (one chain for the session), which a folder's conftest.py imports:
`from tests.support.dev_chain import dev_chain as dev_chain`.

    def test_x(dev_chain: DevChain) -> None:
        stock = dev_chain.deploy("StockLedger", stock_ledger.CREATION_CODE, stock_ledger.VERSION)  # listed; shared
        org = dev_chain.admit(OrganisationKind.BRAND)                    # number of a new organisation
        account = dev_chain.account(org, Role.REGISTER_SKUS)             # new, registered and funded LocalAccount
        place = dev_chain.place(org)
        receipt = dev_chain.send(account, stock, stock_ledger.RegisterSkus(["A"], [0], [1]))
        word = stock_ledger.decode_balance_of(dev_chain.call(stock, stock_ledger.BalanceOf(sku, 0, place)))

A refused call or transaction raises `Refused` whose `.revert` is the decoded error. Block time is the clock's, or the
parent's + 1 when several blocks fall into one second: read it with `dev_chain.time()`. `dev_chain.call(…, time=…)`
shows what a call would do at another time.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import signal
import subprocess
import time as clock
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Protocol

import pytest
from eth_account import Account
from eth_account.signers.local import LocalAccount

from liveledger.bindings import consortium, creator, directory, errors, genesis
from liveledger.bindings.constants import CONSORTIUM_ADDRESS, CREATOR_ADDRESS, DIRECTORY_ADDRESS
from liveledger.chain.contracts.manifest import CONTRACT_FLAGS
from liveledger.chain.contracts.registry import name_word
from liveledger.domain.hashing import keccak
from liveledger.domain.waiting import wait_until
from liveledger.node.binaries import find_engines
from liveledger.node.genesis import execution_genesis
from tests.support.free_port import free_port

EVM_CHAIN_ID = 4242
MAX_GAS = 1 << 24
GAS_LIMIT = 400_000_000
_START_SECONDS = 60
_WAIT_SECONDS = 30
_FUNDS_WEI = 10**24
_FEE_WEI = 1_000


class Calldata(Protocol):
    """A generated call."""

    def calldata(self) -> bytes:
        """Selector and arguments."""


class Refused(Exception):
    """The chain refused a call or a transaction; `revert` is the contract's reason, None when it gave none."""

    def __init__(self, message: str, revert: errors.Revert | None) -> None:
        super().__init__(f"{message}: {revert}")
        self.revert = revert


@dataclass
class DevChain:
    """Client of a running development chain, with the administrator's key."""

    url: str
    administrator: LocalAccount
    _connection: HTTPConnection | None = None
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _nonces: dict[str, int] = field(default_factory=dict)

    def rpc(self, method: str, *params: Any) -> Any:
        """One JSON-RPC call. Raises Refused with the decoded revert data on an error."""
        return _result(self._ask({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}))

    def close(self) -> None:
        """Ends the connection."""
        if self._connection is not None:
            self._connection.close()

    def _ask(self, body: Any) -> Any:
        """What geth answers, on one connection: thousands of calls are made, and httpx takes four times as long."""
        text = json.dumps(body)
        if self._connection is not None:
            with contextlib.suppress(ConnectionError):  # geth ends one that had nothing to do for two minutes
                return self._exchange(text)
        self._connection = HTTPConnection(self.url.removeprefix("http://"), timeout=30)
        return self._exchange(text)

    def _exchange(self, text: str) -> Any:
        connection, self._connection = self._connection, None  # which is kept where all went well
        assert connection is not None
        connection.request("POST", "/", text, {"Content-Type": "application/json"})
        answer = json.loads(connection.getresponse().read())
        self._connection = connection
        return answer

    def call(self, to: bytes, call: Calldata, sender: LocalAccount | None = None, *, time: int | None = None) -> bytes:
        """Result of a static call on the newest block, at its time or at `time`. Raises Refused."""
        request = {"to": _hex(to), "data": _hex(call.calldata()), "gas": hex(MAX_GAS)}
        if sender is not None:
            request["from"] = sender.address
        overrides = [{}, {"time": hex(time)}] if time is not None else []
        return bytes.fromhex(self.rpc("eth_call", request, "latest", *overrides)[2:])

    def calls(self, to: bytes, calls: Sequence[Calldata]) -> list[bytes]:
        """Results of static calls on the newest block, in one request. Raises Refused."""
        pairs = [({"to": _hex(to), "data": _hex(call.calldata()), "gas": hex(MAX_GAS)}, "latest") for call in calls]
        asked = [
            {"jsonrpc": "2.0", "id": number, "method": "eth_call", "params": pair} for number, pair in enumerate(pairs)
        ]
        answers = sorted(self._ask(asked), key=lambda answer: int(answer["id"])) if asked else []
        return [bytes.fromhex(_result(answer)[2:]) for answer in answers]

    def send(self, sender: LocalAccount, to: bytes, call: Calldata, *, gas: int | None = None) -> dict[str, Any]:
        """The receipt of a transaction. Tries a static call first unless `gas` is given. Raises Refused."""
        if gas is None:
            self.call(to, call, sender)
        receipt = self.transact(sender, to, call.calldata(), gas=gas or MAX_GAS)
        if receipt["status"] != "0x1":
            raise Refused("the transaction failed", None)
        return receipt

    def transact(
        self, sender: LocalAccount, to: bytes | None, data: bytes, *, gas: int = MAX_GAS, value: int = 0
    ) -> dict[str, Any]:
        """Signs, sends and waits; returns the receipt whatever its status."""
        nonce = self._nonces.get(sender.address)
        if nonce is None:
            nonce = int(self.rpc("eth_getTransactionCount", sender.address, "latest"), 16)
        self._nonces[sender.address] = nonce + 1
        transaction: dict[str, Any] = {
            "chainId": EVM_CHAIN_ID,
            "nonce": nonce,
            "gas": gas,
            "maxFeePerGas": _FEE_WEI,
            "maxPriorityFeePerGas": 1,
            "value": value,
            "data": data,
        }
        if to is not None:
            transaction["to"] = to
        raw = sender.sign_transaction(transaction).raw_transaction
        digest = self.rpc("eth_sendRawTransaction", _hex(raw))
        return self._receipt(digest)

    def storage(self, address: bytes, slot: bytes | int) -> int:
        """Storage word at the newest block."""
        key = slot if isinstance(slot, bytes) else slot.to_bytes(32, "big")
        return int(self.rpc("eth_getStorageAt", _hex(address), _hex(key), "latest"), 16)

    def time(self) -> int:
        """Time of the newest block, Unix seconds."""
        return int(self.rpc("eth_getBlockByNumber", "latest", False)["timestamp"], 16)

    def deploy(self, name: str, creation_code: bytes, version: int) -> bytes:
        """Address of a contract that is created and listed as this version, once: tests of a session share it."""
        asked = directory.EntryOf(name_word(name), version)
        there = directory.decode_entry_of(self.call(DIRECTORY_ADDRESS, asked))
        if not any(there.target):
            approved = creator.Approve(keccak(creation_code), name_word(name), version, 0, CONTRACT_FLAGS.get(name, 0))
            self.send(self.administrator, CREATOR_ADDRESS, approved)
            self.send(self.administrator, CREATOR_ADDRESS, creator.Create(creation_code))
            there = directory.decode_entry_of(self.call(DIRECTORY_ADDRESS, asked))
        return there.target

    def admit(self, kind: int) -> int:
        """Registers an organisation with a GLN of its own; returns its number."""
        call = consortium.RegisterOrganisation(kind, self._gln(), bytes(32))
        receipt = self.send(self.administrator, CONSORTIUM_ADDRESS, call)
        return int(receipt["logs"][0]["topics"][1], 16)

    def place(self, operator: int) -> int:
        """Registers a place that the organisation `operator` operates; returns its number."""
        receipt = self.send(self.administrator, CONSORTIUM_ADDRESS, consortium.RegisterPlace(operator, self._gln()))
        return int(receipt["logs"][0]["topics"][1], 16)

    def account(self, organisation: int, roles: int) -> LocalAccount:
        """A new account, registered for the organisation with `roles` and funded."""
        account: LocalAccount = Account.create()
        deadline = self.time() + 3600
        signature = sign_possession(account, organisation, deadline)
        call = consortium.RegisterAccount(organisation, bytes.fromhex(account.address[2:]), roles, deadline, signature)
        self.send(self.administrator, CONSORTIUM_ADDRESS, call)
        return account

    def _gln(self) -> int:
        return 6_900_000_000_000 + next(self._numbers)

    def _receipt(self, digest: str) -> dict[str, Any]:
        late = TimeoutError(f"no receipt of {digest} within {_WAIT_SECONDS} s")
        return wait_until(lambda: self._receipt_if_there(digest), _WAIT_SECONDS, lambda: late, pause=0.005)

    def _receipt_if_there(self, digest: str) -> dict[str, Any] | None:
        try:
            receipt: dict[str, Any] | None = self.rpc("eth_getTransactionReceipt", digest)
        except Refused as reason:
            if "indexing is in progress" in str(reason):  # geth right after its start
                return None
            raise
        return receipt


def _result(answer: dict[str, Any]) -> Any:
    """What a JSON-RPC call gave. Raises Refused with the decoded revert data on an error."""
    if "error" in answer:
        data = answer["error"].get("data") or "0x"
        known = isinstance(data, str) and data.startswith("0x")
        raise Refused(answer["error"]["message"], errors.decode_revert(bytes.fromhex(data[2:])) if known else None)
    return answer["result"]


def sign_possession(account: LocalAccount, organisation: int, deadline: int, *, chain_id: int = EVM_CHAIN_ID) -> bytes:
    """The account's own EIP-712 signature that Consortium asks for at its registration."""
    signed = account.sign_typed_data(
        domain_data={
            "name": "LiveLedger Consortium",
            "version": "1",
            "chainId": chain_id,
            "verifyingContract": _hex(CONSORTIUM_ADDRESS),
        },
        message_types={
            "AccountPossession": [
                {"name": "account", "type": "address"},
                {"name": "organisation", "type": "uint16"},
                {"name": "deadline", "type": "uint256"},
            ]
        },
        message_data={"account": account.address, "organisation": organisation, "deadline": deadline},
    )
    return bytes(signed.signature)


@pytest.fixture(scope="session")
def dev_chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DevChain]:
    """A development chain that lives as long as the test session."""
    with running_dev_chain(tmp_path_factory.mktemp("dev-chain")) as chain:
        yield chain


@contextlib.contextmanager
def running_dev_chain(folder: Path) -> Iterator[DevChain]:
    """A development chain; its process group ends with it."""
    administrator: LocalAccount = Account.create()
    process, url = _start(find_engines(os.environ).geth, folder, administrator)
    try:
        chain = DevChain(url, administrator)
        _wait_until_ready(chain, process, folder)
        yield chain
        chain.close()
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=30)


def _start(geth: Path, folder: Path, administrator: LocalAccount) -> tuple[subprocess.Popen[bytes], str]:
    alloc = genesis.allocation(bytes.fromhex(administrator.address[2:]), [(b"\x01" * 32, 30)], _FUNDS_WEI)
    alloc[administrator.address] = {"balance": hex(_FUNDS_WEI)}
    definition = execution_genesis(EVM_CHAIN_ID, int(clock.time()), alloc)
    (folder / "genesis.json").write_text(json.dumps(definition))
    data = folder / "data"
    subprocess.run(
        [str(geth), "init", "--datadir", str(data), str(folder / "genesis.json")], check=True, capture_output=True
    )
    port = free_port()
    command = [
        str(geth), "--dev", "--datadir", str(data), "--nodiscover", "--maxpeers", "0", "--port", "0",
        "--authrpc.port", "0", "--ipcdisable", "--http", "--http.port", str(port), "--http.api", "eth,debug",
        "--miner.gaslimit", str(GAS_LIMIT), "--miner.gasprice", "1", "--txpool.pricelimit", "1", "--rpc.txfeecap", "0",
        "--cache", "64",
    ]  # fmt: skip
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
    return process, f"http://127.0.0.1:{port}"


def _wait_until_ready(chain: DevChain, process: subprocess.Popen[bytes], folder: Path) -> None:
    def late() -> Exception:
        return RuntimeError(f"the development chain did not start: {(folder / 'log').read_text()[-2000:]}")

    def answers() -> bool:
        with contextlib.suppress(OSError):
            chain.rpc("eth_chainId")
            return True
        if process.poll() is not None:
            raise late()
        return False

    wait_until(answers, _START_SECONDS, late, pause=0.05)


def _hex(data: bytes) -> str:
    return "0x" + bytes(data).hex()
