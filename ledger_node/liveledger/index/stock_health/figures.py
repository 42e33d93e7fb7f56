"""The figures of stock health. Formulas and their sources stand at each function; docs/stock-health.md lists them all.

All read `Facts`: the movements of a scope up to the period's end, and what they add up to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from liveledger.domain.movements import Kind, Lane
from liveledger.domain.prices import Price
from liveledger.index.accuracy.queries import AccuracyRow
from liveledger.index.stock_health import effects, timeline
from liveledger.index.stock_health.columns import Columns, Mask, Numbers
from liveledger.index.stock_health.figure import ALL_KINDS, DAYS_UP, SHARE_DOWN, SHARE_UP, Figure, Query, query_of
from liveledger.index.stock_health.scope import DAY, Clock, Period, Scope
from liveledger.index.stock_health.timeline import Groups

DEAD_DAYS = 90


@dataclass(frozen=True, slots=True)
class Facts:
    """Movements that touch a scope, by SKU and time, with the change of stock that each makes."""

    scope: Scope
    period: Period
    clock: Clock
    columns: Columns
    groups: Groups
    stock: Numbers
    sold: Numbers

    @classmethod
    def of(cls, columns: Columns, scope: Scope, period: Period, clock: Clock) -> Facts:
        """Of columns that hold movements of the scope's SKUs from before the period's end."""
        within = columns.where(effects.touching(columns, scope.place))
        groups = Groups.by(within.sku)
        changes, sold = effects.stock_changes(within, scope.place), effects.sold(within, scope.place)
        return cls(scope, period, clock, within, groups, changes, sold)

    @property
    def during(self) -> Mask:
        """Movements within the period."""
        mask: Mask = self.columns.time >= self.period.start
        return mask

    def units(self) -> Numbers:
        """Units in stock at the period's end, a SKU each; less than nothing (a fact is to come) counts as none."""
        return np.maximum(self.groups.sums(self.stock), 0)

    def sold_during(self) -> Numbers:
        """Units sold in the period, a SKU each."""
        return self.groups.sums(np.where(self.during, self.sold, 0))

    def query(self, *kinds: Kind, since: int = 0) -> Query:
        """The query for movements of some kinds, all by default."""
        return query_of(self.columns, self.scope, self.clock, self.period.end, kinds or ALL_KINDS, since)


def turnover_days(facts: Facts) -> Figure:
    """Average stock ÷ units sold a day: for how many days the stock lasts.

    Source: days of inventory = average inventory / units sold per day. With the average over every second of the
    period this is unit-seconds ÷ (units sold × 86,400). Rounded up to hundredths of a day.
    """
    sold = int(facts.sold_during().sum())
    integral = timeline.unit_seconds(facts.columns.time, facts.stock, facts.period)
    reason = None if sold else "nothing was sold in the period"
    return Figure(
        DAYS_UP, integral, "unit-seconds of stock", sold * DAY, "units sold × 86,400 s", facts.query(), reason
    )


def sell_through(facts: Facts) -> Figure:
    """Units sold ÷ (opening stock + units received), rounded down to basis points.

    Source: the retail sell-through rate, sold / (beginning inventory + received).
    """
    opening = int(facts.stock[~facts.during].sum())
    bought = int(effects.received(facts.columns, facts.scope.place)[facts.during].sum())
    sold, base = int(facts.sold_during().sum()), opening + bought
    reason = None if base > 0 else "there was neither opening stock nor anything received"
    return Figure(SHARE_DOWN, sold, "units sold", base, "opening stock + units received", facts.query(), reason)


def stock_out_rate(facts: Facts) -> Figure:
    """SKU-days that end with nothing available ÷ all SKU-days, rounded up to basis points.

    Source: out-of-stock rate = item-days out of stock / item-days offered. A SKU counts from its first unit of stock
    in the scope on; days are counted from the period's start.
    """
    available = facts.groups.running(effects.lane_changes(facts.columns, facts.scope.place, Lane.AVAILABLE))
    seen = facts.groups.running((facts.stock > 0).astype(np.int64)) > 0
    following = facts.groups.until(facts.columns.time, facts.period.end)
    ends = timeline.day_ends(facts.columns.time, following, facts.period)
    out, total = int(ends[seen & (available <= 0)].sum()), int(ends[seen].sum())
    reason = None if total else "no day ends in the period with a SKU that ever had stock"
    numerator = "SKU-days that ended with nothing available"
    return Figure(SHARE_UP, out, numerator, total, "SKU-days since the first stock", facts.query(), reason)


