"""Typed answers about stock health and the capital bound in stock."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from liveledger_api.answers import Hash, Posted, Seconds, example
from liveledger_api.listing import Decimal, Typed

_NO_SIDES = {"brand": None, "auditors": None, "finance": None}


class Query(Typed):
    """The movements that a figure comes from: `first` and `last` are their numbers in the stream of one SKU."""

    brand: Decimal
    sku: Decimal | None
    place: Decimal | None
    clock: str
    kinds: list[str]
    since: Decimal
    before: Decimal
    movements: Decimal
    first: Decimal | None
    last: Decimal | None


class Term(Typed):
    """A number, and what it is."""

    value: Decimal | None
    what: str = Field(alias="is")


class Figure(Typed):
    """A figure with its inputs; `reason` says why there is no value."""

    value: Decimal | None
    unit: str
    rounding: Literal["up", "down"]
    numerator: Term
    denominator: Term
    reason: str | None
    query: Query | None


class Ages(Typed):
    """Units by the whole days that they have been there."""

    unit: str
    units: dict[str, Decimal]
    query: Query


class Health(Typed):
    """The figures of stock health by their names, of one brand's goods, in a time (docs/stock-health.md)."""

    brand: Decimal
    sku: Decimal | None
    place: Decimal | None
    start: Seconds = Field(alias="from")
    to: Seconds
    clock: str
    block: Decimal
    time: Seconds
    figures: dict[str, Figure]
    ages: Ages
    skus: list[dict[str, Any]] = Field(description="A row a SKU: its number, code, and what the figures are made of")
    asked_to: Seconds


class HeatRow(Typed):
    """A place, SKU or category: units sold and days out of stock, a number a month."""

    row: str
    units_sold: list[Decimal]
    days_out_of_stock: list[Decimal]


class HeatMap(Typed):
    """Units sold and days out of stock by month (UTC)."""

    by: str
    block: Decimal
    time: Seconds
    months: list[str]
    rows: list[HeatRow]
    query: Query
    to: Seconds
    asked_to: Seconds


class CapitalReport(Typed):
    """A report on a brand's capital; `share_bps` is null for stock without revenue."""

    organisation: Decimal
    stock_value_fen: Decimal
    revenue_fen: Decimal
    period_from: Seconds
    period_to: Seconds
    at_block: Decimal
    evidence_root: Hash
    share_bps: Decimal | None
    above_limit: bool


class ListedReport(CapitalReport, Posted):
    """A report by its number."""

    index: Decimal


class BrandSide(Typed):
    """The brand's own newest report."""

    period_to: Seconds


class OtherSide(Typed):
    """The newest report of auditors or of the finance side, and whether it stands against others."""

    period_to: Seconds
    reported_at: Seconds
    above_limit: bool
    stands: bool


class Sides(Typed):
    """Who reported what last."""

    brand: BrandSide | None
    auditors: OtherSide | None
    finance: OtherSide | None


class Capital(Typed):
    """A page of the reports; all but these are null on a page that does not reach the end."""

    model_config = example(count="0", frozen=False, stale=True, newest=None, sides=_NO_SIDES, reports=[])

    count: Decimal
    frozen: bool | None
    stale: bool | None
    newest: CapitalReport | None
    sides: Sides | None
    reports: list[ListedReport]
