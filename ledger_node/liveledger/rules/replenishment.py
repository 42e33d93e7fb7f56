"""Reference of replenishment: where goods for a place that runs short come from, and how many.

The contract Replenishment is tested against this on random facts. Quantities are base units, distances metres, times
seconds, carbon grams a unit, weights and reserve basis points. Source of the rule: docs/replenishment.md.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from liveledger.bindings.constants import KEPT_LOTS, MOST_GIVEN_BACK, NEWEST_LOTS
from liveledger.domain.money import WHOLE_BPS
from liveledger.domain.orders import SourceKind
from liveledger.rules.refusal import ContractRefusal

DAY_SECONDS = 86_400
_UNITS = (1 << 64) - 1


class ReplenishmentRefusal(ContractRefusal):
    """An order is not what the rule gives: ``name`` and ``args_by_name`` are those of the contract's custom error."""

    def __init__(self, name: str, **args: int) -> None:
        super().__init__(name, **args)
        self.details["reason"] = name


@dataclass(frozen=True, slots=True)
class Settings:
    """A brand's settings; the four weights add up to 10,000. ``supplier`` 0 = none."""

    stock_bps: int
    distance_bps: int
    time_bps: int
    carbon_bps: int
    transfer_units: int
    day_units: int
    cool_down_seconds: int
    hub_reserve_bps: int
    supplier: int
    supplier_seconds: int
    order_seconds: int
    max_level_age_seconds: int


@dataclass(frozen=True, slots=True)
class Way:
    """A link: metres, seconds in transit, grams of carbon a unit."""

    metres: int
    transit_seconds: int
    carbon_grams: int


@dataclass(frozen=True, slots=True)
class Flow:
    """What is on its way by orders, of a SKU at a place; ``day`` counts from 1970, ``ordered_at`` in Unix seconds."""

    incoming: int = 0
    outgoing: int = 0
    day_units: int = 0
    day: int = 0
    ordered_at: int = 0


@dataclass(frozen=True, slots=True)
class Source:
    """A place of the brand as a source: what it has, keeps and owes, and the way from it (None = no link).

    ``usable``: place and operator are active and the brand approved the operator. ``loops``: a transfer the other way
    is open, or was made or arrived within the cool-down. ``target`` None: no levels are set.
    """

    place: int
    region: int
    hub: bool
    available: int
    threshold: int
    outgoing: int
    way: Way | None
    usable: bool = True
    loops: bool = False
    target: int | None = None

    @property
    def reachable(self) -> bool:
        """Whether goods may come from here at all."""
        return self.way is not None and self.usable and not self.loops


@dataclass(frozen=True, slots=True)
class Shortage:
    """The place that may order: its levels (set at ``set_at``), stock and flow, at ``now`` (Unix seconds)."""

    place: int
    region: int
    threshold: int
    target: int
    available: int
    flow: Flow
    now: int
    set_at: int

    @property
    def position(self) -> int:
        """Available + ordered and not ended. What is in transit may be on its way to customers, and does not count."""
        return self.available + self.flow.incoming


class Purchasing(enum.Enum):
    """Whether the brand's supplier may be asked."""

    OPEN = "open"
    FROZEN = "frozen"
    NO_SUPPLIER = "no supplier"


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


def units_wanted(shortage: Shortage, settings: Settings) -> int:
    """The most units that may be ordered now. Raises ReplenishmentRefusal when nothing may."""
    flow, fresh = shortage.flow, shortage.set_at + settings.max_level_age_seconds
    if shortage.now > fresh:
        raise ReplenishmentRefusal("ReplenishmentLevelsTooOld", until=fresh)
    if shortage.position >= shortage.threshold:
        position = min(shortage.position, _UNITS)
        raise ReplenishmentRefusal("ReplenishmentAboveThreshold", position=position, threshold=shortage.threshold)
    until = flow.ordered_at + settings.cool_down_seconds
    if flow.ordered_at and shortage.now < until:
        raise ReplenishmentRefusal("ReplenishmentCoolDown", until=until)
    used = flow.day_units if flow.day == shortage.now // DAY_SECONDS else 0
    if used >= settings.day_units:
        raise ReplenishmentRefusal("ReplenishmentDayCapUsedUp", units=settings.day_units)
    return min(shortage.target - shortage.position, settings.transfer_units, settings.day_units - used)


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


def choose(shortage: Shortage, sources: Sequence[Source], settings: Settings, purchasing: Purchasing) -> Choice:
    """The one order that the rule gives. Raises ReplenishmentRefusal when there is none.

    1. the neighbour (no hub) with the lowest score among those that can lift the place to its threshold, or give all
    that is wanted if that is less; on a tie the lowest number; 2. else the region's hub, with what it can give; 3. else
    the best neighbour that has anything; 4. else the supplier.
    """
    wanted = units_wanted(shortage, settings)
    others = [source for source in sources if source.place != shortage.place and source.reachable]
    best = _best_neighbour(shortage, others, settings, wanted, min(wanted, shortage.threshold - shortage.position))
    if best:
        return best
    for hub in (source for source in others if source.hub and source.region == shortage.region):
        given = min(wanted, surplus(hub, settings))
        if given:
            return Choice(SourceKind.HUB, hub.place, given, shortage.position)
    best = _best_neighbour(shortage, others, settings, wanted, 1)
    if best:
        return best
    if purchasing is Purchasing.NO_SUPPLIER:
        raise ReplenishmentRefusal("ReplenishmentNoSource", place=shortage.place)
    if purchasing is Purchasing.FROZEN:
        raise ReplenishmentRefusal("ReplenishmentPurchasingFrozen")
    return Choice(SourceKind.SUPPLIER, settings.supplier, wanted, shortage.position)


def _best_neighbour(
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


@dataclass(frozen=True, slots=True)
class GivenBack:
    """How many cancelled orders of a SKU into a place gave back what they used on a day (since 1970)."""

    day: int = 0
    count: int = 0


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
