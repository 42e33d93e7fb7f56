"""Typed answers about lots of a SKU."""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict, Field

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
