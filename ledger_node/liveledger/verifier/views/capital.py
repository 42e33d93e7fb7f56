"""Whether a brand's purchasing is frozen, and every report on its capital, whole and in order.

``capital/2`` says what the contract says at its block: a report that is stale by then counts as frozen. ``capital/1``
tells of the newest report alone, and its verdict says so. Both read version 1 of the contract; ``capital_3`` the next.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from liveledger.domain.hashing import hex_bytes, uint_word
from liveledger.domain.streams import Leaf, brand_stream
from liveledger.rules.stock_health import formula
from liveledger.verifier import layout, shape
from liveledger.verifier.abi import AbiError, uint, words
from liveledger.verifier.source import Contract, Page, Result, Source, StreamPage
from liveledger.verifier.views.base import (
    PAGE,
    View,
    decimal_parameter,
    leaf_refusal,
    list_result,
    page_parameters,
    stamp,
)

_WORDS = 8
_BITS = (16, 64, 64, 32, 32, 64, 256, 96)
_NOT_JUDGED = "whether the newest report is stale, which freezes too, is not judged: capital/2 does"


@dataclass(frozen=True, slots=True)
class Parameters:
    """Organisation number of the brand, and the page of its reports."""

    brand: int
    page: Page


@dataclass(frozen=True, slots=True)
class Report:
    """What a report says, as in its leaf (docs/formats.md): fen, Unix seconds, basis points."""

    organisation: int
    stock_value: int
    revenue: int
    period_from: int
    period_to: int
    at_block: int
    evidence_root: int
    share: int

    @property
    def above_limit(self) -> bool:
        """Whether its share keeps the brand from buying."""
        return formula.is_above_limit(self.share)

    def is_stale(self, time: int) -> bool:
        """Whether its year ended too long before ``time`` (Unix seconds)."""
        return formula.is_stale(self.period_to, time)

    def as_json(self) -> dict[str, Any]:
        """The JSON form of version 2; the share is null for stock without revenue."""
        return {**self._figures(), "above_limit": self.above_limit}

    def as_json_1(self) -> dict[str, Any]:
        """The JSON form of version 1."""
        return {**self._figures(), "frozen": self.above_limit}

    def _figures(self) -> dict[str, Any]:
        return {
            "organisation": str(self.organisation),
            "stock_value_fen": str(self.stock_value),
            "revenue_fen": str(self.revenue),
            "period_from": str(self.period_from),
            "period_to": str(self.period_to),
            "at_block": str(self.at_block),
            "evidence_root": hex_bytes(uint_word(self.evidence_root)),
            "share_bps": None if self.share == formula.NO_REVENUE else str(self.share),
        }


def read(value: dict[str, Any]) -> Parameters:
    """Reads the parameters. Raises Refusal (step 1)."""
    entry = shape.fields(value, "parameters", ("brand",), PAGE)
    return Parameters(decimal_parameter(entry, "brand", 0xFFFF), page_parameters(entry))


@dataclass(frozen=True, slots=True)
class _Capital:
    """The newest report as the contract holds it, and the page of reports with every share computed again."""

    standing: Report | None
    stream: StreamPage
    reports: list[Report]

    def result(self, page: Page, flags: dict[str, Any], form: Callable[[Report], dict[str, Any]]) -> Result:
        """The answer: its flags, then the reports in the form of its version."""
        answer = {
            **flags,
            "newest": form(self.standing) if self.standing else None,
            "reports": [
                {"index": str(leaf.first_index), **form(report), **stamp(leaf)}
                for leaf, report in zip(self.stream.leaves, self.reports, strict=True)
            ],
        }
        return list_result(answer, self.stream, page, "reports")


def decode(source: Source, parameters: Parameters) -> Result:
    """``capital/2``: the flag as the contract has it at the block's time."""
    found = _read(source, parameters)
    stale = found.standing is not None and found.standing.is_stale(source.block_time)
    frozen = found.standing is not None and (stale or found.standing.above_limit)
    return found.result(parameters.page, {"frozen": frozen, "stale": stale}, Report.as_json)


def decode_1(source: Source, parameters: Parameters) -> Result:
    """``capital/1``: whether the newest report is above the limit, however old it is."""
    found = _read(source, parameters)
    frozen = found.standing is not None and found.standing.above_limit
    result = found.result(parameters.page, {"frozen": frozen}, Report.as_json_1)
    return replace(result, complete=f"{result.complete}; {_NOT_JUDGED}") if found.standing else result


def _read(source: Source, parameters: Parameters) -> _Capital:
    contract = source.contract(layout.STOCK_HEALTH)
    held = standing_of(source, contract, parameters.brand)
    standing = held[0] if held else None
    stream = source.leaves(contract, brand_stream(parameters.brand), parameters.page)
    reports = [report_of(leaf) for leaf in stream.leaves]
    check_newest(standing, stream, reports)
    return _Capital(standing, stream, reports)


def standing_of(source: Source, contract: Contract, brand: int) -> tuple[Report, int] | None:
    """The newest report as the contract holds it, with the third of its words; None before the first report."""
    first, second, third = layout.capital_slots(brand)
    figures = source.slot(contract, first)
    if not figures:
        return None
    root, share = source.slot(contract, second) or 0, source.slot(contract, third) or 0
    parts = [figures >> bit & (1 << bits) - 1 for bit, bits in ((0, 64), (64, 64), (128, 32), (160, 32), (192, 64))]
    values = [share >> 160 & 0xFFFF, *parts, root, share & formula.NO_REVENUE]
    return Report(*values), share


def report_of(leaf: Leaf) -> Report:
    """The report in a leaf, its share computed again. Raises Refusal (step 8)."""
    try:
        values = [uint(word, bits) for word, bits in zip(words(leaf.payload, _WORDS), _BITS, strict=True)]
        report = Report(*values)
        if leaf.n != 1 or report.share != formula.share_up(report.stock_value, report.revenue):
            raise AbiError("its share does not follow from its figures")
    except AbiError as error:
        raise leaf_refusal(f"report {leaf.first_index}: {error}") from None
    return report


def check_newest(standing: Report | None, stream: StreamPage, reports: list[Report]) -> None:
    """The contract goes by the last report of the list, and by none where there is none. Raises Refusal (step 8)."""
    ends = bool(reports) and stream.leaves[-1].first_index == stream.count - 1
    if (standing is None) != (stream.count == 0) or (ends and standing != reports[-1]):
        raise leaf_refusal("the newest report is not the one that the contract goes by")


_SECTIONS = frozenset({"contracts", "leaves"})
VIEWS = (View("capital/1", _SECTIONS, read, decode_1), View("capital/2", _SECTIONS, read, decode))
