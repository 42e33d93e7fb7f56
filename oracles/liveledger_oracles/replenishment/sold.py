"""Demand out of the index: what was sold of a brand's SKUs, by place and day."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from liveledger.domain.errors import NotFound
from liveledger.domain.movements import Movement
from liveledger.index.members import queries as members_queries
from liveledger.index.stock import queries as stock_queries
from liveledger.index.stock.queries import SkuRow
from liveledger_oracles.replenishment.demand import Demand, from_movements

_SKUS_A_PAGE = 500
_MOVEMENTS_A_PAGE = 10_000


def sold(engine: Engine, brand: int, places: Collection[int]) -> Demand:
    """Demand by (SKU code, GLN) at ``places`` (numbers), as far as the index is, since goods first came to each.

    Raises NotFound for a place that the index does not have yet.
    """
    demand = Demand()
    with Session(engine) as session:
        glns = {place: _gln(session, place) for place in places}
        for row in _skus(session, brand):
            for (_, place), days in from_movements(_movements(session, row.sku)).units.items():
                if place in glns:
                    for day, units in days.items():
                        demand.add((row.code, glns[place]), day, units)
    return demand


def _gln(session: Session, place: int) -> int:
    row = members_queries.place(session, place)
    if row is None:
        raise NotFound(f"the index has no place {place}", hint="let it catch up: `liveledger index run`", place=place)
    return row.gln


def _skus(session: Session, brand: int) -> Iterator[SkuRow]:
    start = 0
    while page := stock_queries.skus_of(session, brand, start, _SKUS_A_PAGE):
        yield from page
        start = page[-1].sku + 1


def _movements(session: Session, sku: int) -> Iterator[Movement]:
    start = 0
    while page := stock_queries.movements(session, sku, start, _MOVEMENTS_A_PAGE):
        yield from (row.movement for row in page)
        start += len(page)
