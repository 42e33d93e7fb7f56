"""The execution payload: its JSON form of the Engine API, and the bytes that are a block's only transaction.

Those bytes are a format number, then a zlib stream of the RLP list of all fields in the order of ``FIELDS``. The list
has one encoding only; withdrawals, which no rule allows, have no place in it.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Any, TypeGuard

from liveledger.consensus.limits import GAS_LIMIT
from liveledger.domain import rlp

FORMAT = 1
# Room for what a vote lets pass of transactions (``pool.rules.MAX_BYTES``) and all else of a block; what cannot be
# compressed grows by less than a thousandth.
MAX_PAYLOAD_BYTES = 4 * 1024 * 1024
MAX_PACKED_BYTES = MAX_PAYLOAD_BYTES + 16 * 1024
MAX_EXTRA_DATA_BYTES = 32
# No transaction takes less gas than this, so no block has more of them.
MIN_TRANSACTION_GAS = 21_000
MAX_TRANSACTIONS = GAS_LIMIT // MIN_TRANSACTION_GAS
# One request a type (EIP-7685); the engine knows three types.
MAX_REQUESTS = 16
# The list of fields, and in it flat lists of byte strings.
_MAX_DEPTH = 2
# Level 1: the hot path of every block; higher levels gain little on records that are already dense.
_COMPRESSION = 1
_QUANTITY = -1
_BYTES = -2
_LIST = -3

# attribute, name in the Engine API, bytes of a fixed size or one of the three kinds above
FIELDS: tuple[tuple[str, str, int], ...] = (
    ("parent_hash", "parentHash", 32),
    ("fee_recipient", "feeRecipient", 20),
    ("state_root", "stateRoot", 32),
    ("receipts_root", "receiptsRoot", 32),
    ("logs_bloom", "logsBloom", 256),
    ("prev_randao", "prevRandao", 32),
    ("number", "blockNumber", _QUANTITY),
    ("gas_limit", "gasLimit", _QUANTITY),
    ("gas_used", "gasUsed", _QUANTITY),
    ("timestamp", "timestamp", _QUANTITY),
    ("extra_data", "extraData", _BYTES),
    ("base_fee", "baseFeePerGas", _QUANTITY),
    ("block_hash", "blockHash", 32),
    ("blob_gas_used", "blobGasUsed", _QUANTITY),
    ("excess_blob_gas", "excessBlobGas", _QUANTITY),
    ("transactions", "transactions", _LIST),
    ("requests", "executionRequests", _LIST),
)
_MAX_LENGTHS = {"transactions": MAX_TRANSACTIONS, "requests": MAX_REQUESTS}
_MAX_ITEMS = len(FIELDS) + sum(_MAX_LENGTHS.values())


class PayloadError(ValueError):
    """The bytes or the JSON object are no execution payload; ``reason`` is a stable name for logs and metrics."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class ExecutionPayload:
    """One execution block with its execution requests. Hashes have 32 bytes, ``base_fee`` is wei, ``timestamp`` s."""

    parent_hash: bytes
    fee_recipient: bytes
    state_root: bytes
    receipts_root: bytes
    logs_bloom: bytes
    prev_randao: bytes
    number: int
    gas_limit: int
    gas_used: int
    timestamp: int
    extra_data: bytes
    base_fee: int
    block_hash: bytes
    blob_gas_used: int
    excess_blob_gas: int
    transactions: tuple[bytes, ...]
    requests: tuple[bytes, ...]

    @classmethod
    def from_json(cls, envelope: dict[str, Any]) -> ExecutionPayload:
        """Reads the answer of ``engine_getPayloadV5``. Raises PayloadError when a field is missing or malformed."""
        source = envelope["executionPayload"] | {"executionRequests": envelope.get("executionRequests") or []}
        if source.get("withdrawals"):
            raise PayloadError("withdrawals", "the engine built a block with withdrawals")
        try:
            fields: dict[str, Any] = {attribute: _from_json(source[name], kind) for attribute, name, kind in FIELDS}
        except (KeyError, TypeError, ValueError) as trouble:
            raise PayloadError("bad-payload", f"the engine's payload cannot be read: {trouble!r}") from trouble
        return cls(**fields)

    def to_json(self) -> dict[str, Any]:
        """The object that ``engine_newPayloadV4`` takes first; the requests are a parameter of their own."""
        fields = {name: _to_json(getattr(self, attribute), kind) for attribute, name, kind in FIELDS[:-1]}
        return fields | {"withdrawals": []}

    def requests_json(self) -> list[str]:
        """The execution requests as ``engine_newPayloadV4`` takes them."""
        return ["0x" + request.hex() for request in self.requests]

    def pack(self) -> bytes:
        """The block's transaction. Raises PayloadError when the payload is over its limits."""
        raw = rlp.encode([getattr(self, attribute) for attribute, _, _ in FIELDS])
        if len(raw) > MAX_PAYLOAD_BYTES:
            raise PayloadError("too-large", f"a payload of {len(raw)} bytes is over {MAX_PAYLOAD_BYTES}")
        packed = bytes((FORMAT,)) + zlib.compress(raw, _COMPRESSION)
        if len(packed) > MAX_PACKED_BYTES:
            raise PayloadError("too-large", f"{len(packed)} bytes are over {MAX_PACKED_BYTES}")
        return packed

    @classmethod
    def unpack(cls, packed: bytes) -> ExecutionPayload:
        """Reads a block's transaction. Raises PayloadError with its reason."""
        try:
            values = rlp.decode_list(_inflate(packed), max_depth=_MAX_DEPTH, max_items=_MAX_ITEMS)
        except rlp.TooManyItems as trouble:
            raise PayloadError("too-many-items", f"over {_MAX_ITEMS} fields, transactions and requests") from trouble
        except rlp.RlpError as trouble:
            raise PayloadError("bad-encoding", str(trouble)) from trouble
        if len(values) != len(FIELDS):
            raise PayloadError("bad-encoding", f"a payload has {len(FIELDS)} fields, not {len(values)}")
        named = zip(FIELDS, values, strict=True)
        fields: dict[str, Any] = {attribute: _decode(attribute, value, kind) for (attribute, _, kind), value in named}
        return cls(**fields)


