"""The comparison itself: what the ledger and a snapshot say of each SKU and lot, totals, level, root over the rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from liveledger.domain import merkle
from liveledger.domain.hashing import hex_bytes
from liveledger.domain.money import Bps
from liveledger.reconcile.errors import InvalidSnapshot
from liveledger.rules.accuracy.facts import Comparison
from liveledger.rules.accuracy.formula import accuracy_down, deviation_up, level_of

# Goods of all lots together, for systems that do not keep lots apart.
ALL_LOTS = -1
# All that the contract takes, so that the differences fit as well.
MAX_UNITS = (1 << 63) - 1
# A snapshot that took longer to write speaks of several moments (s).
MAX_SPREAD_SECONDS = 900
_ONE_LOT, _WHOLE_SKU = b"\x00", b"\x01"

Goods = tuple[int, int]
"""SKU and lot (0 = not stated, ``ALL_LOTS``)."""


@dataclass(frozen=True, slots=True)
class Held:
    """Units available and reserved, in the SKU's unit."""

    available: int = 0
    reserved: int = 0

    @property
    def units(self) -> int:
        """Both together."""
        return self.available + self.reserved

    def plus(self, other: Held) -> Held:
        """The sum."""
        return Held(self.available + other.available, self.reserved + other.reserved)


@dataclass(frozen=True, slots=True)
class Line:
    """One SKU and lot on both sides."""

    sku: int
    lot: int
    ledger: Held
    snapshot: Held

    @property
    def difference(self) -> int:
        """Sum of the absolute differences of both quantities."""
        available = abs(self.snapshot.available - self.ledger.available)
        return available + abs(self.snapshot.reserved - self.ledger.reserved)

    @property
    def deviation(self) -> Bps:
        """Difference over the ledger's units, rounded up."""
        return deviation_up(self.difference, self.ledger.units)

    def encode(self) -> bytes:
        """The 39 bytes that the snapshot's root is made of (docs/reconcile.md)."""
        scope, lot = (_WHOLE_SKU, 0) if self.lot == ALL_LOTS else (_ONE_LOT, self.lot)
        numbers = (self.ledger.available, self.ledger.reserved, self.snapshot.available, self.snapshot.reserved)
        return self.sku.to_bytes(4) + scope + lot.to_bytes(2) + b"".join(number.to_bytes(8) for number in numbers)


@dataclass(frozen=True, slots=True)
class Report:
    """A comparison of a place: lines by SKU and lot, and the totals that are recorded."""

    lines: tuple[Line, ...]
    totals: Comparison

    @property
    def deviation(self) -> Bps:
        """Of all lines together, as the contract computes it."""
        return deviation_up(self.totals.difference_units, self.totals.ledger_units)

    @property
    def accuracy(self) -> Bps:
        """SKUs without a difference, as the contract computes it."""
        return accuracy_down(self.totals.skus_matching, self.totals.skus)

    @property
    def level(self) -> int:
        """0, or the level that the deviation has reached."""
        return int(level_of(self.deviation))

    def path_of(self, number: int) -> list[bytes]:
        """Audit path of line ``number`` (from 0) up to the root. Raises IndexError."""
        return merkle.audit_path(_leaves(self.lines), number)

    def summary(self) -> dict[str, Any]:
        """Totals as plain data."""
        totals = self.totals
        return {
            "place": totals.place,
            "as_of": totals.as_of,
            "at_block": totals.at_block,
            "skus": totals.skus,
            "skus_matching": totals.skus_matching,
            "ledger_units": totals.ledger_units,
            "snapshot_units": totals.snapshot_units,
            "difference_units": totals.difference_units,
            "snapshot_root": hex_bytes(totals.snapshot_root),
            "deviation_bps": self.deviation,
            "accuracy_bps": self.accuracy,
            "level": self.level,
        }


def compare(
    ledger: Mapping[Goods, Held], snapshot: Mapping[Goods, Held], *, place: int, as_of: int, at_block: int
) -> Report:
    """Compares both sides; what only one of them names counts as zero on the other.

    A SKU of which the snapshot names ``ALL_LOTS`` is compared over all its lots at once. ``snapshot`` is not empty.
    Raises InvalidSnapshot for more units than the ledger can count.
    """
    sums = _over_lots(ledger, {sku for sku, lot in snapshot if lot == ALL_LOTS})
    for side, held in (("ledger", sums), ("snapshot", snapshot)):
        if sum(goods.units for goods in held.values()) > MAX_UNITS:
            raise InvalidSnapshot(f"the units of the {side} add up to more than {MAX_UNITS}")
    named = sorted(set(sums) | set(snapshot))
    lines = tuple(Line(*goods, sums.get(goods, Held()), snapshot.get(goods, Held())) for goods in named)
    skus = {line.sku for line in lines}
    differing = {line.sku for line in lines if line.difference}
    totals = Comparison(
        place=place,
        as_of=as_of,
        at_block=at_block,
        skus=len(skus),
        skus_matching=len(skus) - len(differing),
        ledger_units=sum(line.ledger.units for line in lines),
        snapshot_units=sum(line.snapshot.units for line in lines),
        difference_units=sum(line.difference for line in lines),
        snapshot_root=merkle.root(_leaves(lines)),
    )
    return Report(lines, totals)


def percent(ratio: int) -> str:
    """A ratio in basis points as a person reads it."""
    return f"{ratio // 100}.{ratio % 100:02d} %"


def _over_lots(ledger: Mapping[Goods, Held], whole: set[int]) -> dict[Goods, Held]:
    sums: dict[Goods, Held] = {}
    for (sku, lot), held in ledger.items():
        goods = (sku, ALL_LOTS if sku in whole else lot)
        sums[goods] = sums.get(goods, Held()).plus(held)
    return sums


def _leaves(lines: Sequence[Line]) -> list[bytes]:
    return [merkle.leaf_hash(line.encode()) for line in lines]
