"""capital/3: whether a brand's purchasing is frozen, by which side, and the reports on its capital, whole and in order.

A page that does not reach the newest report says of the reports alone, and is true for ever.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from liveledger.domain.streams import brand_stream
from liveledger.rules.stock_health import formula
from liveledger.verifier import layout
from liveledger.verifier.source import Contract, Result, Source, StreamPage
from liveledger.verifier.views.base import View, append_only, leaf_refusal, list_result, reaches_end, stamp
from liveledger.verifier.views.capital import Parameters, Report, check_newest, read, report_of, standing_of

_UINT32, _UINT64 = (1 << 32) - 1, (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class Side:
    """End of a side's last period (0: it never reported), block time of its newest report, whether that is above."""

    period_to: int
    reported_at: int = 0
    above: bool = False

    def stands(self, time: int) -> bool:
        """Whether what it found freezes the brand's purchasing at ``time``, whatever others report."""
        return formula.stands(above=self.above, reported_at=self.reported_at, time=time)

    def as_json(self, time: int) -> dict[str, Any] | None:
        """The JSON form at a block's time; None where it never reported."""
        if not self.period_to:
            return None
        above = {"above_limit": self.above, "stands": self.stands(time)}
        return {"period_to": str(self.period_to), "reported_at": str(self.reported_at), **above}


@dataclass(frozen=True, slots=True)
class Standing:
    """The newest report and its block's time, where the brand's own last period ends, where the two sides stand."""

    newest: Report
    reported_at: int
    own_period_to: int
    auditors: Side
    finance: Side

    def is_of_its_side(self, brand: int) -> bool:
        """Whether the newest report is what its own side says from then on."""
        if self.newest.organisation == brand:
            return self.own_period_to == self.newest.period_to
        said = Side(self.newest.period_to, self.reported_at, self.newest.above_limit)
        return said in (self.auditors, self.finance)


def decode(source: Source, parameters: Parameters) -> Result:
    """The reports of the page; with the newest among them, or behind it, also how the brand stands at the block."""
    contract, page = source.contract(layout.STOCK_HEALTH, layout.WITH_SIDES), parameters.page
    stream = source.leaves(contract, brand_stream(parameters.brand), page)
    reports = [report_of(leaf) for leaf in stream.leaves]
    answer: dict[str, Any] = {"frozen": None, "stale": None, "newest": None, "sides": None}
    if reaches_end(stream, page):
        standing = _standing(source, contract, parameters.brand)
        _check(standing, parameters.brand, stream, reports)
        answer = _now(standing, source.block_time)
    answer["reports"] = [
        {"index": str(leaf.first_index), **report.as_json(), **stamp(leaf)}
        for leaf, report in zip(stream.leaves, reports, strict=True)
    ]
    return append_only(list_result(answer, stream, page, "reports"), stream, page, source.block_number)


def _standing(source: Source, contract: Contract, brand: int) -> Standing | None:
    held = standing_of(source, contract, brand)
    if held is None:
        return None
    newest, third = held
    fourth = source.slot(contract, layout.capital_sides_slot(brand)) or 0
    auditors = Side(third >> 208 & _UINT32, fourth >> 32 & _UINT64, bool(third >> 240 & 0xFF))
    finance = Side(fourth & _UINT32, fourth >> 96 & _UINT64, bool(third >> 248))
    return Standing(newest, third >> 96 & _UINT64, third >> 176 & _UINT32, auditors, finance)


def _check(standing: Standing | None, brand: int, stream: StreamPage, reports: list[Report]) -> None:
    check_newest(standing.newest if standing else None, stream, reports)
    if standing is not None and not standing.is_of_its_side(brand):
        raise leaf_refusal("the newest report is not what its side says")


def _now(standing: Standing | None, time: int) -> dict[str, Any]:
    """How a brand stands at a block's time (Unix seconds); one without a report is free."""
    if standing is None:
        return {"frozen": False, "stale": False, "newest": None, "sides": None}
    stale, sides = standing.newest.is_stale(time), (standing.auditors, standing.finance)
    own = {"period_to": str(standing.own_period_to)} if standing.own_period_to else None
    return {
        "frozen": stale or standing.newest.above_limit or any(side.stands(time) for side in sides),
        "stale": stale,
        "newest": standing.newest.as_json(),
        "sides": {
            "brand": own,
            "auditors": standing.auditors.as_json(time),
            "finance": standing.finance.as_json(time),
        },
    }


VIEWS = (View("capital/3", frozenset({"contracts", "leaves"}), read, decode, historical=True),)
