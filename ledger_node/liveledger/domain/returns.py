"""Gradings of returned goods, their packed form, and the movements that carry them out (docs/formats.md, Returns)."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass

from liveledger.domain.errors import InvalidInput
from liveledger.domain.movements import MAX_LOT, MAX_PLACE, MAX_QUANTITY, MAX_SKU, Kind, Movement

# Act (1), organisation (2), documents root (32); then a record an entry.
HEAD_BYTES = 35
# Lot (2), place (2), quantity (3), grade (1), disposition (1).
RECORD_BYTES = 9
MAX_ORGANISATION = 4095


class Grade(enum.IntEnum):
    """What returned goods are worth."""

    A = 1
    B = 2
    C = 3
    D = 4


class Disposition(enum.IntEnum):
    """What becomes of returned goods."""

    RESTOCK = 1
    RESTOCK_DISCOUNTED = 2
    SEND_BACK = 3
    SCRAP = 4


class ReturnAct(enum.IntEnum):
    """What a leaf says of its entries."""

    GRADED = 1
    CLOSED = 2


DISPOSITIONS: Mapping[Grade, Disposition] = {
    Grade.A: Disposition.RESTOCK,
    Grade.B: Disposition.RESTOCK_DISCOUNTED,
    Grade.C: Disposition.SEND_BACK,
    Grade.D: Disposition.SCRAP,
}
# The kinds of movement that carry them out; all of them take from the lane `held`.
KINDS: Mapping[Disposition, Kind] = {
    Disposition.RESTOCK: Kind.RESTOCK,
    Disposition.RESTOCK_DISCOUNTED: Kind.RESTOCK,
    Disposition.SEND_BACK: Kind.SEND_BACK,
    Disposition.SCRAP: Kind.SCRAP,
}
_STAYS = frozenset({Disposition.RESTOCK, Disposition.RESTOCK_DISCOUNTED})


@dataclass(frozen=True, slots=True)
class GradeEntry:
    """``quantity`` base units of a SKU's lot (0 = not stated) at a place have a grade."""

    sku: int
    lot: int
    place: int
    quantity: int
    grade: Grade

    @property
    def disposition(self) -> Disposition:
        """The grade's own."""
        return DISPOSITIONS[self.grade]

    def record(self) -> bytes:
        """The 9-byte record. Raises InvalidInput naming the field that is out of range."""
        _check_range("lot", self.lot, 0, MAX_LOT)
        _check_range("place", self.place, 1, MAX_PLACE)
        _check_range("quantity", self.quantity, 1, MAX_QUANTITY)
        numbers = self.lot.to_bytes(2) + self.place.to_bytes(2) + self.quantity.to_bytes(3)
        return numbers + bytes((self.grade, self.disposition))


@dataclass(frozen=True, slots=True)
class Grading:
    """A leaf of a SKU's return stream: what an organisation graded or closed in one call; the root has 32 bytes."""

    act: ReturnAct
    organisation: int
    documents_root: bytes
    entries: tuple[GradeEntry, ...]

    def payload(self) -> bytes:
        """The leaf's payload; the entries are of one SKU. Raises InvalidInput on a field that is out of range."""
        _check_range("organisation", self.organisation, 1, MAX_ORGANISATION)
        head = bytes((self.act,)) + self.organisation.to_bytes(2) + self.documents_root
        return head + b"".join(entry.record() for entry in self.entries)


def unpack(sku: int, payload: bytes) -> Grading:
    """Decodes the payload of a leaf in the return stream of ``sku``.

    Raises InvalidInput on a broken length, an unknown act or grade, or a disposition that is not the grade's own.
    """
    body = len(payload) - HEAD_BYTES
    if body < RECORD_BYTES or body % RECORD_BYTES:
        raise InvalidInput(f"{len(payload)} bytes are no head and whole records", sku=sku)
    try:
        act = ReturnAct(payload[0])
    except ValueError:
        raise InvalidInput(f"{payload[0]} is no act of returns", sku=sku) from None
    starts = range(HEAD_BYTES, len(payload), RECORD_BYTES)
    entries = tuple(_entry(sku, payload[start : start + RECORD_BYTES]) for start in starts)
    return Grading(act, int.from_bytes(payload[1:3]), payload[3:HEAD_BYTES], entries)


def movements_of(grading: Grading, at: int) -> list[Movement]:
    """The movements that carry a grading out, one an entry and in their order; ``at`` in Unix seconds.

    Grades A and B go back to ``available`` of their place, C and D leave the ledger.
    """
    return [_movement(entry, at) for entry in grading.entries]


def _movement(entry: GradeEntry, at: int) -> Movement:
    kind = KINDS[entry.disposition]
    target = entry.place if entry.disposition in _STAYS else 0
    return Movement(entry.sku, kind, entry.place, target, entry.quantity, at, entry.lot)


def _entry(sku: int, record: bytes) -> GradeEntry:
    _check_range("sku", sku, 1, MAX_SKU)
    try:
        grade = Grade(record[7])
    except ValueError:
        raise InvalidInput(f"{record[7]} is no grade", sku=sku) from None
    lot, place, quantity = (int.from_bytes(part) for part in (record[:2], record[2:4], record[4:7]))
    entry = GradeEntry(sku, lot, place, quantity, grade)
    if record != entry.record():
        raise InvalidInput(f"{record[8]} is not the disposition of grade {grade.name}", sku=sku)
    return entry


def _check_range(name: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise InvalidInput(f"{name} {value} is outside {low} … {high}", field=name, value=value)
