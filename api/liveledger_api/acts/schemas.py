"""Typed answers about what was done to the registry."""

from __future__ import annotations

from typing import Literal

from liveledger_api.answers import POSTED, Hex, Posted, example
from liveledger_api.listing import Decimal, Typed


class Act(Posted):
    """A call, with its data; or the outcome of a proposal, with its status."""

    index: Decimal
    data: Hex
    kind: Literal["call", "outcome"]
    proposal: Decimal | None
    status: Decimal | None


class Acts(Typed):
    """A page of the log of a contract; `count`: how many acts there are."""

    model_config = example(
        count="3",
        acts=[POSTED | {"index": "2", "data": "0x8456cb59", "kind": "call", "proposal": None, "status": None}],
    )

    count: Decimal
    acts: list[Act]
