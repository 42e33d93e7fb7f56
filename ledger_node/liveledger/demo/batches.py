"""Facts into batches that fit a transaction: a SKU always on the same lane, time kept within each SKU."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from liveledger.domain.movements import GROUP_HEAD_BYTES, RECORD_BYTES, Movement, pack

GAS_BASE = 120_000
GAS_GROUP = 24_000
GAS_RECORD = 900
GAS_LIMIT = 14_000_000
BYTES_LIMIT = 110_000


@dataclass(frozen=True, slots=True)
class Batch:
    """One transaction's movements: sorted by SKU, packed, with the number of movements and of SKUs."""

    records: bytes
    movements: int
    skus: int

    @property
    def gas(self) -> int:
        """Gas to allow: a bound from measured costs, with room; what is not used costs nothing."""
        return min(16_700_000, GAS_BASE + 2 * (GAS_GROUP * self.skus + GAS_RECORD * self.movements))


def make_batches(movements: Iterable[Movement], group_gas: int = GAS_GROUP) -> Iterator[Batch]:
    """Splits movements (in the order of time) into batches by SKU ranges, each within the limits of a transaction.

    All movements of a SKU stay in one batch and in order, unless they alone are over the limit; so it does not matter
    in which order the batches land.
    """
    ordered = sorted(movements, key=lambda movement: movement.sku)
    start = 0
    gas, size, previous = GAS_BASE, 0, 0
    for position, movement in enumerate(ordered):
        new = movement.sku != previous
        gas += GAS_RECORD + (group_gas if new else 0)
        size += RECORD_BYTES + (GROUP_HEAD_BYTES if new else 0)
        if gas > GAS_LIMIT or size > BYTES_LIMIT:
            yield _batch(ordered[start:position])
            start = position
            gas, size = GAS_BASE + group_gas + GAS_RECORD, GROUP_HEAD_BYTES + RECORD_BYTES
        previous = movement.sku
    if start < len(ordered):
        yield _batch(ordered[start:])


def windows(movements: Sequence[Movement], count: int) -> list[Sequence[Movement]]:
    """Cuts movements (in the order of time) into ``count`` runs of about equal length; none is empty."""
    step = max(1, -(-len(movements) // max(1, count)))
    return [movements[i : i + step] for i in range(0, len(movements), step)]


def _batch(movements: Sequence[Movement]) -> Batch:
    return Batch(pack(movements), len(movements), len({movement.sku for movement in movements}))
