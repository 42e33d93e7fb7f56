"""Typed answers about approvals."""

from __future__ import annotations

from liveledger_api.answers import Seconds, example
from liveledger_api.listing import Decimal, Gln, Typed


class Approval(Typed):
    """What a brand lets an organisation do; null: no end, all places, all SKUs."""

    model_config = example(
        brand="1",
        operator="2",
        approved=True,
        acts=["move"],
        until=None,
        places=["9521234000013"],
        skus=None,
        next=None,
    )

    brand: Decimal
    operator: Decimal
    approved: bool
    acts: list[str]
    until: Seconds | None
    places: list[Gln] | None
    skus: list[Decimal] | None
    next: str | None
