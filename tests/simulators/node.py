"""A node in memory that misbehaves on demand: it loses, repeats, stalls and lies. It runs no contracts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from eth_account import Account
from eth_account.typed_transactions.typed_transaction import TypedTransaction
from hexbytes import HexBytes

from liveledger.bindings import codec, directory
from liveledger.bindings.constants import ALLOWANCES_ADDRESS
from liveledger.chain.rpc.connection import Connection
from liveledger.chain.rpc.nodes import CometRpc, ExecutionRpc
from liveledger.chain.rpc.transport import Call, JsonRpc, NodeUnreachable, RpcError
from liveledger.domain.hashing import hex_bytes, keccak
from liveledger.domain.home import LedgerHome

CHAIN_ID = "liveledger-simulated"
EVM_CHAIN_ID = 4_242
FLOOR_WEI = 7


@dataclass(frozen=True)
class Transaction:
    """A transaction as it came in."""

    tx_hash: bytes
    sender: bytes
    nonce: int
    to: bytes
    data: bytes
    max_fee: int
    priority_fee: int


@dataclass
class SimulatedNode:
    """A chain of blocks that hold transactions in the order of their nonces. ``mine`` makes a block."""

    base_fee: int = FLOOR_WEI
    blocks: list[list[Transaction]] = field(default_factory=lambda: [[]])
    pool: dict[tuple[bytes, int], Transaction] = field(default_factory=dict)
    received: list[Transaction] = field(default_factory=list)
    reverting: set[bytes] = field(default_factory=set)
    # What every account has for gas, and the contract that gives it.
    balance: int = 10**12
    allowances: bytes = ALLOWANCES_ADDRESS
    # Behaviour on demand.
    lose: int = 0
    away: bool = False
    fail_after_accept: bool = False
    answer: dict[str, Callable[[Any], Any]] = field(default_factory=dict)

    def mine(self) -> None:
        """One block of everything in the pool whose turn it is and whose bid covers the base fee."""
        block: list[Transaction] = []
        for key in sorted(self.pool):
            transaction = self.pool[key]
            used = self.nonce(transaction.sender) + sum(other.sender == transaction.sender for other in block)
            if transaction.nonce == used and transaction.max_fee >= self.base_fee:
                block.append(transaction)
        for transaction in block:
            del self.pool[transaction.sender, transaction.nonce]
        self.blocks.append(block)

    def nonce(self, sender: bytes, height: int | None = None) -> int:
        """Transactions of ``sender`` up to a height."""
        return sum(
            tx.sender == sender for block in self.blocks[: None if height is None else height + 1] for tx in block
        )

    def carried_out(self) -> list[bytes]:
        """Calldata of everything that did not revert, in order."""
        return [tx.data for block in self.blocks for tx in block if tx.data not in self.reverting]

    def block_hash(self, number: int) -> bytes:
        """Hash of a block: any that differs by number and content."""
        return keccak(number.to_bytes(8) + b"".join(tx.tx_hash for tx in self.blocks[number]))

    def perform(self, method: str, params: Any) -> Any:
        """One JSON-RPC call. Raises RpcError or NodeUnreachable."""
        if self.away:
            raise NodeUnreachable("the simulated node is away")
        result = getattr(self, "_" + method)(*params) if isinstance(params, list) else self._comet(method)
        return self.answer[method](result) if method in self.answer else result

    def _comet(self, method: str) -> Any:
        assert method == "status"
        height = str(len(self.blocks) - 1)
        return {"sync_info": {"latest_block_height": height}, "node_info": {"network": CHAIN_ID}}

    def _eth_chainId(self) -> str:
        return hex(EVM_CHAIN_ID)

    def _eth_blockNumber(self) -> str:
        return hex(len(self.blocks) - 1)

    def _eth_getTransactionCount(self, address: str, block: str) -> str:
        return hex(self.nonce(bytes.fromhex(address[2:]), int(block, 16)))

    def _eth_getBalance(self, _address: str, _block: str) -> str:
        return hex(self.balance)

    def _eth_estimateGas(self, message: dict[str, str], block: str) -> str:
        self._refuse_reverting(message)
        return hex(50_000)

    def _eth_call(self, message: dict[str, str], block: str) -> str:
        self._refuse_reverting(message)
        asks = bytes.fromhex(message["data"][2:]) == directory.ActiveOf(b"Allowances".ljust(32, b"\0")).calldata()
        return hex_bytes(codec.encode(("address", "uint64"), (self.allowances, 1))) if asks else "0x"

    def _refuse_reverting(self, message: dict[str, str]) -> None:
        if bytes.fromhex(message["data"][2:]) in self.reverting:
            raise RpcError("execution reverted", rpc_code=3, data=bytes.fromhex("0bd173a2"))

    def _eth_getBlockByNumber(self, block: str, _full: bool) -> dict[str, Any]:
        number = int(block, 16)
        return {
            "number": block,
            "hash": hex_bytes(self.block_hash(number)),
            "parentHash": hex_bytes(self.block_hash(number - 1) if number else bytes(32)),
            "timestamp": hex(1_700_000_000 + number),
            "baseFeePerGas": hex(self.base_fee),
            "gasUsed": "0x0",
            "gasLimit": hex(400_000_000),
            "transactions": [hex_bytes(tx.tx_hash) for tx in self.blocks[number]],
        }

    def _eth_getTransactionReceipt(self, tx_hash: str) -> dict[str, Any] | None:
        for number, block in enumerate(self.blocks):
            for index, transaction in enumerate(block):
                if hex_bytes(transaction.tx_hash) == tx_hash:
                    return {
                        "transactionHash": tx_hash,
                        "transactionIndex": hex(index),
                        "blockNumber": hex(number),
                        "blockHash": hex_bytes(self.block_hash(number)),
                        "status": hex(transaction.data not in self.reverting),
                        "gasUsed": hex(21_000),
                    }
        return None

    def _eth_sendRawTransaction(self, raw: str) -> str:
        transaction = decode(bytes.fromhex(raw[2:]))
        self.received.append(transaction)
        if transaction.nonce < self.nonce(transaction.sender):
            raise RpcError("nonce too low", rpc_code=-32000)
        if self.lose > 0:
            # Accepted, and never seen again.
            self.lose -= 1
            return hex_bytes(transaction.tx_hash)
        key = (transaction.sender, transaction.nonce)
        waiting = self.pool.get(key)
        if waiting == transaction:
            raise RpcError("already known", rpc_code=-32000)
        if waiting is not None and transaction.max_fee * 10 < waiting.max_fee * 11:
            raise RpcError("replacement transaction underpriced", rpc_code=-32000)
        self.pool[key] = transaction
        if self.fail_after_accept:
            raise NodeUnreachable("the connection broke after the node had accepted")
        return hex_bytes(transaction.tx_hash)


class SimulatedRpc:
    """Stands in for JsonRpc, in front of a SimulatedNode."""

    def __init__(self, node: SimulatedNode) -> None:
        self._node = node

    def call(self, method: str, params: Any) -> Any:
        return self._node.perform(method, params)

    def attempt_batch(self, calls: Sequence[Call]) -> list[Any]:
        results: list[Any] = []
        for method, params in calls:
            try:
                results.append(self._node.perform(method, params))
            except RpcError as error:
                results.append(error)
        return results

    def batch(self, calls: Sequence[Call]) -> list[Any]:
        return [self._node.perform(method, params) for method, params in calls]

    def close(self) -> None:
        pass


def simulated_connection(node: SimulatedNode, folder: Path) -> Connection:
    """A connection whose both halves end in ``node``."""
    execution, comet = ExecutionRpc("http://simulated"), CometRpc("http://simulated")
    execution._rpc = comet._rpc = cast(JsonRpc, SimulatedRpc(node))
    return Connection(LedgerHome(folder, "simulated"), CHAIN_ID, EVM_CHAIN_ID, execution, comet)


def decode(raw: bytes) -> Transaction:
    """A signed transaction's fields."""
    fields = TypedTransaction.from_bytes(HexBytes(raw)).as_dict()
    return Transaction(
        tx_hash=keccak(raw),
        sender=bytes.fromhex(Account.recover_transaction(raw)[2:]),
        nonce=int(fields["nonce"]),
        to=bytes(fields.get("to") or b""),
        data=bytes(fields["data"]),
        max_fee=int(fields["maxFeePerGas"]),
        priority_fee=int(fields["maxPriorityFeePerGas"]),
    )
