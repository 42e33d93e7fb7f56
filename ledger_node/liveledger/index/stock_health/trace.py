"""From a figure back to its movements: what a query lists, in the order of each SKU's stream."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy.orm import Session

from liveledger.domain.movements import Kind, Movement
from liveledger.index.stock import queries as stock_queries
from liveledger.index.stock.queries import MovementRow
from liveledger.index.stock_health.figure import Query
from liveledger.index.stock_health.report import SkuRow
from liveledger.index.stock_health.scope import Clock
from liveledger.rules.stock_state import RULES


def movements_of(session: Session, query: Query, skus: Sequence[SkuRow]) -> Iterator[MovementRow]:
    """The movements behind a figure of a report whose SKUs are ``skus``.

    Each SKU's positions are a page of its proven list, so that whoever doubts the index can ask for that instead.
    """
    for row in skus:
        for found in stock_queries.movements(session, row.sku, row.first, row.last - row.first + 1):
            if _listed(query, found):
                yield found


def _listed(query: Query, row: MovementRow) -> bool:
    time = row.movement.at if query.clock is Clock.FACT else row.block_time
    if row.movement.kind not in query.kinds or not query.since <= time < query.before:
        return False
    return query.scope.place is None or query.scope.place in _places(row.movement)


def _places(movement: Movement) -> tuple[int | None, int | None]:
    rule = RULES[Kind(movement.kind)]
    return (
        None if rule.takes is None else movement.source,
        None if rule.gives is None else movement.target,
    )
