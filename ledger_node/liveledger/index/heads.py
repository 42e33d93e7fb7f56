"""Heads of all streams, recomputed leaf by leaf while the index follows the chain (docs/formats.md, Streams)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from liveledger.domain.errors import LiveLedgerError
from liveledger.domain.hashing import hex_bytes, keccak
from liveledger.domain.streams import LEAF_TYPE, initial_head, next_head, stream_slot
from liveledger.index.chain.tables import leaves, streams
from liveledger.index.database import PARAMETERS, write_rows

# Streams kept in memory; beyond that all are read again when they are needed.
_MOST_CACHED = 400_000


class IndexDiffers(LiveLedgerError):
    """What the node gave does not lead to the words that the chain holds: an event is missing, changed or made up."""

    code = "index-differs"


@dataclass(frozen=True, slots=True)
class Place:
    """Where an event stands, and who caused it."""

    block_number: int
    block_time: int
    tx_index: int
    log_index: int
    tx_hash: bytes


@dataclass(slots=True)
class Head:
    """One stream as far as it was followed."""

    id: int
    contract: str
    stream_id: bytes
    head: bytes
    count: int
    slot: bytes = b""

    def word(self) -> int:
        """The storage word that the contract must hold."""
        return int.from_bytes(self.head) << 64 | self.count


class Heads:
    """All streams that were touched lately, and the leaves that are to be written."""

    def __init__(self, evm_chain_id: int, addresses: dict[str, bytes]) -> None:
        self._evm_chain_id = evm_chain_id
        self._addresses = addresses
        self._known: dict[tuple[str, bytes], Head] = {}
        self._touched: dict[tuple[str, bytes], Head] = {}
        self._unchecked: dict[tuple[str, bytes], Head] = {}
        self._leaves: list[tuple[Any, ...]] = []
        self._next_stream = 0
        self._next_leaf = 0

    def begin(self, connection: Connection) -> None:
        """Starts a range: numbers go on where the tables end."""
        if len(self._known) > _MOST_CACHED:
            self._known.clear()
        self._touched.clear()
        self._leaves.clear()
        self._next_stream = 1 + (connection.execute(select(func.max(streams.c.id))).scalar() or 0)
        self._next_leaf = 1 + (connection.execute(select(func.max(leaves.c.id))).scalar() or 0)

    def load(
        self, connection: Connection, contract: str, stream_ids: Iterable[bytes], address: bytes | None = None
    ) -> None:
        """Reads the streams that are not in memory. ``address``: where new ones begin, if not at the newest version."""
        missing = [stream_id for stream_id in dict.fromkeys(stream_ids) if (contract, stream_id) not in self._known]
        for start in range(0, len(missing), PARAMETERS):
            part = missing[start : start + PARAMETERS]
            query = select(streams).where(streams.c.contract == contract, streams.c.stream_id.in_(part))
            for number, _, stream_id, last, count in connection.execute(query):
                self._known[contract, stream_id] = Head(number, contract, stream_id, last, count)
        for stream_id in missing:
            if (contract, stream_id) not in self._known:
                first = initial_head(self._evm_chain_id, address or self._addresses[contract], stream_id)
                self._known[contract, stream_id] = Head(self._next_stream, contract, stream_id, first, 0)
                self._next_stream += 1

    def append(self, contract: str, stream_id: bytes, n: int, place: Place, poster: bytes, payload: bytes) -> None:
        """Adds a leaf to a loaded stream."""
        head = self._known[contract, stream_id]
        self._touched[contract, stream_id] = self._unchecked[contract, stream_id] = head
        numbers = (head.count, n, place.block_number, place.block_time)
        leaf_hash = keccak(
            b"".join(
                (LEAF_TYPE, stream_id, *(number.to_bytes(32) for number in numbers), bytes(12), poster, keccak(payload))
            )
        )
        self._leaves.append(
            (
                self._next_leaf,
                head.id,
                head.count,
                n,
                place.block_number,
                place.block_time,
                place.tx_index,
                place.log_index,
                poster,
                payload,
                leaf_hash,
                head.head,
            )
        )
        self._next_leaf += 1
        head.head = next_head(head.head, leaf_hash)
        head.count += n

    def count(self, contract: str, stream_id: bytes) -> int:
        """Number of entries of a loaded stream so far."""
        return self._known[contract, stream_id].count

    def write(self, connection: Connection) -> None:
        """Writes touched streams and new leaves."""
        touched = [(head.id, head.contract, head.stream_id, head.head, head.count) for head in self._touched.values()]
        write_rows(connection, streams, touched, replace=True)
        write_rows(connection, leaves, self._leaves, replace=False)

    def compare(self, read: Callable[[str, Sequence[bytes]], list[int]], height: int) -> int:
        """Compares every stream touched since the last call with the chain's word after ``height``; returns how many.

        ``read`` gives storage words of a contract by its name. Raises IndexDiffers naming the first stream that
        differs.
        """
        for contract in self._addresses:
            touched = [head for head in self._unchecked.values() if head.contract == contract]
            for head in touched:
                head.slot = head.slot or stream_slot(head.stream_id)
            if not touched:
                continue
            for head, word in zip(touched, read(contract, [head.slot for head in touched]), strict=True):
                if head.word() != word:
                    raise IndexDiffers(
                        f"stream {hex_bytes(head.stream_id)} of {contract} has the word {word:#x} after block {height},"
                        f" its events lead to {head.word():#x}",
                        hint="does the node leave out events? Restart it, or follow another node",
                        contract=contract,
                        stream=hex_bytes(head.stream_id),
                        height=height,
                    )
        compared = len(self._unchecked)
        self._unchecked.clear()
        return compared
