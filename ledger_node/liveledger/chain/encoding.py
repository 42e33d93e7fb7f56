"""Consensus encodings of what geth gives as JSON: the RLP of headers and receipts.

Standard calls only: another execution client can take geth's place, and no debug interface is opened.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from liveledger.chain.records import data_bytes, field, items, quantity
from liveledger.chain.transport import MalformedAnswer
from liveledger.domain.hashing import keccak

Rlp = bytes | int | Sequence["Rlp"]

# Header fields in the order of the Osaka rules; quantities are marked.
_HEADER_FIELDS = (
    ("parentHash", False),
    ("sha3Uncles", False),
    ("miner", False),
    ("stateRoot", False),
    ("transactionsRoot", False),
    ("receiptsRoot", False),
    ("logsBloom", False),
    ("difficulty", True),
    ("number", True),
    ("gasLimit", True),
    ("gasUsed", True),
    ("timestamp", True),
    ("extraData", False),
    ("mixHash", False),
    ("nonce", False),
    ("baseFeePerGas", True),
    ("withdrawalsRoot", False),
    ("blobGasUsed", True),
    ("excessBlobGas", True),
    ("parentBeaconBlockRoot", False),
    ("requestsHash", False),
)


def rlp(value: Rlp) -> bytes:
    """RLP of bytes, non-negative integers and lists of them (Yellow Paper, appendix B)."""
    if isinstance(value, int):
        value = value.to_bytes((value.bit_length() + 7) // 8)
    if isinstance(value, bytes):
        if len(value) == 1 and value[0] < 0x80:
            return value
        return _length(len(value), 0x80) + value
    body = b"".join(rlp(entry) for entry in value)
    return _length(len(body), 0xC0) + body


def _length(size: int, offset: int) -> bytes:
    if size < 56:
        return bytes((offset + size,))
    digits = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes((offset + 55 + len(digits),)) + digits


def header_rlp(block: Any) -> bytes:
    """RLP of a header given as ``eth_getBlockByNumber`` gives it. Raises MalformedAnswer when its hash is another."""
    fields: list[Rlp] = [
        quantity(field(block, name)) if is_quantity else data_bytes(field(block, name))
        for name, is_quantity in _HEADER_FIELDS
    ]
    encoded = rlp(fields)
    if keccak(encoded) != data_bytes(field(block, "hash")):
        raise MalformedAnswer(
            "the header's fields do not hash to the block's hash", hint="does the node follow other rules?"
        )
    return encoded


def receipt_rlp(receipt: Any) -> bytes:
    """``type ‖ RLP`` of a receipt given as ``eth_getBlockReceipts`` gives it (EIP-2718)."""
    logs: list[Rlp] = [
        [
            data_bytes(field(log, "address")),
            [data_bytes(topic) for topic in items(field(log, "topics"))],
            data_bytes(field(log, "data")),
        ]
        for log in items(field(receipt, "logs"))
    ]
    body = rlp(
        [
            quantity(field(receipt, "status")),
            quantity(field(receipt, "cumulativeGasUsed")),
            data_bytes(field(receipt, "logsBloom")),
            logs,
        ]
    )
    kind = quantity(field(receipt, "type"))
    return (bytes((kind,)) if kind else b"") + body
