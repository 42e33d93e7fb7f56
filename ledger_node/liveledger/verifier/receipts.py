"""Receipts as they stand in the receipts trie: type ‖ RLP (EIP-2718), and the logs in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from liveledger.domain import rlp

MAX_TYPE = 0x7F


@dataclass(frozen=True, slots=True)
class Log:
    """One log: address (20 bytes), topics (32 bytes each), data."""

    address: bytes
    topics: tuple[bytes, ...]
    data: bytes


@dataclass(frozen=True, slots=True)
class Receipt:
    """A transaction's outcome: ``status`` 1 done, 0 reverted."""

    kind: int
    status: int
    logs: tuple[Log, ...]

    @classmethod
    def decode(cls, data: bytes) -> Receipt:
        """Reads a receipt: a type byte before the RLP, none for legacy transactions. Raises RlpError."""
        kind, body = (data[0], data[1:]) if data and data[0] <= MAX_TYPE else (0, data)
        items = rlp.decode_list(body)
        if len(items) != 4 or not isinstance(items[3], list):
            raise rlp.RlpError("a receipt has four fields, the last of them a list")
        rlp.uint(items[1], 8)
        rlp.fixed(items[2], 256)
        status = rlp.uint(items[0], 1)
        if status > 1:
            raise rlp.RlpError(f"{status} is no status of a receipt")
        return cls(kind, status, tuple(_log(item) for item in items[3]))

    def find(self, address: bytes, topics: Sequence[bytes]) -> Log | None:
        """The first log of ``address`` with exactly these topics."""
        wanted = tuple(topics)
        return next((log for log in self.logs if log.address == address and log.topics == wanted), None)


def _log(item: rlp.Item) -> Log:
    if not isinstance(item, list) or len(item) != 3 or not isinstance(item[1], list) or not isinstance(item[2], bytes):
        raise rlp.RlpError("a log has an address, topics and data")
    return Log(rlp.fixed(item[0], 20), tuple(rlp.fixed(topic, 32) for topic in item[1]), item[2])