def dead_stock_share(facts: Facts) -> Figure:
    """Units of SKUs without a sale for 90 days ÷ all units, at the period's end; rounded up to basis points.

    Source: dead stock = stock of items that did not sell for a given time. A SKU that came less than 90 days ago
    has not gone without a sale for so long.
    """
    latest = timeline.last_time(facts.groups, facts.columns.time, facts.sold > 0)
    came = timeline.first_time(facts.groups, facts.columns.time, facts.stock > 0)
    units = facts.units()
    dead = np.maximum(latest, came) <= facts.period.end - DEAD_DAYS * DAY
    total = int(units.sum())
    reason = None if total else "there is no stock"
    numerator = f"units of SKUs without a sale for {DEAD_DAYS} days"
    return Figure(SHARE_UP, int(units[dead].sum()), numerator, total, "units in stock", facts.query(), reason)


def reserve_share(facts: Facts) -> Figure:
    """Reserved units ÷ all units, at the period's end; rounded up to basis points.

    Source: allocated inventory / inventory on hand.
    """
    lane = facts.groups.sums(effects.lane_changes(facts.columns, facts.scope.place, Lane.RESERVED))
    reserved, total = int(np.maximum(lane, 0).sum()), int(facts.units().sum())
    reason = None if total else "there is no stock"
    return Figure(SHARE_UP, reserved, "units reserved", total, "units in stock", facts.query(), reason)


def capital_share(facts: Facts, codes: dict[int, str], prices: dict[str, Price] | None) -> Figure:
    """Value of the stock ÷ revenue of the period, rounded up to basis points: what StockHealth takes.

    Source: inventory-to-sales ratio = inventory at cost / net sales. Values are units × the member's own prices.
    """
    sides = ("fen of stock at cost at the period's end", "fen of revenue in the period")
    if prices is None:
        return Figure(SHARE_UP, None, sides[0], None, sides[1], None, "no prices were given")
    value = revenue = 0
    for sku, units, sold in rows_of(facts):
        price = prices.get(codes.get(sku, ""))
        if price is None and (units or sold):
            reason = f"no price was given for the SKU {codes.get(sku, sku)}"
            return Figure(SHARE_UP, None, sides[0], None, sides[1], None, reason)
        if price is not None:
            value, revenue = value + units * price.unit_cost, revenue + sold * price.unit_revenue
    missing = None if revenue else "there was no revenue in the period"
    return Figure(SHARE_UP, value, sides[0], revenue, sides[1], facts.query(), missing)


def accuracy(comparisons: Sequence[AccuracyRow]) -> Figure:
    """SKUs without a difference ÷ SKUs compared, over the newest comparison of each place; down to basis points.

    Source: inventory record accuracy = matching records / records counted. A comparison is of all that a place holds,
    of whatever brand.
    """
    sides = ("SKUs without a difference, of all brands there", "SKUs compared at the places of the scope")
    if not comparisons:
        return Figure(SHARE_DOWN, None, sides[0], None, sides[1], None, "no comparison of these places is recorded")
    matching, compared = sum(row.skus_matching for row in comparisons), sum(row.skus for row in comparisons)
    return Figure(SHARE_DOWN, matching, sides[0], compared, sides[1], None)


def places_of(facts: Facts) -> set[int]:
    """The places that the scope's movements name; one place where the scope is of one."""
    if facts.scope.place is not None:
        return {facts.scope.place}
    return (set(facts.columns.source.tolist()) | set(facts.columns.target.tolist())) - {0}


def rows_of(facts: Facts) -> list[tuple[int, int, int]]:
    """SKU, units at the period's end and units sold in the period, by SKU."""
    columns = (facts.groups.keys, facts.units(), facts.sold_during())
    return list(zip(*(column.tolist() for column in columns), strict=True))
