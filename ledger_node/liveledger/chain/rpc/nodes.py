"""The two halves of a node as seen by a client: execution (geth) and consensus (CometBFT)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from liveledger.chain.rpc.encoding import header_rlp, receipt_rlp
from liveledger.chain.rpc.records import (
    AccountProof,
    Block,
    Log,
    Receipt,
    SlotProof,
    data_bytes,
    decode_account_proof,
    decode_block,
    decode_log,
    decode_receipt,
    field,
    items,
    quantity,
)
from liveledger.chain.rpc.transport import Call, JsonRpc, MalformedAnswer, NodeUnreachable, RpcError
from liveledger.domain.hashing import hex_bytes

__all__ = [
    "AccountProof",
    "Block",
    "CometRpc",
    "ExecutionRpc",
    "Log",
    "MalformedAnswer",
    "NodeUnreachable",
    "Receipt",
    "RpcError",
    "SlotProof",
]

# Most gas that a read may use: geth's own limit for calls.
CALL_GAS = 50_000_000
# for (i = 0; i < calldatasize; i += 32) mem[i] = storage[calldata[i]]; return mem
_READ_SLOTS = bytes.fromhex("5f5b3681101560145780355481526020016001565b365ff3")
_SLOTS_PER_READ = 16_000
_COMET_HEADERS_PER_CALL = 20


class ExecutionRpc:
    """The execution side of one node. Every read names its block by number: blocks are final at once."""

    def __init__(self, url: str, *, timeout: float = 10.0) -> None:
        self.url = url
        self._rpc = JsonRpc(url, timeout=timeout)

    def close(self) -> None:
        """Closes the connections."""
        self._rpc.close()

    def batch(self, calls: Sequence[Call]) -> list[Any]:
        """Raw results of several calls, in order. Raises the RpcError of the first that failed."""
        return self._rpc.batch(calls)

    def attempt_batch(self, calls: Sequence[Call]) -> list[Any]:
        """Raw results of several calls, in order; the RpcError of those that failed stands in their place."""
        return self._rpc.attempt_batch(calls)

    def chain_id(self) -> int:
        """The EVM's chain id."""
        return quantity(self.call_method("eth_chainId"))

    def call_method(self, method: str, *params: Any) -> Any:
        """One raw call with positional parameters."""
        return self._rpc.call(method, list(params))

    def block_number(self) -> int:
        """Number of the head block."""
        return quantity(self.call_method("eth_blockNumber"))

    def block(self, number: int) -> Block:
        """Head of block ``number``. Raises MalformedAnswer when the node does not have it."""
        return decode_block(self._block_json(number))

    def blocks(self, first: int, last: int) -> list[Block]:
        """Heads of the blocks ``first`` … ``last``."""
        calls = [("eth_getBlockByNumber", [hex(number), False]) for number in range(first, last + 1)]
        return [decode_block(value) for value in self.batch(calls)]

    def block_hash(self, number: int) -> bytes:
        """Hash of block ``number``."""
        return self.block(number).hash

    def header_rlp(self, number: int) -> bytes:
        """Consensus encoding of block ``number``'s header; its keccak is the block's hash (checked)."""
        return header_rlp(self._block_json(number))

    def _block_json(self, number: int) -> Any:
        return self.call_method("eth_getBlockByNumber", hex(number), False)

    def raw_receipts(self, number: int) -> list[bytes]:
        """Consensus encodings of all receipts of block ``number``, in order."""
        return [receipt_rlp(value) for value in items(self.call_method("eth_getBlockReceipts", hex(number)))]

    def raw_transactions(self, number: int) -> list[bytes]:
        """Consensus encodings of all transactions of block ``number``, in order."""
        count = self.block(number).transactions
        calls = [("eth_getRawTransactionByBlockNumberAndIndex", [hex(number), hex(i)]) for i in range(count)]
        return [data_bytes(value) for value in self.batch(calls)]

    def logs(self, first: int, last: int, addresses: Sequence[bytes], topics: Sequence[bytes] = ()) -> list[Log]:
        """Events of ``addresses`` in the blocks ``first`` … ``last``, in order, whose topics begin with ``topics``."""
        query: dict[str, Any] = {
            "fromBlock": hex(first),
            "toBlock": hex(last),
            "address": [hex_bytes(address) for address in addresses],
        }
        if topics:
            query["topics"] = [hex_bytes(topic) for topic in topics]
        return [decode_log(value) for value in items(self.call_method("eth_getLogs", query))]

    def proof(self, address: bytes, slots: Sequence[bytes], block: int) -> AccountProof:
        """Proof of an account and of ``slots`` (32 bytes each) at block ``block`` (EIP-1186)."""
        keys = [hex_bytes(slot) for slot in slots]
        return decode_account_proof(self.call_method("eth_getProof", hex_bytes(address), keys, hex(block)))

    def call(self, to: bytes, data: bytes, block: int, *, sender: bytes | None = None, gas: int = CALL_GAS) -> bytes:
        """Result of a call on the state after block ``block``. Raises RpcError with the revert data."""
        return data_bytes(self.call_method("eth_call", _message(to, data, sender, gas), hex(block)))

    def estimate_gas(self, to: bytes | None, data: bytes, block: int, *, sender: bytes) -> int:
        """Gas that the transaction would need on the state after ``block``. Raises RpcError with the revert data."""
        return quantity(self.call_method("eth_estimateGas", _message(to, data, sender, None), hex(block)))

    def nonce(self, address: bytes, block: int) -> int:
        """How many transactions ``address`` had sent up to block ``block``."""
        return quantity(self.call_method("eth_getTransactionCount", hex_bytes(address), hex(block)))

    def balance(self, address: bytes, block: int) -> int:
        """Balance in wei after block ``block``."""
        return quantity(self.call_method("eth_getBalance", hex_bytes(address), hex(block)))

    def code(self, address: bytes, block: int) -> bytes:
        """Runtime code at ``address`` after block ``block``."""
        return data_bytes(self.call_method("eth_getCode", hex_bytes(address), hex(block)))

    def storage(self, address: bytes, slot: bytes, block: int) -> int:
        """One storage word after block ``block``."""
        return quantity(self.call_method("eth_getStorageAt", hex_bytes(address), hex_bytes(slot), hex(block)))

    def storage_many(self, address: bytes, slots: Sequence[bytes], block: int) -> list[int]:
        """Many storage words of one contract after block ``block``.

        One call runs a loop of SLOAD in the contract's place (state override): a thousand words in a few milliseconds.
        """
        words: list[int] = []
        override = {hex_bytes(address): {"code": hex_bytes(_READ_SLOTS)}}
        for start in range(0, len(slots), _SLOTS_PER_READ):
            part = slots[start : start + _SLOTS_PER_READ]
            message = _message(address, b"".join(part), None, CALL_GAS)
            data = data_bytes(self.call_method("eth_call", message, hex(block), override))
            if len(data) != 32 * len(part):
                raise MalformedAnswer(f"{len(data)} bytes come back for {len(part)} slots")
            words += [int.from_bytes(data[i : i + 32]) for i in range(0, len(data), 32)]
        return words

    def receipt(self, tx_hash: bytes) -> Receipt | None:
        """Receipt of a transaction; None while it is in no block that the node knows."""
        value = self.call_method("eth_getTransactionReceipt", hex_bytes(tx_hash))
        return None if value is None else decode_receipt(value)

    def receipts(self, tx_hashes: Sequence[bytes]) -> list[Receipt | None]:
        """Receipts of several transactions."""
        values = self.batch([("eth_getTransactionReceipt", [hex_bytes(tx_hash)]) for tx_hash in tx_hashes])
        return [None if value is None else decode_receipt(value) for value in values]


