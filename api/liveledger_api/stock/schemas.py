"""Typed answers about lots of a SKU."""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict, Field

from liveledger_api.answers import POSTED, Posted, example
from liveledger_api.listing import Block, Code, Decimal, Typed

_LOT: dict[str, Any] = {"lot": "1", "code": "L2611", "expiry": "2027-11-30", "block": "31"}
_LATE: dict[str, Any] = {"lot": "1", "code": "L2611", "units": "3", "since": "1796040000"}


class NumberedLot(Typed):
    """A lot by its number."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_LOT]})

    lot: Decimal
    code: Code
    expiry: str | None = Field(description="YYYY-MM-DD; null: none was given")
    block: Decimal


class NumberedLots(Typed):
    """A page of lots."""

    lots: list[NumberedLot]


class LongInTransit(Typed):
    """A lot of which something was in transit all the time."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_LATE]})

    lot: Decimal
    code: Code
    units: Decimal
    since: Decimal | None = Field(description="Unix seconds; null: further back than was looked")


class InTransit(Typed):
    """What was in transit since before a moment (Unix seconds)."""

    before: Decimal
    in_transit_long: list[LongInTransit]


class InTransitAnswer(Typed):
    """The answer: by this server's index, without a proof."""

    answer: InTransit
    block: Block
    proof: None


class Lanes(Typed):
    """Units in each lane."""

    available: Decimal
    reserved: Decimal
    in_transit: Decimal
    held: Decimal


_LANES = {"available": "21", "reserved": "3", "in_transit": "0", "held": "2"}


class StockOfLot(Lanes):
    """The lanes of a lot of a SKU at a place; zeros where the ledger does not know one of them."""

    model_config = example(known_sku=True, known_place=True, known_lot=True, **_LANES)

    known_sku: bool
    known_place: bool
    known_lot: bool


class LotLanes(Lanes):
    """The lanes of one lot, by its number."""

    lot: Decimal


class StockOfLots(Lanes):
    """The lanes of a SKU at a place, summed up over the page's lots; `count`: how many lots there are."""

    model_config = example(known_sku=True, known_place=True, count="2", **_LANES, by_lot=[{"lot": "1", **_LANES}])

    known_sku: bool
    known_place: bool
    count: Decimal
    by_lot: list[LotLanes]


class Movement(Typed):
    """A movement; `from` and `to` are numbers of places, 0 is outside."""

    kind: str
    source: Decimal = Field(alias="from")
    to: Decimal
    quantity: Decimal
    at: Decimal = Field(description="Time of the fact, Unix seconds")
    lot: Decimal


class SkuMovement(Movement, Posted):
    """A movement of the SKU, by its number in the SKU's stream."""

    index: Decimal


_MOVEMENT = {"index": "7", "kind": "receive", "from": "0", "to": "3", "quantity": "12", "at": "1796040000", "lot": "1"}


class SkuMovements(Typed):
    """A page of a SKU's movements; `count`: how many there are."""

    model_config = example(known_sku=True, count="8", movements=[_MOVEMENT | POSTED])

    known_sku: bool
    count: Decimal
    movements: list[SkuMovement]