def _inflate(packed: bytes) -> bytes:
    if not packed or packed[0] != FORMAT:
        raise PayloadError("bad-format", f"the first byte must be {FORMAT}")
    if len(packed) > MAX_PACKED_BYTES:
        raise PayloadError("too-large", f"{len(packed)} bytes are over {MAX_PACKED_BYTES}")
    stream = zlib.decompressobj()
    try:
        raw = stream.decompress(memoryview(packed)[1:], MAX_PAYLOAD_BYTES + 1)
    except zlib.error as trouble:
        raise PayloadError("bad-compression", str(trouble)) from trouble
    if len(raw) > MAX_PAYLOAD_BYTES:
        raise PayloadError("too-large", f"the payload inflates to over {MAX_PAYLOAD_BYTES} bytes")
    if not stream.eof or stream.unused_data:
        raise PayloadError("bad-compression", "the stream is cut off or followed by other bytes")
    return raw


def _decode(attribute: str, value: rlp.Item, kind: int) -> bytes | int | tuple[bytes, ...]:
    if isinstance(value, list):
        if kind == _LIST and _are_strings(value):
            if len(value) > _MAX_LENGTHS[attribute]:
                raise PayloadError("too-many-items", f"{len(value)} {attribute}, over {_MAX_LENGTHS[attribute]}")
            return tuple(value)
    elif kind == _QUANTITY:
        # Fees may have 256 bits; what is larger than 64 bits elsewhere is refused by the rules or by the engine.
        if len(value) <= 32 and value[:1] != b"\0":
            return int.from_bytes(value)
    elif kind == _BYTES:
        if len(value) <= MAX_EXTRA_DATA_BYTES:
            return value
    elif len(value) == kind:
        return value
    raise PayloadError("bad-encoding", f"the field {attribute} has the wrong form")


def _are_strings(items: list[rlp.Item]) -> TypeGuard[list[bytes]]:
    return set(map(type, items)) <= {bytes}


def _from_json(value: Any, kind: int) -> bytes | int | tuple[bytes, ...]:
    if kind == _LIST:
        return tuple(bytes.fromhex(item[2:]) for item in value)
    if kind == _QUANTITY:
        return int(value, 16)
    data = bytes.fromhex(value[2:])
    if kind not in (_BYTES, len(data)):
        raise ValueError(f"{len(data)} bytes instead of {kind}")
    return data


def _to_json(value: Any, kind: int) -> str | list[str]:
    if kind == _LIST:
        return ["0x" + item.hex() for item in value]
    return hex(value) if kind == _QUANTITY else "0x" + value.hex()
