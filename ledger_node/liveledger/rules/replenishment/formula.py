"""The formula of replenishment: what a place can give, which neighbour gives, and what an order changes.

Quantities are base units, distances metres, times seconds, carbon grams a unit, weights and reserve basis points.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from liveledger.domain.money import WHOLE_BPS
from liveledger.domain.orders import SourceKind
from liveledger.rules.replenishment.facts import Flow, GivenBack, Shortage, Source
from liveledger.rules.replenishment.terms import Settings, Way

DAY_SECONDS = 86_400
# Lots of a SKU that count besides lot 0: the newest, and those that its brand keeps in sight.
NEWEST_LOTS, KEPT_LOTS = 31, 32
# Cancelled orders of a SKU into a place that give back what they used, within a day (UTC).
MOST_GIVEN_BACK = 3
_UNITS = (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class Choice:
    """What the rule gives: ``source`` is a place, or the supplier's organisation; ``score`` is of a neighbour."""

    kind: SourceKind
    source: int
    quantity: int
    position: int
    score: int = 0


def units_available(balances: Iterable[int]) -> int:
    """Units available over balance words of one place (docs/formats.md, Movements)."""
    return sum(word & _UNITS for word in balances)


def counted_lots(lots: int, kept: Sequence[int] = ()) -> list[int]:
    """The lots of a SKU that count: lot 0, those that its brand ``kept``, and the newest 31 of 1 … ``lots``."""
    newest = range(max(1, lots - NEWEST_LOTS + 1), lots + 1)
    return [0, *(lot for lot in kept if lot < newest.start), *newest]


def lots_to_keep(lots: int, stocked: Mapping[int, int]) -> list[int]:
    """Which lots of ``lots`` a brand is to keep in sight, ascending: those too old to count that hold the most.

    ``stocked``: units available by lot, over the brand's places.
    """
    old = [(units, lot) for lot, units in stocked.items() if 0 < lot <= lots - NEWEST_LOTS and units > 0]
    return sorted(lot for _, lot in sorted(old, reverse=True)[:KEPT_LOTS])


def surplus(source: Source, settings: Settings) -> int:
    """What a place can give: available less what it owes, less its threshold or, at a hub, its reserve if that is more.

    The reserve is ``hub_reserve_bps / 10,000``, rounded up, of the hub's target or of what is available, whichever is
    more.
    """
    whole = max(source.available, source.target or 0)
    reserve = -(-whole * settings.hub_reserve_bps // WHOLE_BPS) if source.hub else 0
    return max(0, source.available - max(source.threshold, reserve) - source.outgoing)


def share_down(part: int, whole: int) -> int:
    """``part`` of ``whole`` in 1/10,000, rounded down; 0 of nothing is 0."""
    return part * WHOLE_BPS // whole if whole else 0


def scores(neighbours: Sequence[tuple[Source, Way]], settings: Settings) -> list[int]:
    """A score for each, lower is better: weighted shares of the largest distance, time, carbon and lack of surplus."""
    ways = [way for _, way in neighbours]
    gives = [surplus(source, settings) for source, _ in neighbours]
    metres = max(way.metres for way in ways)
    seconds = max(way.transit_seconds for way in ways)
    grams = max(way.carbon_grams for way in ways)
    return [
        settings.distance_bps * share_down(way.metres, metres)
        + settings.time_bps * share_down(way.transit_seconds, seconds)
        + settings.carbon_bps * share_down(way.carbon_grams, grams)
        + settings.stock_bps * share_down(max(gives) - give, max(gives))
        for way, give in zip(ways, gives, strict=True)
    ]


def best_neighbour(
    shortage: Shortage, others: Sequence[Source], settings: Settings, wanted: int, least: int
) -> Choice | None:
    """The best of the neighbours that can give ``least`` units, with what it gives of ``wanted``."""
    able = [
        (source, source.way)
        for source in others
        if source.way is not None and not source.hub and surplus(source, settings) >= least
    ]
    if not able:
        return None
    found = zip(scores(able, settings), (source.place for source, _ in able), able, strict=True)
    score, place, (chosen, _) = min(found, key=lambda row: row[:2])
    given = min(wanted, surplus(chosen, settings))
    return Choice(SourceKind.PLACE, place, given, shortage.position, score)


def deadline(way: Way | None, settings: Settings, now: int) -> int:
    """Until when an order stays open (Unix seconds): lead time of its way, or (None) of the supplier, and then some."""
    lead = settings.supplier_seconds if way is None else way.transit_seconds
    return now + lead + settings.order_seconds


def ordered(flow: Flow, quantity: int, now: int) -> Flow:
    """The flow into a place after an order of ``quantity`` units at ``now`` (Unix seconds)."""
    today = now // DAY_SECONDS
    units = (flow.day_units if flow.day == today else 0) + quantity
    return Flow(flow.incoming + quantity, flow.outgoing, units, today, now)


def cancelled(flow: Flow, given: GivenBack, quantity: int, made_at: int, now: int) -> tuple[Flow, GivenBack]:
    """Flow and count after an order of ``made_at`` was cancelled at ``now`` (Unix seconds).

    So many times a day it counts neither for the day's cap nor for the cool-down; then ``given`` stays as it is.
    """
    flow, today = replace(flow, incoming=flow.incoming - quantity), now // DAY_SECONDS
    count = given.count if given.day == today else 0
    if count == MOST_GIVEN_BACK:
        return flow, given
    if flow.day == made_at // DAY_SECONDS:
        flow = replace(flow, day_units=flow.day_units - quantity)
    if flow.ordered_at == made_at:
        flow = replace(flow, ordered_at=0)
    return flow, GivenBack(today, count + 1)
