"""Movements and their packed form: groups of 12-byte records, sorted by SKU and lot (docs/formats.md)."""

from __future__ import annotations

import contextlib
import enum
import itertools
import operator
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from liveledger.domain.errors import InvalidInput

RECORD_BYTES = 12
LOT_BYTES = 2
# SKU (4), number of records (2), lot (2): the lot stands before the records, a leaf's payload begins with it.
GROUP_HEAD_BYTES = 8
MAX_QUANTITY = (1 << 24) - 1
MAX_PLACE = (1 << 16) - 1
MAX_SKU = (1 << 32) - 1
MAX_LOT = (1 << 16) - 1
MAX_TIME = (1 << 32) - 1
MAX_GROUP = (1 << 16) - 1
_PAYLOAD_AT = GROUP_HEAD_BYTES - LOT_BYTES
_owner = operator.attrgetter("owner")
# SKU, lot, kind, from, to, quantity (high byte and the rest), time.
_CONTENT = struct.Struct(">IHBHHBHI")


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
    SEND_BACK = 15
    LOST_IN_TRANSIT = 16
    FOUND_IN_TRANSIT = 17
    ASSEMBLE = 18
    ASSEMBLE_FROM = 19
    SPLIT = 20
    SPLIT_INTO = 21
    GIFT = 22
    SAMPLE = 23


@dataclass(frozen=True, slots=True)
class Movement:
    """One movement: ``quantity`` in base units, ``at`` in Unix seconds; place 0 = outside, lot 0 = not stated."""

    sku: int
    kind: Kind
    source: int
    target: int
    quantity: int
    at: int
    lot: int = 0

    @property
    def owner(self) -> tuple[int, int]:
        """SKU and lot: a batch is sorted by them, and movements of one owner stay in their order."""
        return self.sku, self.lot

    def record(self) -> bytes:
        """The 12-byte record. Raises InvalidInput naming the field that is out of range."""
        _check_range("place", self.source, 0, MAX_PLACE)
        _check_range("place", self.target, 0, MAX_PLACE)
        _check_range("quantity", self.quantity, 1, MAX_QUANTITY)
        _check_range("time", self.at, 0, MAX_TIME)
        packed = self.kind << 88 | self.source << 72 | self.target << 56 | self.quantity << 32 | self.at
        return packed.to_bytes(RECORD_BYTES)

    def content(self) -> bytes:
        """SKU (4), lot (2) and record (12): the data of its Merkle leaf. Raises InvalidInput as `record`."""
        if self.quantity and self.sku:
            with contextlib.suppress(struct.error):
                high, low = self.quantity >> 16, self.quantity & 0xFFFF
                return _CONTENT.pack(self.sku, self.lot, self.kind, self.source, self.target, high, low, self.at)
        _check_range("sku", self.sku, 1, MAX_SKU)
        _check_range("lot", self.lot, 0, MAX_LOT)
        return self.sku.to_bytes(4) + self.lot.to_bytes(LOT_BYTES) + self.record()


def pack(movements: Sequence[Movement]) -> bytes:
    """Packs movements that are sorted by SKU and lot into ``records``. Raises InvalidInput when they are not."""
    parts: list[bytes] = []
    previous = (0, 0)
    for owner, run in itertools.groupby(movements, key=_owner):
        if owner <= previous:
            raise InvalidInput(f"SKU {owner[0]} comes after SKU {previous[0]}: a batch is sorted by SKU", sku=owner[0])
        previous = owner
        contents = [movement.content() for movement in run]
        _check_range("movements of one lot in a batch", len(contents), 1, MAX_GROUP)
        parts += (contents[0][:4], len(contents).to_bytes(2), contents[0][4:6], *(content[6:] for content in contents))
    return b"".join(parts)


def sort(movements: Iterable[Movement]) -> list[Movement]:
    """The movements in the order of a batch; those of one SKU and lot keep theirs."""
    return sorted(movements, key=_owner)


def groups(records: bytes) -> Iterator[tuple[int, bytes]]:
    """Splits ``records`` into (SKU, payload of its leaf: lot and records).

    Raises InvalidInput on bytes that do not form whole groups.
    """
    offset = 0
    while offset < len(records):
        body = offset + GROUP_HEAD_BYTES
        n = int.from_bytes(records[offset + 4 : offset + _PAYLOAD_AT])
        end = body + n * RECORD_BYTES
        if body > len(records) or n == 0 or end > len(records):
            raise InvalidInput(f"the group at byte {offset} is cut short", offset=offset)
        yield int.from_bytes(records[offset : offset + 4]), records[offset + _PAYLOAD_AT : end]
        offset = end


def count(payload: bytes) -> int:
    """Number of records in a group's payload. Raises InvalidInput on a broken length."""
    n, rest = divmod(len(payload) - LOT_BYTES, RECORD_BYTES)
    if n < 1 or rest:
        raise InvalidInput(f"{len(payload)} bytes are no lot and whole records")
    return n


def part(payload: bytes, first: int, last: int) -> bytes:
    """The payload of a group with its records ``first`` to ``last − 1`` only: decoding a whole large one takes long."""
    start = LOT_BYTES + first * RECORD_BYTES
    return payload[:LOT_BYTES] + payload[start : LOT_BYTES + last * RECORD_BYTES]


def unpack_group(sku: int, payload: bytes) -> list[Movement]:
    """Decodes one group's payload. Raises InvalidInput on an unknown kind or a broken length."""
    lot, n = int.from_bytes(payload[:LOT_BYTES]), count(payload)
    starts = range(LOT_BYTES, LOT_BYTES + n * RECORD_BYTES, RECORD_BYTES)
    return [decode(sku, lot, payload[start : start + RECORD_BYTES]) for start in starts]


def unpack(records: bytes) -> list[Movement]:
    """Decodes a whole batch in its order."""
    return [movement for sku, payload in groups(records) for movement in unpack_group(sku, payload)]


def merkle_leaves(records: bytes) -> Iterable[bytes]:
    """Leaf data of the batch's Merkle tree: SKU (4), lot (2) and record (12), in batch order."""
    for sku, payload in groups(records):
        head = sku.to_bytes(4) + payload[:LOT_BYTES]
        for start in range(LOT_BYTES, len(payload), RECORD_BYTES):
            yield head + payload[start : start + RECORD_BYTES]


def decode(sku: int, lot: int, record: bytes) -> Movement:
    """The movement of a 12-byte record. Raises InvalidInput on an unknown kind."""
    try:
        kind = Kind(record[0])
    except ValueError:
        raise InvalidInput(f"{record[0]} is no kind of movement", sku=sku) from None
    source, target = int.from_bytes(record[1:3]), int.from_bytes(record[3:5])
    return Movement(sku, kind, source, target, int.from_bytes(record[5:8]), int.from_bytes(record[8:12]), lot)


def _check_range(name: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise InvalidInput(f"{name} {value} is outside {low} … {high}", field=name, value=value)
