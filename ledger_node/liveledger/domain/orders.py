"""Entries of a SKU's replenishment orders as they stand in their leaves (docs/formats.md, Replenishment)."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from liveledger.domain.errors import InvalidInput
from liveledger.domain.hashing import uint_word

WORD_BYTES = 32
_WIDTHS_MADE = (8, 8, 16, 16, 64, 64, 32, 64)
_WIDTHS_ENDED = (8, 64, 8, 64, 64)


class SourceKind(enum.IntEnum):
    """Where the goods of an order come from, by its code on the chain."""

    PLACE = 1
    HUB = 2
    SUPPLIER = 3


class OrderStatus(enum.IntEnum):
    """Where an order stands, by its code on the chain."""

    OPEN = 1
    CLOSED = 2
    CANCELLED = 3
    EXPIRED = 4


class OrderEntry(enum.IntEnum):
    """What a leaf of a SKU's orders says, by its code on the chain."""

    MADE = 1
    ENDED = 2


@dataclass(frozen=True, slots=True)
class OrderMade:
    """An order: ``source`` is a place, or the supplier's organisation; units, score in 1/10⁸, Unix seconds."""

    kind: SourceKind
    source: int
    to: int
    quantity: int
    position: int
    score: int
    deadline: int

    def encode(self) -> bytes:
        """The leaf's payload."""
        values = (self.kind, self.source, self.to, self.quantity, self.position, self.score, self.deadline)
        return b"".join(map(uint_word, (OrderEntry.MADE, *values)))


@dataclass(frozen=True, slots=True)
class OrderEnded:
    """The end of the order whose leaf has the number ``order``: what was shipped and received, in units."""

    order: int
    status: OrderStatus
    shipped: int
    received: int

    def encode(self) -> bytes:
        """The leaf's payload."""
        values = (OrderEntry.ENDED, self.order, self.status, self.shipped, self.received)
        return b"".join(map(uint_word, values))


def parse_entry(payload: bytes) -> OrderMade | OrderEnded:
    """The entry of a leaf. Raises InvalidInput on bytes that are none."""
    if len(payload) not in {WORD_BYTES * len(_WIDTHS_MADE), WORD_BYTES * len(_WIDTHS_ENDED)}:
        raise InvalidInput(f"{len(payload)} bytes are no entry of a SKU's orders")
    values = [int.from_bytes(payload[at : at + WORD_BYTES]) for at in range(0, len(payload), WORD_BYTES)]
    made = len(values) == len(_WIDTHS_MADE)
    widths = _WIDTHS_MADE if made else _WIDTHS_ENDED
    if any(value >> bits for value, bits in zip(values, widths, strict=True)):
        raise InvalidInput("a field of an entry is out of range")
    if values[0] != (OrderEntry.MADE if made else OrderEntry.ENDED):
        raise InvalidInput(f"{values[0]} is no kind of entry of this size")
    try:
        if made:
            return OrderMade(SourceKind(values[1]), *values[2:])
        status = OrderStatus(values[2])
    except ValueError:
        raise InvalidInput("an entry names a kind or a status that there is not") from None
    if status is OrderStatus.OPEN:
        raise InvalidInput("an entry ends an order and says that it is open")
    return OrderEnded(values[1], status, *values[3:])


def order_id(sku: int, index: int) -> int:
    """The number of the order whose leaf is number ``index`` of the SKU's orders."""
    return sku << 64 | index


def split_order_id(number: int) -> tuple[int, int]:
    """SKU and index of an order's number. Raises InvalidInput when it does not fit."""
    if not 0 < number < 1 << 96:
        raise InvalidInput(f"{number} is no number of an order")
    return number >> 64, number & (1 << 64) - 1


def orders_stream(sku: int) -> bytes:
    """Stream id of a SKU's orders in Replenishment."""
    return uint_word(sku | 2 << 248)


def policy_stream(brand: int) -> bytes:
    """Stream id of a brand's policy in Replenishment."""
    return uint_word(brand | 1 << 248)
