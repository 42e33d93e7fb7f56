"""Typed answers about organisations."""

from __future__ import annotations

from enum import IntEnum
from typing import Any, Literal

from pydantic import ConfigDict, Field

from liveledger.bindings.constants import OrganisationKind, Status
from liveledger.domain import gs1
from liveledger.domain.hashing import hex_bytes
from liveledger.index.members.queries import OrganisationRow
from liveledger_api.listing import Decimal, Gln, Typed

Kind = Literal["brand", "supplier", "platform", "warehouse", "logistics", "inspector", "customs", "finance", "auditor"]
State = Literal["active", "suspended", "removed"]
_EXAMPLE: dict[str, Any] = {"number": "1", "kind": "brand", "status": "active", "gln": "6901234000009"}
_EXAMPLE |= {"name_commitment": "0x" + "5c" * 32, "block": "12"}


class Organisation(Typed):
    """A member. Names are kept off the chain: `name_commitment` is what a name that is shown can be checked with."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_EXAMPLE]})

    number: Decimal
    kind: str = Field(description="A kind of organisation")
    status: str = Field(description="active, suspended or removed")
    gln: Gln
    name_commitment: str = Field(pattern="^0x[0-9a-f]{64}$")
    block: Decimal = Field(description="Block that it was registered in")


class Brand(Organisation):
    """An organisation that is a brand, and how many SKUs it registered."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_EXAMPLE | {"skus": "240"}]})

    skus: Decimal


def shown(row: OrganisationRow) -> Organisation:
    """A row of the index."""
    return Organisation(
        number=str(row.number),
        kind=word(OrganisationKind, row.kind),
        status=word(Status, row.status),
        gln=gs1.gln_text(row.gln),
        name_commitment=hex_bytes(row.name_commitment),
        block=str(row.block),
    )


def shown_brand(row: OrganisationRow, skus: int) -> Brand:
    """A row of the index with a count of SKUs."""
    return Brand(**shown(row).model_dump(), skus=str(skus))


def word(kinds: type[IntEnum], number: int) -> str:
    """The name of a constant; the number itself where this program has none for it."""
    known = {int(kind): kind.name.lower() for kind in kinds}
    return known.get(number, str(number))
