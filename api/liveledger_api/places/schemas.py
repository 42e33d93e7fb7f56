"""Typed answers about what came to a place and left it."""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict, Field

from liveledger_api.listing import Block, Decimal, Typed

_EXAMPLE: dict[str, Any] = {"block": "1204", "poster": "0x" + "5a" * 20, "lane": "0", "sequence": "17", "index": "3"}
_EXAMPLE |= {"sku": "1048577", "lot": "1", "kind": "receive", "from": "0", "to": "3", "quantity": "12"}
_EXAMPLE |= {"at": "1796040000"}


class PlaceMovement(Typed):
    """A movement, the batch and the record that it stands in; `from` and `to` are numbers of places, 0 is outside."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_EXAMPLE]})

    block: Decimal
    poster: str
    lane: Decimal
    sequence: Decimal
    index: Decimal = Field(description="Number of the record within its batch")
    sku: Decimal
    lot: Decimal
    kind: str
    source: Decimal = Field(alias="from")
    to: Decimal
    quantity: Decimal
    at: Decimal = Field(description="Time of the fact, Unix seconds")


class PlaceMovements(Typed):
    """A page; `next`: what `after` of the next page says, null where there is nothing more."""

    movements: list[PlaceMovement]
    next: str | None


class PlaceMovementPage(Typed):
    """The answer: by this server's index, without a proof."""

    answer: PlaceMovements
    block: Block
    proof: None
