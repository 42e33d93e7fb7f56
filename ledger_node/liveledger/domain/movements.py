"""Movements and their packed form: groups of 12-byte records, sorted by SKU (docs/formats.md)."""

from __future__ import annotations

import enum
import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from liveledger.domain.errors import InvalidInput

RECORD_BYTES = 12
GROUP_HEAD_BYTES = 6
MAX_QUANTITY = (1 << 24) - 1
MAX_PLACE = (1 << 16) - 1
MAX_SKU = (1 << 32) - 1
MAX_TIME = (1 << 32) - 1
MAX_GROUP = (1 << 16) - 1


class Lane(enum.IntEnum):
    """Lanes of a balance word, by position (uint64 each, lane 0 in the low bits)."""

    AVAILABLE = 0
    RESERVED = 1
    IN_TRANSIT = 2
    HELD = 3


class Kind(enum.IntEnum):
    """Kinds of movement, by their code on the chain."""

    RECEIVE = 1
    RESERVE = 2
    RELEASE = 3
    SHIP = 4
    ARRIVE = 5
    DELIVER = 6
    RETURN = 7
    TRANSFER = 8
    FOUND = 9
    LOST = 10
    SCRAP = 11
    HOLD = 12
    RESTOCK = 13
    SELL = 14


@dataclass(frozen=True, slots=True)
class Movement:
    """One movement: ``quantity`` in the SKU's base unit, ``at`` in Unix seconds, place 0 = outside."""

    sku: int
    kind: Kind
    source: int
    target: int
    quantity: int
    at: int

    def record(self) -> bytes:
        """The 12-byte record. Raises InvalidInput naming the field that is out of range."""
        _check_range("place", self.source, 0, MAX_PLACE)
        _check_range("place", self.target, 0, MAX_PLACE)
        _check_range("quantity", self.quantity, 1, MAX_QUANTITY)
        _check_range("time", self.at, 0, MAX_TIME)
        packed = self.kind << 88 | self.source << 72 | self.target << 56 | self.quantity << 32 | self.at
        return packed.to_bytes(RECORD_BYTES)


def pack(movements: Sequence[Movement]) -> bytes:
    """Packs movements that are already sorted by SKU into ``records``. Raises InvalidInput when they are not."""
    parts: list[bytes] = []
    previous = 0
    for sku, run in itertools.groupby(movements, key=lambda movement: movement.sku):
        _check_range("sku", sku, 1, MAX_SKU)
        if sku <= previous:
            raise InvalidInput(f"SKU {sku} comes after SKU {previous}: a batch is sorted by SKU", sku=sku)
        previous = sku
        records = [movement.record() for movement in run]
        _check_range("movements of one SKU in a batch", len(records), 1, MAX_GROUP)
        parts += (sku.to_bytes(4), len(records).to_bytes(2), *records)
    return b"".join(parts)


def groups(records: bytes) -> Iterator[tuple[int, bytes]]:
    """Splits ``records`` into (SKU, payload) groups. Raises InvalidInput on bytes that do not form whole groups."""
    offset = 0
    while offset < len(records):
        body = offset + GROUP_HEAD_BYTES
        n = int.from_bytes(records[offset + 4 : body])
        end = body + n * RECORD_BYTES
        if body > len(records) or n == 0 or end > len(records):
            raise InvalidInput(f"the group at byte {offset} is cut short", offset=offset)
        yield int.from_bytes(records[offset : offset + 4]), records[body:end]
        offset = end


def unpack_group(sku: int, payload: bytes) -> list[Movement]:
    """Decodes one group's payload. Raises InvalidInput on an unknown kind or a broken length."""
    if len(payload) % RECORD_BYTES:
        raise InvalidInput(f"{len(payload)} bytes are no whole number of records", sku=sku)
    return [_decode(sku, payload[i : i + RECORD_BYTES]) for i in range(0, len(payload), RECORD_BYTES)]


def unpack(records: bytes) -> list[Movement]:
    """Decodes a whole batch in its order."""
    return [movement for sku, payload in groups(records) for movement in unpack_group(sku, payload)]


def merkle_leaves(records: bytes) -> Iterable[bytes]:
    """Leaf data of the batch's Merkle tree: SKU (4) and record (12), in batch order."""
    for sku, payload in groups(records):
        head = sku.to_bytes(4)
        for i in range(0, len(payload), RECORD_BYTES):
            yield head + payload[i : i + RECORD_BYTES]


def _decode(sku: int, record: bytes) -> Movement:
    try:
        kind = Kind(record[0])
    except ValueError:
        raise InvalidInput(f"{record[0]} is no kind of movement", sku=sku) from None
    source, target = int.from_bytes(record[1:3]), int.from_bytes(record[3:5])
    return Movement(sku, kind, source, target, int.from_bytes(record[5:8]), int.from_bytes(record[8:12]))


def _check_range(name: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise InvalidInput(f"{name} {value} is outside {low} … {high}", field=name, value=value)
