"""The contract Replenishment in plain Python: the one order that its rule gives, or the named error that refuses it.

The contract is tested against this on random facts. Source of the rule: docs/replenishment.md.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence

from liveledger.domain.orders import SourceKind
from liveledger.rules.refusal import ContractRefusal
from liveledger.rules.replenishment.facts import Shortage, Source
from liveledger.rules.replenishment.formula import DAY_SECONDS, Choice, best_neighbour, surplus
from liveledger.rules.replenishment.terms import Settings

_UNITS = (1 << 64) - 1


class ReplenishmentRefusal(ContractRefusal):
    """An order is not what the rule gives: ``name`` and ``args_by_name`` are those of the contract's custom error."""

    def __init__(self, name: str, **args: int) -> None:
        super().__init__(name, **args)
        self.details["reason"] = name


class Purchasing(enum.Enum):
    """Whether the brand's supplier may be asked."""

    OPEN = "open"
    FROZEN = "frozen"
    NO_SUPPLIER = "no supplier"


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


def choose(shortage: Shortage, sources: Sequence[Source], settings: Settings, purchasing: Purchasing) -> Choice:
    """The one order that the rule gives. Raises ReplenishmentRefusal when there is none.

    1. the neighbour (no hub) with the lowest score among those that can lift the place to its threshold, or give all
    that is wanted if that is less; on a tie the lowest number; 2. else the region's hub, with what it can give; 3. else
    the best neighbour that has anything; 4. else the supplier.
    """
    wanted = units_wanted(shortage, settings)
    others = [source for source in sources if source.place != shortage.place and source.reachable]
    best = best_neighbour(shortage, others, settings, wanted, min(wanted, shortage.threshold - shortage.position))
    if best:
        return best
    for hub in (source for source in others if source.hub and source.region == shortage.region):
        given = min(wanted, surplus(hub, settings))
        if given:
            return Choice(SourceKind.HUB, hub.place, given, shortage.position)
    best = best_neighbour(shortage, others, settings, wanted, 1)
    if best:
        return best
    if purchasing is Purchasing.NO_SUPPLIER:
        raise ReplenishmentRefusal("ReplenishmentNoSource", place=shortage.place)
    if purchasing is Purchasing.FROZEN:
        raise ReplenishmentRefusal("ReplenishmentPurchasingFrozen")
    return Choice(SourceKind.SUPPLIER, settings.supplier, wanted, shortage.position)
