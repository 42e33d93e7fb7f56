"""Typed answers about orders of replenishment."""

from __future__ import annotations

from typing import Literal

from liveledger_api.answers import POSTED, Posted, Seconds, example
from liveledger_api.listing import Decimal, Typed


class OrderEntry(Posted):
    """An entry of a SKU's orders."""

    index: Decimal
    order: Decimal


class OrderMade(OrderEntry):
    """An order was made: where from, where to, how much, and why so much."""

    entry: Literal["made"]
    kind: Literal["place", "hub", "supplier"]
    source: Decimal
    to: Decimal
    quantity: Decimal
    position: Decimal
    score: Decimal
    deadline: Seconds


class OrderEnded(OrderEntry):
    """An order ended: as what, and what was shipped and received of it."""

    entry: Literal["ended"]
    status: Literal["closed", "cancelled", "expired"]
    shipped: Decimal
    received: Decimal


_MADE = {"index": "0", "order": "4503603922337792", "entry": "made", "kind": "hub", "source": "1", "to": "3"}
_MADE |= {"quantity": "40", "position": "7", "score": "12", "deadline": "1796644800"}


class SkuOrders(Typed):
    """A page of a SKU's orders and their ends; `count`: how many entries there are."""

    model_config = example(known_sku=True, count="1", entries=[POSTED | _MADE])

    known_sku: bool
    count: Decimal
    entries: list[OrderMade | OrderEnded]


class ChosenOrder(Typed):
    """The order that the rule gives."""

    kind: Literal["place", "hub", "supplier"]
    source: Decimal
    quantity: Decimal
    position: Decimal
    score: Decimal


class Choice(Typed):
    """What the rule gives for a SKU at a place: an order, or the contract's reason why there is none."""

    model_config = example(
        choice={"kind": "hub", "source": "1", "quantity": "40", "position": "7", "score": "12"},
        reason=None,
        arguments={},
    )

    choice: ChosenOrder | None
    reason: str | None
    arguments: dict[str, str]
