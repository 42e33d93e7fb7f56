"""The contract StockHealth in plain Python: when a report of a brand's capital is taken, and whether it may buy.

StockHealth is tested against this on random reports.

Money is integer fen, ratios are basis points, times are Unix seconds (docs/formats.md, "Stock health").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from liveledger.bindings.constants import (
    PERIOD_SECONDS,
    PERIOD_TOLERANCE_SECONDS,
    REPORT_SPACING_SECONDS,
    OrganisationKind,
)
from liveledger.domain.money import Bps, Fen
from liveledger.rules.refusal import ContractRefusal
from liveledger.rules.stock_health import formula


class HealthRefusal(ContractRefusal):
    """A report was refused: ``name`` and ``args_by_name`` are those of the contract's custom error."""


# Stands for more than one organisation that raised a finding.
SEVERAL = 0xFFFF


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
class Side:
    """Where auditors or finance organisations stand: end of their last period, block time of their newest report, and
    whether that one is above the limit; all zero before the first. ``raiser`` is which of them raised what stands
    (``SEVERAL``: more than one), ``first`` which one reported less since and waits for a second; all are active.
    """

    period_to: int = 0
    reported_at: int = 0
    above: bool = False
    raiser: int = 0
    first: int = 0

    def stands(self, time: int) -> bool:
        """Whether what they found freezes the brand's purchasing at ``time``, whatever others report."""
        return formula.stands(above=self.above, reported_at=self.reported_at, time=time)


@dataclass(frozen=True, slots=True)
class Capital:
    """A brand's newest report, and where each side stands.

    ``own_period_to`` is where the last period ends that the brand itself reported on (0: none), ``ends`` the same by
    organisation.
    """

    last: CapitalReport
    share: Bps
    reported_at: int
    organisation: int
    own_period_to: int = 0
    auditors: Side = Side()
    finance: Side = Side()
    ends: Mapping[int, int] = field(default_factory=dict)


def is_stale(capital: Capital | None, time: int) -> bool:
    """Whether the newest report's year ended too long before ``time``; False before the first report."""
    return capital is not None and formula.is_stale(capital.last.period_to, time)


def purchasing_frozen(capital: Capital | None, time: int) -> bool:
    """Whether a brand buys nothing at ``time``: its newest report is above the limit or stale, or a finding stands."""
    if capital is None:
        return False
    stands = capital.auditors.stands(time) or capital.finance.stands(time)
    return stands or formula.is_above_limit(capital.share) or is_stale(capital, time)


def report(
    before: Capital | None, brand: int, new: CapitalReport, reporter: Reporter, *, block: int, time: int
) -> Capital:
    """The brand's capital after a report in block ``block`` at ``time``; ``brand`` is an active brand.

    Raises HealthRefusal with the contract's reason; the first that applies, in the contract's order.
    """
    _require_period(brand, new, time)
    _require_newer(before, brand, new, reporter)
    if new.at_block >= block:
        raise HealthRefusal("HealthBlockAhead", brand=brand, at_block=new.at_block, block_number=block)
    share = formula.share_up(new.stock_value, new.revenue)
    kept = before or Capital(new, share, time, reporter.organisation)
    ends = {**kept.ends, reporter.organisation: new.period_to}
    found = replace(kept, last=new, share=share, reported_at=time, organisation=reporter.organisation, ends=ends)
    if reporter.organisation == brand:
        return replace(found, own_period_to=new.period_to)
    audits = reporter.kind == OrganisationKind.AUDITOR
    held = kept.auditors if audits else kept.finance
    side, waits = _weighed(held, new, reporter.organisation, above=formula.is_above_limit(share), time=time)
    if waits:
        found = replace(kept, ends=ends)
    return replace(found, auditors=side) if audits else replace(found, finance=side)


def _weighed(held: Side, new: CapitalReport, organisation: int, *, above: bool, time: int) -> tuple[Side, bool]:
    """A side after a report of one of its organisations, and whether that waits for a second one."""
    raiser, first = (held.raiser, held.first) if held.stands(time) else (0, 0)
    if above:
        return Side(new.period_to, time, above, organisation if raiser in (0, organisation) else SEVERAL), False
    if raiser in (0, organisation) or first not in (0, organisation):
        return Side(new.period_to, time, above), False
    return replace(held, raiser=raiser, first=organisation), True


def _require_newer(before: Capital | None, brand: int, new: CapitalReport, reporter: Reporter) -> None:
    """Each side goes forward in time by itself, and each organisation by a day at least."""
    last = _last_of(before, brand, reporter)
    if new.period_to <= last:
        raise HealthRefusal("HealthStale", brand=brand, period_to=new.period_to, last_period_to=last)
    ends: Mapping[int, int] = before.ends if before else {}
    earliest = ends.get(reporter.organisation, 0) + REPORT_SPACING_SECONDS
    if new.period_to < earliest:
        raise HealthRefusal("HealthTooSoon", brand=brand, period_to=new.period_to, earliest=earliest)


def _last_of(before: Capital | None, brand: int, reporter: Reporter) -> int:
    """Where the last period of the reporter's side ends (0: none)."""
    if reporter.organisation == brand:
        return before.own_period_to if before else 0
    if reporter.kind == OrganisationKind.AUDITOR:
        return before.auditors.period_to if before else 0
    if reporter.kind == OrganisationKind.FINANCE:
        return before.finance.period_to if before else 0
    raise HealthRefusal("HealthNotEntitled", brand=brand, organisation=reporter.organisation)


def _require_period(brand: int, new: CapitalReport, time: int) -> None:
    """A year that is over, and not so long ago that the report would be stale at once."""
    if new.period_from >= new.period_to:
        raise HealthRefusal("HealthEmptyPeriod", brand=brand, period_from=new.period_from, period_to=new.period_to)
    if new.period_to > time:
        raise HealthRefusal("HealthPeriodNotOver", brand=brand, period_to=new.period_to, block_time=time)
    if abs(new.period_to - new.period_from - PERIOD_SECONDS) > PERIOD_TOLERANCE_SECONDS:
        raise HealthRefusal("HealthNotAYear", brand=brand, period_from=new.period_from, period_to=new.period_to)
    if formula.is_stale(new.period_to, time):
        raise HealthRefusal("HealthTooOld", brand=brand, period_to=new.period_to, block_time=time)
