"""Execution headers and accounts: the RLP records that CometBFT's app hash leads to."""

from __future__ import annotations

from dataclasses import dataclass

from liveledger.domain import rlp
from liveledger.domain.hashing import keccak

EMPTY_CODE_HASH = keccak(b"")
_STATE_ROOT, _TRANSACTIONS_ROOT, _RECEIPTS_ROOT, _NUMBER, _TIME = 3, 4, 5, 8, 11
_MIN_FIELDS, _MAX_FIELDS = 15, 32
MAX_HEADER_BYTES = 4096


@dataclass(frozen=True, slots=True)
class ExecutionHeader:
    """What the verifier needs of block ``number``: ``time`` in Unix seconds, roots of 32 bytes."""

    digest: bytes
    number: int
    time: int
    state_root: bytes
    transactions_root: bytes
    receipts_root: bytes

    @classmethod
    def decode(cls, data: bytes) -> ExecutionHeader:
        """Reads the header's RLP (its fields up to the time are the same in every fork). Raises RlpError."""
        items = rlp.decode_list(data)
        if not _MIN_FIELDS <= len(items) <= _MAX_FIELDS:
            raise rlp.RlpError(f"an execution header does not have {len(items)} fields")
        return cls(
            keccak(data),
            rlp.uint(items[_NUMBER], 8),
            rlp.uint(items[_TIME], 8),
            rlp.fixed(items[_STATE_ROOT], 32),
            rlp.fixed(items[_TRANSACTIONS_ROOT], 32),
            rlp.fixed(items[_RECEIPTS_ROOT], 32),
        )


@dataclass(frozen=True, slots=True)
class Account:
    """What a contract's account says: storage root and code hash, 32 bytes each."""

    storage_root: bytes
    code_hash: bytes

    @classmethod
    def decode(cls, data: bytes) -> Account:
        """Reads an account's RLP out of the state trie. Raises RlpError."""
        items = rlp.decode_list(data)
        if len(items) != 4:
            raise rlp.RlpError(f"an account does not have {len(items)} fields")
        rlp.uint(items[0], 8)
        rlp.uint(items[1])
        return cls(rlp.fixed(items[2], 32), rlp.fixed(items[3], 32))


def decode_slot(data: bytes) -> int:
    """A storage value. Zero is never stored: an explicit one is refused. Raises RlpError."""
    value = rlp.uint(rlp.decode(data))
    if value == 0:
        raise rlp.RlpError("a slot holds an explicit zero")
    return value
