"""The monthly heat map: units sold and days out of stock, a row a place, a SKU or a category of SKUs."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from liveledger.domain.errors import InvalidInput
from liveledger.domain.movements import Lane
from liveledger.domain.prices import Price
from liveledger.index.members import tables as t
from liveledger.index.stock_health import effects
from liveledger.index.stock_health.columns import Columns, Numbers, load
from liveledger.index.stock_health.figure import Query, query_of
from liveledger.index.stock_health.report import codes_of, newest
from liveledger.index.stock_health.scope import Clock, Period, Scope
from liveledger.index.stock_health.timeline import Groups, day_ends

_PLACE_BITS = 16
_PLACES = (1 << _PLACE_BITS) - 1


class By(enum.Enum):
    """What a row of the map stands for."""

    PLACE = "place"
    SKU = "sku"
    CATEGORY = "category"


@dataclass(frozen=True, slots=True)
class Month:
    """A calendar month in UTC (``2026-11``), or the part of it that is in the period: [start, end)."""

    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class HeatMap:
    """Units sold and SKU-days out of stock by row and month; from the index at ``block`` (``time``)."""

    by: By
    block: int
    time: int
    query: Query
    months: tuple[Month, ...]
    rows: dict[str, tuple[tuple[int, int], ...]]

    def as_dict(self) -> dict[str, Any]:
        """The map as JSON data; numbers as decimal strings, times in Unix seconds."""
        return {
            "by": self.by.value,
            "block": str(self.block),
            "time": str(self.time),
            "months": [month.name for month in self.months],
            "rows": [
                {
                    "row": name,
                    "units_sold": [str(sold) for sold, _ in cells],
                    "days_out_of_stock": [str(out) for _, out in cells],
                }
                for name, cells in self.rows.items()
            ],
            "query": self.query.as_dict(),
        }


@dataclass(frozen=True, slots=True)
class _Events:
    """Changes of available goods, sorted by key, time and position; ``came``: goods entered, ``sold``: were sold."""

    key: Numbers
    time: Numbers
    available: Numbers
    came: Numbers
    sold: Numbers


def heat_map(
    session: Session,
    scope: Scope,
    period: Period,
    by: By,
    clock: Clock = Clock.FACT,
    *,
    prices: dict[str, Price] | None = None,
) -> HeatMap:
    """The map of a scope. Raises InvalidInput for categories without the file that names them, NotFound as `health`."""
    if by is By.CATEGORY and prices is None:
        raise InvalidInput(
            "categories stand in the file of prices, and none was given", code="no-categories", hint="--prices FILE"
        )
    height, time = newest(session)
    columns = load(session, scope, clock, period.end)
    events = _by_place(columns, scope.place) if by is By.PLACE else _by_sku(columns, scope.place)
    names = _names(session, scope, by, prices or {})
    months = tuple(months_of(period))
    rows: dict[str, list[list[int]]] = {}
    for number, month in enumerate(months):
        for key, sold, out in _cells(events, Period(month.start, month.end)):
            row = rows.setdefault(names(key), [[0, 0] for _ in months])
            row[number][0] += sold
            row[number][1] += out
    query = query_of(columns, scope, clock, period.end)
    shown = {name: tuple((sold, out) for sold, out in rows[name]) for name in sorted(rows)}
    return HeatMap(by, height, time, query, months, shown)


def months_of(period: Period) -> Iterator[Month]:
    """The calendar months (UTC) of a period, each cut to it."""
    start = period.start
    while start < period.end:
        first = datetime.fromtimestamp(start, UTC)
        year, month = (first.year + 1, 1) if first.month == 12 else (first.year, first.month + 1)
        end = min(int(datetime(year, month, 1, tzinfo=UTC).timestamp()), period.end)
        yield Month(first.strftime("%Y-%m"), start, end)
        start = end


def _cells(events: _Events, month: Period) -> Iterator[tuple[int, int, int]]:
    """Key, units sold and day ends (UTC midnights) without available goods, for each key."""
    groups = Groups.by(events.key)
    if not len(groups.keys):
        return
    seen = groups.running(events.came) > 0
    out = seen & (groups.running(events.available) <= 0)
    ends = day_ends(events.time, groups.until(events.time, month.end), month, origin=0)
    within = (events.time >= month.start) & (events.time < month.end)
    sold = groups.sums(np.where(within, events.sold, 0))
    yield from zip(groups.keys.tolist(), sold.tolist(), groups.sums(np.where(out, ends, 0)).tolist(), strict=True)


def _by_sku(columns: Columns, place: int | None) -> _Events:
    columns = columns.where(effects.touching(columns, place))
    came = (effects.stock_changes(columns, place) > 0).astype(np.int64)
    available = effects.lane_changes(columns, place, Lane.AVAILABLE)
    return _Events(columns.sku, columns.time, available, came, effects.sold(columns, place))


def _by_place(columns: Columns, only: int | None) -> _Events:
    """Each movement at the place that it takes from and at the one that it gives to."""
    taken, given = effects.takes(columns), effects.gives(columns)
    inside = taken & given & (columns.source == columns.target)
    quantity, nothing = columns.quantity, np.zeros(len(columns), np.int64)
    sides = (
        (taken, columns.source, -quantity * effects.takes_available(columns), nothing, effects.sold(columns, None)),
        (given, columns.target, quantity * effects.gives_available(columns), (~inside).astype(np.int64), nothing),
    )
    parts = [
        (columns.sku[used] << _PLACE_BITS | place[used], columns.time[used], columns.position[used],
         available[used], came[used], sold[used])
        for used, place, available, came, sold in sides
    ]  # fmt: skip
    key, time, position, available, came, sold = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((position, time, key))
    if only is not None:
        order = order[key[order] & _PLACES == only]
    return _Events(key[order], time[order], available[order], came[order], sold[order])


def _names(session: Session, scope: Scope, by: By, prices: dict[str, Price]) -> Callable[[int], str]:
    if by is By.PLACE:
        glns = {number: f"{gln:013}" for number, gln in session.execute(select(t.places.c.number, t.places.c.gln))}
        return lambda key: glns.get(key & _PLACES, str(key & _PLACES))
    codes = codes_of(session, scope.brand)
    if by is By.SKU:
        return lambda key: codes.get(key, str(key))
    return lambda key: prices[codes[key]].category if codes.get(key) in prices else ""
