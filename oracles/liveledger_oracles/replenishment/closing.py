"""How long orders took from the block that made them to the block that closed them, as far as the index is."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, inspect
from sqlalchemy.orm import Session

from liveledger.domain.orders import OrderMade, OrderStatus, orders_stream, parse_entry
from liveledger.index.chain import queries as chain_queries
from liveledger.index.chain import tables as t
from liveledger.index.replenishment.handlers import REPLENISHMENT

HOUR_SECONDS = 3_600
# Of a SKU: what is older says little about today.
_NEWEST_ENTRIES = 1_000


@dataclass(frozen=True, slots=True)
class OrderHours:
    """Hours from order to close over ``count`` orders that were closed: their mean, and the longest."""

    count: int
    mean: float
    longest: float

    def as_dict(self) -> dict[str, Any]:
        """Plain data for ``--json``, hours with two decimals."""
        return {"count": self.count, "mean": round(self.mean, 2), "longest": round(self.longest, 2)}


def order_hours(engine: Engine, skus: Collection[int], since: int) -> OrderHours | None:
    """Of the orders of ``skus`` closed at ``since`` (Unix seconds) or later; None when the index knows of none."""
    if not inspect(engine).has_table(t.leaves.name):
        return None
    with Session(engine) as session:
        seconds = [taken for sku in skus for taken in _taken(session, sku, since)]
    if not seconds:
        return None
    hours = [taken / HOUR_SECONDS for taken in seconds]
    return OrderHours(len(hours), sum(hours) / len(hours), max(hours))


def _taken(session: Session, sku: int, since: int) -> Iterator[int]:
    stream = orders_stream(sku)
    row = chain_queries.stream(session, REPLENISHMENT, stream)
    count = row.count if row else 0
    made: dict[int, int] = {}
    for leaf in chain_queries.leaves_between(session, REPLENISHMENT, stream, max(0, count - _NEWEST_ENTRIES), count):
        entry = parse_entry(leaf.payload)
        if isinstance(entry, OrderMade):
            made[leaf.first_index] = leaf.block_time
        elif entry.status is OrderStatus.CLOSED and leaf.block_time >= since and entry.order in made:
            yield leaf.block_time - made[entry.order]
