"""Typed answers about movements that were handed in."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from liveledger_api.answers import Address, Hex, RefusedRecord, example
from liveledger_api.listing import Decimal, Typed


class ChosenLot(Typed):
    """Units out of a lot; null: goods whose lot is not stated."""

    lot: str | None
    quantity: Decimal


class Allocated(Typed):
    """Which lots were chosen for a message."""

    id: str
    lots: list[ChosenLot]


class MovementsTaken(Typed):
    """How many movements are new, and how many of them wait for their cause.

    `allocated` where lots were chosen, `refused` where records are, `reservations_poster` where reservations went by an
    account of their own beside others.
    """

    model_config = example(accepted=2, already_posted=0, parked=0, dry_run=False, poster="0x" + "5a" * 20, lane="0")

    accepted: int
    already_posted: int
    parked: int
    dry_run: bool
    poster: Address
    lane: Decimal
    allocated: list[Allocated] = Field(default_factory=list)
    reservations_poster: Address | None = None
    refused: list[RefusedRecord] = Field(default_factory=list)


_STATE = {"id": "order-7", "state": "final", "refusal": None, "waits_for": None, "poster": "0x" + "5a" * 20}
_STATE |= {"lane": "0", "sequence": "17", "index": "3", "block": "1204", "salt": "0x" + "22" * 16}


class MessageState(Typed):
    """Where a message is: its batch and its place in it, the block, why it was refused, what it waits for.

    `salt` is that of its document. `parts`: of a message whose goods came out of several lots, itself first.
    """

    model_config = example(**_STATE)

    id: str
    state: Literal["acknowledged", "parked", "final", "refused"]
    refusal: str | None
    waits_for: str | None
    poster: Address
    lane: Decimal
    sequence: Decimal | None
    index: Decimal | None
    block: Decimal | None
    salt: Hex
    parts: list[MessageState] = Field(default_factory=list)


class Numbered(Typed):
    """A message as it was handed in, by its number."""

    number: Decimal
    message: dict[str, Any]


class AboutDocument(MessageState, Numbered):
    """A message about the document that was asked for."""

    model_config = example(number="7", message={"id": "order-7", "kind": "sell"}, **_STATE)


class RefusedLater(Typed):
    """A message that the ledger refused after it was acknowledged. `refused_at`: Unix seconds."""

    number: Decimal
    id: str
    refusal: str
    refused_at: float
    poster: Address
    lane: Decimal


class RefusedPage(Typed):
    """A page of refused messages; `next` goes into `after` of the next page."""

    refused: list[RefusedLater]
    next: int
    more: bool


class DocumentPage(Typed):
    """A page of the messages about one document; `next` goes into `after` of the next page."""

    movements: list[AboutDocument]
    next: int
    more: bool
