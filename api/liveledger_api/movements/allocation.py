"""First-expired-first-out: which lots a movement takes when its sender leaves that to the rule, and how it is split."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from liveledger.domain.errors import RuleViolation
from liveledger.domain.movements import Kind, Lane
from liveledger.index.stock.lot_stock import LotBalance
from liveledger.messages.movements import ALLOCATED, Message
from liveledger.rules.stock_state import RULES

# The contract's reason where a lane holds too little.
OVERSELL = "StockOversell"
# What one message may be split into: all of it goes into one batch.
MAX_PARTS = 100
_WORDS = {Lane.AVAILABLE: "available", Lane.RESERVED: "reserved", Lane.IN_TRANSIT: "in transit", Lane.HELD: "held"}


class NotAllocated(RuleViolation):
    """The lots that have not expired do not hold as much as is wanted; nothing was written."""

    code = "not-allocated"


@dataclass(frozen=True, slots=True)
class Part:
    """One movement of a message that was split: what it takes of which lot (None: goods without one)."""

    message: Message
    lot: int


def lane_of(kind: Kind) -> Lane:
    """The lane that a kind takes from. Raises KeyError for one that takes from outside."""
    lane = RULES[kind].takes
    if lane is None:
        raise KeyError(kind)
    return lane


def allocated(message: Message, stock: Sequence[LotBalance]) -> list[Part]:
    """The message as movements of lots: earliest expiry first, then by number, those without expiry behind, goods that
    are under no lot last. What expired before the day of the fact is not taken. Raises NotAllocated.
    """
    day = _day(message)
    rest, taken = message.quantity, list[tuple[LotBalance, int]]()
    for lot in sorted((one for one in stock if not _expired(one, day)), key=_order):
        units = min(rest, lot.units)
        if units > 0:
            taken.append((lot, units))
            rest -= units
    if rest or len(taken) > MAX_PARTS:
        raise NotAllocated(_too_little(message, stock, day), reason=OVERSELL)
    return [
        Part(_part(message, number, len(taken), lot, units), lot.lot) for number, (lot, units) in enumerate(taken, 1)
    ]


def is_part(document: Mapping[str, Any]) -> bool:
    """Whether a stored document is of a movement that came of an allocation."""
    return "part" in document


def original(document: dict[str, Any]) -> dict[str, Any]:
    """The document as it was sent, from that of one of its parts; any other as it is."""
    part = document.get("part")
    if part is None:
        return document
    whole = {name: value for name, value in document.items() if name not in ("part", "lot")}
    return whole | {"id": part["of"], "quantity": part["quantity"]}


def part_ids(document: Mapping[str, Any]) -> list[str]:
    """Ids of all movements of the message that a stored document is a part of, in their order."""
    part = document.get("part")
    if part is None:
        return [str(document["id"])]
    return [_part_id(part["of"], number) for number in range(1, part["count"] + 1)]


def whole_id(name: str) -> str:
    """The id of the message that a movement's id is a part of; its own where it is none."""
    return name.partition(" ")[0]


def without_a_lot(message: Message, stock: Iterable[LotBalance]) -> str | None:
    """Why a movement that names no lot finds nothing while there are goods under lots, in words; None otherwise."""
    lots = [one for one in stock if one.units > 0]
    named = [one for one in lots if one.lot]
    if message.lot is not None or not named:
        return None
    word = _WORDS[lane_of(message.kind)]
    bare = sum(one.units for one in lots if not one.lot)
    units, many = sum(one.units for one in named), "lots" if len(named) > 1 else "lot"
    choice = "name one, or ask for first-expired-first-out" if message.kind in ALLOCATED else "name one"
    return f"{_where(message)}: {bare} {word} without a lot, {units} under {len(named)} {many}: {choice}"


def _part(message: Message, number: int, count: int, lot: LotBalance, units: int) -> Message:
    name = _part_id(message.message_id, number)
    part = {"of": message.message_id, "number": number, "count": count, "quantity": message.quantity}
    stated = {"lot": lot.code} if lot.lot else {}
    document = {**message.document, "id": name, "quantity": units, **stated, "part": part}
    return replace(message, message_id=name, quantity=units, lot=lot.code or None, document=document)


def _part_id(of: str, number: int) -> str:
    """The first part has the message's own id; the others' hold a blank, which no sender's id may."""
    return of if number == 1 else f"{of} {number}"


def _order(lot: LotBalance) -> tuple[bool, bool, int, int]:
    return lot.lot == 0, lot.expiry == 0, lot.expiry, lot.lot


def _expired(lot: LotBalance, day: int) -> bool:
    return 0 < lot.expiry < day


def _day(message: Message) -> int:
    """The day of the fact where it happened, as YYYYMMDD."""
    return int(datetime.fromisoformat(message.document["at"]).strftime("%Y%m%d"))


def _too_little(message: Message, stock: Sequence[LotBalance], day: int) -> str:
    word = _WORDS[lane_of(message.kind)]
    good = [one for one in stock if one.units > 0 and not _expired(one, day)]
    units, expired = sum(one.units for one in good), sum(one.units for one in stock if _expired(one, day))
    more = f" ({expired} more have expired)" if expired else ""
    if units >= message.quantity:
        return f"{_where(message)}: {message.quantity} would take more than {MAX_PARTS} lots: ask for less at a time"
    return f"{_where(message)}: {message.quantity} are wanted, {units} {word} in {len(good)} lots{more}"


def _where(message: Message) -> str:
    return f"{message.sku} at {message.source:013d}" if message.source is not None else message.sku
