"""All figures of a scope and a period, at the block that the index has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from liveledger.domain.errors import NotFound
from liveledger.domain.prices import Price
from liveledger.index.accuracy.queries import newest_before
from liveledger.index.chain import queries as chain_queries
from liveledger.index.stock import tables as t
from liveledger.index.stock_health import figures, timeline
from liveledger.index.stock_health.columns import load
from liveledger.index.stock_health.figure import Figure, Query
from liveledger.index.stock_health.figures import Facts
from liveledger.index.stock_health.scope import Clock, Period, Scope

AGE_NAMES = ("0-30", "31-60", "61-90", "over-90")


@dataclass(frozen=True, slots=True)
class SkuRow:
    """What went into the figures of one SKU; ``first`` and ``last`` are positions in its stream (sku-movements)."""

    sku: int
    code: str
    units: int
    sold: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class HealthReport:
    """Figures by name, units by age, and the SKUs behind them; computed from the index at ``block`` (``time``)."""

    scope: Scope
    period: Period
    clock: Clock
    block: int
    time: int
    figures: dict[str, Figure]
    ages: tuple[int, ...]
    ages_query: Query
    skus: tuple[SkuRow, ...]

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON data; numbers as decimal strings, times in Unix seconds."""
        ages = dict(zip(AGE_NAMES, map(str, self.ages), strict=True))
        return {
            "brand": str(self.scope.brand),
            "sku": None if self.scope.sku is None else str(self.scope.sku),
            "place": None if self.scope.place is None else str(self.scope.place),
            "from": str(self.period.start),
            "to": str(self.period.end),
            "clock": self.clock.value,
            "block": str(self.block),
            "time": str(self.time),
            "figures": {name: figure.as_dict() for name, figure in self.figures.items()},
            "ages": {"unit": "units by whole days", "units": ages, "query": self.ages_query.as_dict()},
            "skus": [_row_json(row) for row in self.skus],
        }


def health(
    session: Session,
    scope: Scope,
    period: Period,
    clock: Clock = Clock.FACT,
    *,
    prices: dict[str, Price] | None = None,
) -> HealthReport:
    """The figures of a scope, all from one snapshot of the index. Raises NotFound while the index is empty."""
    height, time = newest(session)
    facts = Facts.of(load(session, scope, clock, period.end), scope, period, clock)
    codes = codes_of(session, scope.brand)
    compared = newest_before(session, figures.places_of(facts), period.end)
    found = {
        "turnover_days": figures.turnover_days(facts),
        "sell_through": figures.sell_through(facts),
        "stock_out_rate": figures.stock_out_rate(facts),
        "dead_stock_share": figures.dead_stock_share(facts),
        "reserve_share": figures.reserve_share(facts),
        "capital_share": figures.capital_share(facts, codes, prices),
        "accuracy": figures.accuracy(compared),
    }
    ages = timeline.age_bands(facts.groups, facts.columns.time, facts.stock, period.end)
    return HealthReport(scope, period, clock, height, time, found, ages, facts.query(), _rows(facts, codes))


def newest(session: Session) -> tuple[int, int]:
    """The index's newest block and its time (Unix seconds). Raises NotFound while it has none."""
    height = chain_queries.height(session)
    block = chain_queries.block(session, height)
    if block is None:
        raise NotFound("the index holds no block yet", hint="ask again once it has followed the chain")
    return height, block.time


def codes_of(session: Session, brand: int) -> dict[int, str]:
    """The brand's codes by SKU."""
    query = select(t.skus.c.sku, t.skus.c.code).where(t.skus.c.brand == brand)
    return {sku: code.decode("utf-8", "backslashreplace") for sku, code in session.execute(query)}


def _rows(facts: Facts, codes: dict[int, str]) -> tuple[SkuRow, ...]:
    position, starts = facts.columns.position, facts.groups.starts
    if not len(starts):
        return ()
    ends = zip(
        np.minimum.reduceat(position, starts).tolist(), np.maximum.reduceat(position, starts).tolist(), strict=True
    )
    return tuple(
        SkuRow(sku, codes.get(sku, ""), units, sold, first, last)
        for (sku, units, sold), (first, last) in zip(figures.rows_of(facts), ends, strict=True)
    )


def _row_json(row: SkuRow) -> dict[str, str]:
    numbers = {"units": row.units, "sold": row.sold, "first": row.first, "last": row.last}
    return {"sku": str(row.sku), "code": row.code} | {name: str(value) for name, value in numbers.items()}
