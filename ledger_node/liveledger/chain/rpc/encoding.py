"""Consensus encodings of what geth gives as JSON: the RLP of headers and receipts.

Standard calls only: another execution client can take geth's place, and no debug interface is opened.
"""

from __future__ import annotations

from typing import Any

from liveledger.chain.rpc.records import data_bytes, field, items, quantity
from liveledger.chain.rpc.transport import MalformedAnswer
from liveledger.domain import rlp
from liveledger.domain.hashing import keccak

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


def header_rlp(block: Any) -> bytes:
    """RLP of a header given as ``eth_getBlockByNumber`` gives it. Raises MalformedAnswer when its hash is another."""
    fields: list[rlp.Value] = [
        quantity(field(block, name)) if is_quantity else data_bytes(field(block, name))
        for name, is_quantity in _HEADER_FIELDS
    ]
    encoded = rlp.encode(fields)
    if keccak(encoded) != data_bytes(field(block, "hash")):
        raise MalformedAnswer(
            "the header's fields do not hash to the block's hash", hint="does the node follow other rules?"
        )
    return encoded


def receipt_rlp(receipt: Any) -> bytes:
    """``type ‖ RLP`` of a receipt given as ``eth_getBlockReceipts`` gives it (EIP-2718)."""
    logs: list[rlp.Value] = [
        [
            data_bytes(field(log, "address")),
            [data_bytes(topic) for topic in items(field(log, "topics"))],
            data_bytes(field(log, "data")),
        ]
        for log in items(field(receipt, "logs"))
    ]
    body = rlp.encode(
        [
            quantity(field(receipt, "status")),
            quantity(field(receipt, "cumulativeGasUsed")),
            data_bytes(field(receipt, "logsBloom")),
            logs,
        ]
    )
    kind = quantity(field(receipt, "type"))
    return (bytes((kind,)) if kind else b"") + body
