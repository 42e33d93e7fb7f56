"""The formula of the settlement: overstock that a forecast caused, its cost, and the split of it.

The split is between brand and supplier. Quantities are base units of the SKU, money is integer fen, ratios are basis
points (docs/formats.md, Settlement).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from liveledger.domain.errors import InvalidInput
from liveledger.domain.money import WHOLE_BPS, Bps, Fen


@dataclass(frozen=True, slots=True)
class SkuFacts:
    """What the chain knows of one SKU over a session: quantities in base units, the agreed cost of one unit."""

    sku: int
    unit_cost: Fen
    received: int
    forecast: int
    sold: int
    returned: int


@dataclass(frozen=True, slots=True)
class Split:
    """Shares of a loss; they add up to it to the fen."""

    brand: Fen
    supplier: Fen


@dataclass(frozen=True, slots=True)
class SettlementResult:
    """Overstock in base units, one figure a SKU in the order given, the loss over all and its split."""

    overstock_units: tuple[int, ...]
    loss: Fen
    split: Split


def overstock(received: int, forecast: int, sold: int, returned: int) -> int:
    """Units left over because of the forecast: what came in, up to the forecast, less what was sold for good.

    Sales less returns may be negative, when goods sold before the session come back within it; they do not raise the
    overstock above what came in (docs/adr/0004).
    """
    covered = min(received, forecast)
    return min(max(0, covered - (sold - returned)), covered)


def overstock_units(facts: SkuFacts) -> int:
    """The overstock of one SKU over a session, in base units."""
    return overstock(facts.received, facts.forecast, facts.sold, facts.returned)


def brand_share_half_up(loss: int, brand_ratio: int) -> int:
    """The brand's part of ``loss`` by largest remainder: the fen that is left over is the brand's from one half on.

    Both remainders add up to the whole where a fen is left over, so the brand's is the larger, or equal, from one half
    on; the supplier bears the rest. ``loss`` in fen, ``brand_ratio`` in basis points, neither is judged.
    """
    share, rest = divmod(loss * brand_ratio, WHOLE_BPS)
    return share + (1 if 2 * rest >= WHOLE_BPS else 0)


def split_largest_remainder(loss: Fen, brand_ratio: Bps) -> Split:
    """Splits ``loss``: shares rounded down, the fen left over to the larger remainder, on a tie to the brand.

    Raises InvalidInput on a negative loss or a ratio above the whole.
    """
    if loss < 0 or not 0 <= brand_ratio <= WHOLE_BPS:
        raise InvalidInput(f"a loss of {loss} fen cannot be split at {brand_ratio} basis points", ratio=brand_ratio)
    brand = brand_share_half_up(loss, brand_ratio)
    return Split(Fen(brand), Fen(loss - brand))


def settle(facts: Sequence[SkuFacts], brand_ratio: Bps) -> SettlementResult:
    """Settles a session over all its SKUs."""
    units = tuple(overstock_units(row) for row in facts)
    loss = Fen(sum(count * row.unit_cost for count, row in zip(units, facts, strict=True)))
    return SettlementResult(units, loss, split_largest_remainder(loss, brand_ratio))


def payable_now(supplier_share: Fen, escrow: Fen) -> Fen:
    """What the escrow reaches for; the rest of the share stays due."""
    return min(supplier_share, escrow)
