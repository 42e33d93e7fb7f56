"""The figures of stock health once more, slowly: one movement after the other, one day after the other.

Written from docs/stock-health.md without numpy; the product is compared with it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from liveledger.domain.movements import Kind, Lane
from liveledger.rules.stock_state import RULES

DAY = 86_400
SALES = (Kind.SELL, Kind.DELIVER)
NOT_BOUGHT = (Kind.RETURN, Kind.FOUND, Kind.FOUND_IN_TRANSIT, Kind.ASSEMBLE, Kind.SPLIT_INTO)


@dataclass(frozen=True)
class Fact:
    """A movement with the time that counts; ``position`` is its number in its SKU's stream."""

    sku: int
    position: int
    time: int
    kind: Kind
    source: int
    target: int
    quantity: int


@dataclass
class Shelf:
    """One SKU within the scope."""

    lanes: dict[Lane, int] = field(default_factory=lambda: dict.fromkeys(Lane, 0))
    parcels: deque[list[int]] = field(default_factory=deque)
    owed: int = 0
    first: int | None = None
    last_sale: int | None = None

    def total(self) -> int:
        return sum(self.lanes.values())

    def come(self, time: int, units: int) -> None:
        self.first = time if self.first is None else self.first
        paid = min(self.owed, units)
        self.owed -= paid
        if units > paid:
            self.parcels.append([time, units - paid])

    def go(self, units: int) -> None:
        while units and self.parcels:
            taken = min(units, self.parcels[0][1])
            self.parcels[0][1] -= taken
            units -= taken
            if not self.parcels[0][1]:
                self.parcels.popleft()
        self.owed += units


def apply(shelf: Shelf, fact: Fact, place: int | None) -> tuple[int, int]:
    """Moves the goods of a fact; returns what was sold and what was received from the scope's point of view."""
    rule = RULES[fact.kind]
    takes = rule.takes is not None and place in (None, fact.source)
    gives = rule.gives is not None and place in (None, fact.target)
    if takes and rule.takes is not None:
        shelf.lanes[rule.takes] -= fact.quantity
    if gives and rule.gives is not None:
        shelf.lanes[rule.gives] += fact.quantity
    if gives and not takes:
        shelf.come(fact.time, fact.quantity)
    if takes and not gives:
        shelf.go(fact.quantity)
    sold = fact.quantity if takes and fact.kind in SALES else 0
    if sold:
        shelf.last_sale = fact.time
    bought = gives and not takes and fact.kind not in NOT_BOUGHT
    return sold, fact.quantity if bought else 0


def figures(facts: Iterable[Fact], place: int | None, start: int, end: int) -> dict[str, object]:
    """Numerators and denominators by name, units by age."""
    shelves: dict[int, Shelf] = {}
    ordered = deque(sorted((f for f in facts if f.time < end), key=lambda f: (f.time, f.sku, f.position)))
    sold = received = seconds = opening = 0
    out = days = 0
    # Every moment at which something may happen: a day's end sees what came before it.
    ends = list(range(start + DAY, end + 1, DAY))
    moments = sorted({start, end, *ends, *(f.time for f in ordered if f.time > start)})
    before = None
    for moment in moments:
        if before is not None:
            seconds += sum(shelf.total() for shelf in shelves.values()) * (moment - before)
        # All that happened before this moment is booked already; the day's end is looked at first.
        if moment == start:
            while ordered and ordered[0].time < start:
                _book(shelves, ordered.popleft(), place)
            opening = sum(shelf.total() for shelf in shelves.values())
        if moment in ends:
            seen = [shelf for shelf in shelves.values() if shelf.first is not None]
            days += len(seen)
            out += sum(shelf.lanes[Lane.AVAILABLE] <= 0 for shelf in seen)
        while ordered and ordered[0].time == moment:
            gone, came = _book(shelves, ordered.popleft(), place)
            sold, received = sold + gone, received + came
        before = moment
    return _summary(shelves, sold, received, seconds, opening, out, days, end)


def _book(shelves: dict[int, Shelf], fact: Fact, place: int | None) -> tuple[int, int]:
    return apply(shelves.setdefault(fact.sku, Shelf()), fact, place)


def _summary(
    shelves: dict[int, Shelf], sold: int, received: int, seconds: int, opening: int, out: int, days: int, end: int
) -> dict[str, object]:
    units = {sku: max(0, shelf.total()) for sku, shelf in shelves.items()}
    dead = 0
    for sku, shelf in shelves.items():
        moments = [moment for moment in (shelf.first, shelf.last_sale) if moment is not None]
        if shelf.first is not None and max(moments) <= end - 90 * DAY:
            dead += units[sku]
    ages = [0, 0, 0, 0]
    for shelf in shelves.values():
        for time, left in shelf.parcels:
            age = (end - time) // DAY
            ages[0 if age <= 30 else 1 if age <= 60 else 2 if age <= 90 else 3] += left
    total = sum(units.values())
    reserved = sum(max(0, shelf.lanes[Lane.RESERVED]) for shelf in shelves.values())
    return {
        "turnover_days": (seconds, sold * DAY),
        "sell_through": (sold, opening + received),
        "stock_out_rate": (out, days),
        "dead_stock_share": (dead, total),
        "reserve_share": (reserved, total),
        "ages": tuple(ages),
    }


def heat(facts: Sequence[Fact], place: int, start: int, end: int) -> dict[str, tuple[int, int]]:
    """Units sold and SKU-days without available goods of a place, by UTC month."""
    months: dict[str, list[int]] = {}
    for time in (*range(start, end, DAY), end - 1):
        months.setdefault(_month(time), [0, 0])
    shelves: dict[int, Shelf] = {}
    ordered = deque(sorted((f for f in facts if f.time < end), key=lambda f: (f.time, f.sku, f.position)))
    midnight = start // DAY * DAY + DAY
    while ordered or midnight <= end:
        if ordered and ordered[0].time < midnight:
            fact = ordered.popleft()
            gone, _ = _book(shelves, fact, place)
            if fact.time >= start:
                months[_month(fact.time)][0] += gone
            continue
        if midnight <= end:
            seen = [shelf for shelf in shelves.values() if shelf.first is not None]
            months[_month(midnight - 1)][1] += sum(shelf.lanes[Lane.AVAILABLE] <= 0 for shelf in seen)
        midnight += DAY
    return {month: (sold, out) for month, (sold, out) in months.items()}


def _month(time: int) -> str:
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m")
