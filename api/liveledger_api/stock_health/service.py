"""Figures of stock health for those who ask by codes and GLNs; the index alone answers, at the block that it has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from liveledger.domain import gs1
from liveledger.domain.errors import NotFound
from liveledger.domain.prices import Price
from liveledger.index import families
from liveledger.index.members import queries as members_queries
from liveledger.index.stock import queries as stock_queries
from liveledger.index.stock_health.heatmap import By, heat_map
from liveledger.index.stock_health.report import health, newest
from liveledger.index.stock_health.scope import DAY, Clock, Period, Scope

DEFAULT_DAYS = 30
# The families whose tables the figures are read of.
_NEEDED = ("stock", "stock_health")


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for: brand by number, SKU by code, place by GLN, [start, end) in Unix seconds.

    The period reaches up to the index's newest block at most, and without an end just there; without a start it has 30
    days.
    """

    brand: int
    sku: str | None
    place: str | None
    start: int | None
    end: int | None
    clock: Clock


class StockHealthService:
    """Reads the index; each answer comes from one snapshot of it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def figures(self, asked: Asked, prices: dict[str, Price] | None) -> dict[str, Any]:
        """All figures of a scope.

        Raises NotFound for a SKU or place that the ledger does not know, InvalidInput, IndexFilling.
        """
        with families.session_on(self._engine, *_NEEDED) as session:
            scope, period = _scope(session, asked), _period(session, asked)
            found = health(session, scope, period, asked.clock, prices=prices).as_dict()
            return found | {"asked_to": _asked_to(asked, period)}

    def heat_map(self, asked: Asked, by: By, prices: dict[str, Price] | None) -> dict[str, Any]:
        """The monthly heat map of a scope. Raises as `figures`, and InvalidInput for categories without their file."""
        with families.session_on(self._engine, *_NEEDED) as session:
            scope, period = _scope(session, asked), _period(session, asked)
            found = heat_map(session, scope, period, by, asked.clock, prices=prices).as_dict()
            return found | {"to": str(period.end), "asked_to": _asked_to(asked, period)}


def _scope(session: Session, asked: Asked) -> Scope:
    sku = place = None
    if asked.sku is not None:
        found = stock_queries.sku_by_code(session, asked.brand, asked.sku)
        if found is None:
            raise NotFound("the ledger does not know this SKU")
        sku = found.sku
    if asked.place is not None:
        there = members_queries.place_by_gln(session, gs1.gln(asked.place))
        if there is None:
            raise NotFound("the ledger does not know this place")
        place = there.number
    return Scope(asked.brand, sku, place)


def _period(session: Session, asked: Asked) -> Period:
    """The period as far as the chain has got: days to come have no stock, no sales and no end."""
    end = newest(session)[1] + 1
    if asked.end is not None:
        end = min(end, asked.end)
    return Period(asked.start if asked.start is not None else max(0, end - DEFAULT_DAYS * DAY), end)


def _asked_to(asked: Asked, period: Period) -> str:
    return str(asked.end if asked.end is not None else period.end)
