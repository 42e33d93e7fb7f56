"""One figure: a ratio of two whole numbers, what they are, and which movements they come from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from liveledger.domain.money import WHOLE_BPS
from liveledger.domain.movements import Kind
from liveledger.index.stock_health.columns import Columns, Mask
from liveledger.index.stock_health.effects import touching
from liveledger.index.stock_health.scope import Clock, Scope

ALL_KINDS = tuple(Kind)


@dataclass(frozen=True, slots=True)
class Query:
    """Which movements a figure comes from: of the scope, of these kinds, from ``since`` to before ``before``.

    ``first`` and ``last`` are positions in the SKU's stream when the scope is one SKU; otherwise those of each SKU
    stand in the report's list of SKUs.
    """

    scope: Scope
    clock: Clock
    kinds: tuple[Kind, ...]
    since: int
    before: int
    movements: int
    first: int | None
    last: int | None

    def as_dict(self) -> dict[str, Any]:
        """The query as JSON data; numbers as decimal strings."""
        return {
            "brand": str(self.scope.brand),
            "sku": _text(self.scope.sku),
            "place": _text(self.scope.place),
            "clock": self.clock.value,
            "kinds": [kind.name.lower() for kind in self.kinds],
            "since": str(self.since),
            "before": str(self.before),
            "movements": str(self.movements),
            "first": _text(self.first),
            "last": _text(self.last),
        }


@dataclass(frozen=True, slots=True)
class Measure:
    """How a ratio is shown: so many parts of ``unit`` make one, rounded ``up`` or ``down`` to whole parts."""

    unit: str
    parts: int
    up: bool

    def rounded(self, numerator: int, denominator: int) -> int:
        """The ratio in whole parts."""
        scaled = numerator * self.parts
        return -(-scaled // denominator) if self.up else scaled // denominator


DAYS_UP = Measure("hundredths of a day", 100, up=True)
SHARE_UP = Measure("basis points", WHOLE_BPS, up=True)
SHARE_DOWN = Measure("basis points", WHOLE_BPS, up=False)


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with its inputs; ``reason`` says why there is no value."""

    measure: Measure
    numerator: int | None
    numerator_is: str
    denominator: int | None
    denominator_is: str
    query: Query | None
    reason: str | None = None

    @property
    def value(self) -> int | None:
        """The figure in whole parts of its measure; None when it has none."""
        if self.reason or self.numerator is None or not self.denominator:
            return None
        return self.measure.rounded(self.numerator, self.denominator)

    def as_dict(self) -> dict[str, Any]:
        """The figure as JSON data; numbers as decimal strings."""
        return {
            "value": _text(self.value),
            "unit": self.measure.unit,
            "rounding": "up" if self.measure.up else "down",
            "numerator": {"value": _text(self.numerator), "is": self.numerator_is},
            "denominator": {"value": _text(self.denominator), "is": self.denominator_is},
            "reason": self.reason,
            "query": self.query.as_dict() if self.query else None,
        }


def query_of(
    columns: Columns, scope: Scope, clock: Clock, before: int, kinds: Sequence[Kind] = ALL_KINDS, since: int = 0
) -> Query:
    """The query that lists these kinds of movements of ``columns`` in the scope, with their number and positions."""
    chosen = chosen_by(columns, scope, kinds, since)
    positions = columns.position[chosen]
    one = scope.sku is not None and len(positions) > 0
    ends = (int(positions.min()), int(positions.max())) if one else (None, None)
    return Query(scope, clock, tuple(kinds), since, before, len(positions), *ends)


def chosen_by(columns: Columns, scope: Scope, kinds: Sequence[Kind], since: int) -> Mask:
    """Which of the movements a query lists."""
    mask = touching(columns, scope.place) & (columns.time >= since)
    return mask if len(kinds) == len(ALL_KINDS) else mask & np.isin(columns.kind, kinds)


def _text(value: int | None) -> str | None:
    return None if value is None else str(value)
