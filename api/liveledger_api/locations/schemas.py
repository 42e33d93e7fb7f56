"""Typed answers about locations."""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict, Field

from liveledger.bindings.constants import Status
from liveledger.domain import gs1
from liveledger.index.members.queries import PlaceRow
from liveledger_api.listing import Decimal, Gln, Typed
from liveledger_api.organisations.schemas import word

_EXAMPLE: dict[str, Any] = {"number": "3", "gln": "6901234000016", "status": "active", "operator": "2"}
_EXAMPLE |= {"operator_gln": "6901234000023", "block": "14"}


class Location(Typed):
    """A location (the chain's word is place), and the organisation that operates it."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_EXAMPLE]})

    number: Decimal = Field(description="Number of the location on the ledger")
    gln: Gln
    status: str = Field(description="active, suspended or removed")
    operator: Decimal = Field(description="Number of the organisation")
    operator_gln: Gln
    block: Decimal = Field(description="Block that it was registered in")


def shown(row: PlaceRow, operator_gln: int) -> Location:
    """A row of the index with its operator's GLN."""
    return Location(
        number=str(row.number),
        gln=gs1.gln_text(row.gln),
        status=word(Status, row.status),
        operator=str(row.operator),
        operator_gln=gs1.gln_text(operator_gln),
        block=str(row.block),
    )
