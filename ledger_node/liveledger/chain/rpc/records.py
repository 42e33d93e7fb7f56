"""What the execution chain answers, decoded at the edge: bytes and integers, no hex."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from liveledger.chain.rpc.transport import MalformedAnswer


@dataclass(frozen=True, slots=True)
class Log:
    """One event as a contract emitted it."""

    address: bytes
    topics: tuple[bytes, ...]
    data: bytes
    block_number: int
    block_hash: bytes
    tx_hash: bytes
    tx_index: int
    log_index: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """What came of a transaction; ``status`` 1 = carried out, 0 = reverted."""

    tx_hash: bytes
    tx_index: int
    block_number: int
    block_hash: bytes
    sender: bytes
    status: int
    gas_used: int
    contract_address: bytes | None
    logs: tuple[Log, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """Head of an execution block; ``time`` in Unix seconds, ``base_fee`` in wei."""

    number: int
    hash: bytes
    parent_hash: bytes
    time: int
    base_fee: int
    gas_used: int
    gas_limit: int
    transactions: int


@dataclass(frozen=True, slots=True)
class SlotProof:
    """Proof of one storage slot: ``nodes`` from the storage root down."""

    slot: bytes
    value: int
    nodes: list[bytes]


@dataclass(frozen=True, slots=True)
class AccountProof:
    """Proof of an account and of some of its slots at one block."""

    address: bytes
    balance: int
    nonce: int
    code_hash: bytes
    storage_hash: bytes
    account_nodes: list[bytes]
    slots: list[SlotProof]


def data_bytes(value: Any) -> bytes:
    """Bytes of a ``0x…`` string. Raises MalformedAnswer for anything else."""
    if isinstance(value, str) and value.startswith("0x"):
        try:
            return bytes.fromhex(value[2:])
        except ValueError:
            pass
    raise MalformedAnswer(f"{str(value)[:80]!r} is no hex data")


def quantity(value: Any) -> int:
    """Integer of a ``0x…`` string. Raises MalformedAnswer for anything else."""
    if isinstance(value, str) and value.startswith("0x"):
        try:
            return int(value, 16)
        except ValueError:
            pass
    raise MalformedAnswer(f"{str(value)[:80]!r} is no hex quantity")


def field(value: Any, name: str) -> Any:
    """``value[name]``. Raises MalformedAnswer when it is not there."""
    if not isinstance(value, Mapping) or name not in value:
        raise MalformedAnswer(f"the answer has no {name}")
    return value[name]


def items(value: Any) -> list[Any]:
    """``value`` as a list. Raises MalformedAnswer when it is none."""
    if not isinstance(value, list):
        raise MalformedAnswer("a list was expected")
    return value


def decode_log(value: Any) -> Log:
    """One entry of ``eth_getLogs``."""
    return Log(
        address=data_bytes(field(value, "address")),
        topics=tuple(data_bytes(topic) for topic in items(field(value, "topics"))),
        data=data_bytes(field(value, "data")),
        block_number=quantity(field(value, "blockNumber")),
        block_hash=data_bytes(field(value, "blockHash")),
        tx_hash=data_bytes(field(value, "transactionHash")),
        tx_index=quantity(field(value, "transactionIndex")),
        log_index=quantity(field(value, "logIndex")),
    )


def decode_receipt(value: Any) -> Receipt:
    """The result of ``eth_getTransactionReceipt``."""
    created = field(value, "contractAddress")
    return Receipt(
        tx_hash=data_bytes(field(value, "transactionHash")),
        tx_index=quantity(field(value, "transactionIndex")),
        block_number=quantity(field(value, "blockNumber")),
        block_hash=data_bytes(field(value, "blockHash")),
        sender=data_bytes(field(value, "from")),
        status=quantity(field(value, "status")),
        gas_used=quantity(field(value, "gasUsed")),
        contract_address=None if created is None else data_bytes(created),
        logs=tuple(decode_log(log) for log in items(field(value, "logs"))),
    )


def decode_block(value: Any) -> Block:
    """The result of ``eth_getBlockByNumber``."""
    return Block(
        number=quantity(field(value, "number")),
        hash=data_bytes(field(value, "hash")),
        parent_hash=data_bytes(field(value, "parentHash")),
        time=quantity(field(value, "timestamp")),
        base_fee=quantity(field(value, "baseFeePerGas")),
        gas_used=quantity(field(value, "gasUsed")),
        gas_limit=quantity(field(value, "gasLimit")),
        transactions=len(items(field(value, "transactions"))),
    )


def decode_account_proof(value: Any) -> AccountProof:
    """The result of ``eth_getProof``."""
    slots = [
        SlotProof(
            slot=quantity(field(entry, "key")).to_bytes(32),
            value=quantity(field(entry, "value")),
            nodes=[data_bytes(node) for node in items(field(entry, "proof"))],
        )
        for entry in items(field(value, "storageProof"))
    ]
    return AccountProof(
        address=data_bytes(field(value, "address")),
        balance=quantity(field(value, "balance")),
        nonce=quantity(field(value, "nonce")),
        code_hash=data_bytes(field(value, "codeHash")),
        storage_hash=data_bytes(field(value, "storageHash")),
        account_nodes=[data_bytes(node) for node in items(field(value, "accountProof"))],
        slots=slots,
    )