class CometRpc:
    """The consensus side of one node."""

    def __init__(self, url: str, *, timeout: float = 10.0) -> None:
        self.url = url
        self._rpc = JsonRpc(url, timeout=timeout)

    def close(self) -> None:
        """Closes the connections."""
        self._rpc.close()

    def ask(self, method: str, **params: Any) -> Any:
        """One raw call with named parameters."""
        return self._rpc.call(method, params)

    def status(self) -> dict[str, Any]:
        """``/status``: node, sync and validator information."""
        return _mapping(self.ask("status"))

    def height(self) -> int:
        """The highest block in the store: its commit was seen."""
        return _decimal(field(field(self.status(), "sync_info"), "latest_block_height"))

    def commit(self, height: int) -> dict[str, Any]:
        """The signed header of ``height`` as JSON (``header``, ``commit``)."""
        return _mapping(field(self.ask("commit", height=str(height)), "signed_header"))

    def headers(self, first: int, last: int) -> dict[int, dict[str, Any]]:
        """Headers as JSON of the blocks ``first`` … ``last``, by height."""
        found: dict[int, dict[str, Any]] = {}
        for start in range(first, last + 1, _COMET_HEADERS_PER_CALL):
            end = min(start + _COMET_HEADERS_PER_CALL - 1, last)
            answer = self.ask("blockchain", minHeight=str(start), maxHeight=str(end))
            for meta in items(field(answer, "block_metas")):
                if meta is None:
                    continue  # a block that its store has lost: named below
                header = _mapping(field(meta, "header"))
                found[_decimal(field(header, "height"))] = header
        missing = next((height for height in range(first, last + 1) if height not in found), None)
        if missing is not None:
            raise MalformedAnswer(
                f"the consensus node gives no header of height {missing}",
                hint="its block store has lost it: docs/faults.md says how a damaged node is re-created from its peers",
                height=missing,
            )
        return found

    def validators(self, height: int) -> list[dict[str, Any]]:
        """The validators that sign ``height``, in CometBFT's order (``address``, ``pub_key``, ``voting_power``)."""
        found: list[dict[str, Any]] = []
        page = 1
        while True:
            answer = self.ask("validators", height=str(height), page=str(page), per_page="100")
            found += [_mapping(entry) for entry in items(field(answer, "validators"))]
            if len(found) >= _decimal(field(answer, "total")):
                return found
            page += 1

    def genesis(self) -> dict[str, Any]:
        """CometBFT's genesis document."""
        return _mapping(field(self.ask("genesis"), "genesis"))


def _message(to: bytes | None, data: bytes, sender: bytes | None, gas: int | None) -> dict[str, str]:
    message = {"data": hex_bytes(data)}
    if to is not None:
        message["to"] = hex_bytes(to)
    if sender is not None:
        message["from"] = hex_bytes(sender)
    if gas is not None:
        message["gas"] = hex(gas)
    return message


def _mapping(value: Any) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise MalformedAnswer("an object was expected")
    return dict(value)


def _decimal(value: Any) -> int:
    if isinstance(value, str) and value.isdecimal():
        return int(value)
    raise MalformedAnswer(f"{str(value)[:80]!r} is no decimal number")
