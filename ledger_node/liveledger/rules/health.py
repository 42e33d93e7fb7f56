"""Reference of StockHealth: when a report of a brand's capital is taken, and whether the brand's purchasing is frozen.

Money is integer fen, ratios are basis points, times are Unix seconds (docs/formats.md, "Stock health").
"""

from __future__ import annotations

from dataclasses import dataclass

from liveledger.bindings.constants import (
    INDEPENDENT_SECONDS,
    MAX_SHARE_BPS,
    PERIOD_SECONDS,
    PERIOD_TOLERANCE_SECONDS,
    STALE_SECONDS,
    OrganisationKind,
)
from liveledger.domain.money import WHOLE_BPS, Bps, Fen
from liveledger.rules.refusal import ContractRefusal

# The share of stock without revenue: the greatest uint96.
NO_REVENUE = Bps((1 << 96) - 1)
_INDEPENDENT = (OrganisationKind.AUDITOR, OrganisationKind.FINANCE)


class HealthRefusal(ContractRefusal):
    """A report was refused: ``name`` and ``args_by_name`` are those of the contract's custom error."""


@dataclass(frozen=True, slots=True)
class CapitalReport:
    """What a report says: values in fen, the period [from, to) in Unix seconds, the block that was valued."""

    stock_value: Fen
    revenue: Fen
    period_from: int
    period_to: int
    at_block: int
    evidence_root: bytes


@dataclass(frozen=True, slots=True)
class Reporter:
    """Number and kind of the reporting account's organisation."""

    organisation: int
    kind: int


@dataclass(frozen=True, slots=True)
class Capital:
    """A brand's newest report, and where the newest independent one stands (0 and False when there is none).

    ``own_period_to`` and ``independent_period_to`` are where the last period of either side ends (0: none).
    """

    last: CapitalReport
    share: Bps
    reported_at: int
    organisation: int
    independent_at: int = 0
    independent_frozen: bool = False
    own_period_to: int = 0
    independent_period_to: int = 0


def share_up(stock_value: Fen, revenue: Fen) -> Bps:
    """Stock value by revenue, rounded up; ``NO_REVENUE`` when there is stock and no revenue."""
    if stock_value == 0:
        return Bps(0)
    return Bps(-(-stock_value * WHOLE_BPS // revenue)) if revenue else NO_REVENUE


def is_frozen(share: Bps) -> bool:
    """Whether a brand with this share may buy nothing: above 35 %."""
    return share > MAX_SHARE_BPS


def is_stale(capital: Capital | None, time: int) -> bool:
    """Whether the newest report's year ended too long before ``time``; False before the first report."""
    return capital is not None and time > capital.last.period_to + STALE_SECONDS


def purchasing_frozen(capital: Capital | None, time: int) -> bool:
    """Whether a brand may buy nothing at ``time``: its newest report is above the limit, or stale."""
    return capital is not None and (is_frozen(capital.share) or is_stale(capital, time))


def report(
    before: Capital | None, brand: int, new: CapitalReport, reporter: Reporter, *, block: int, time: int
) -> Capital:
    """The brand's capital after a report in block ``block`` at ``time``; ``brand`` is an active brand.

    Raises HealthRefusal with the contract's reason; the first that applies, in the contract's order.
    """
    own = reporter.organisation == brand
    ends = (before.own_period_to, before.independent_period_to) if before else (0, 0)
    _require_period(brand, new, time)
    last = ends[0] if own else ends[1]
    if new.period_to <= last:
        raise HealthRefusal("HealthStale", brand=brand, period_to=new.period_to, last_period_to=last)
    if new.at_block >= block:
        raise HealthRefusal("HealthBlockAhead", brand=brand, at_block=new.at_block, block_number=block)
    share = share_up(new.stock_value, new.revenue)
    at, frozen = (before.independent_at, before.independent_frozen) if before else (0, False)
    if own:
        until = at + INDEPENDENT_SECONDS
        if frozen and not is_frozen(share) and time <= until:
            raise HealthRefusal("HealthIndependentStands", brand=brand, share_bps=share, until=until)
    elif reporter.kind in _INDEPENDENT:
        at, frozen = time, is_frozen(share)
    else:
        raise HealthRefusal("HealthNotEntitled", brand=brand, organisation=reporter.organisation)
    ends = (new.period_to, ends[1]) if own else (ends[0], new.period_to)
    return Capital(new, share, time, reporter.organisation, at, frozen, *ends)


def _require_period(brand: int, new: CapitalReport, time: int) -> None:
    """A year that is over, and not so long ago that the report would be stale at once."""
    if new.period_from >= new.period_to:
        raise HealthRefusal("HealthEmptyPeriod", brand=brand, period_from=new.period_from, period_to=new.period_to)
    if new.period_to > time:
        raise HealthRefusal("HealthPeriodNotOver", brand=brand, period_to=new.period_to, block_time=time)
    if abs(new.period_to - new.period_from - PERIOD_SECONDS) > PERIOD_TOLERANCE_SECONDS:
        raise HealthRefusal("HealthNotAYear", brand=brand, period_from=new.period_from, period_to=new.period_to)
    if time > new.period_to + STALE_SECONDS:
        raise HealthRefusal("HealthTooOld", brand=brand, period_to=new.period_to, block_time=time)
