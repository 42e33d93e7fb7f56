"""Facts into batches that fit a transaction: a SKU always on the same lane, time kept within each SKU."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from liveledger.domain import merkle
from liveledger.domain.hashing import canonical_json
from liveledger.domain.movements import GROUP_HEAD_BYTES, RECORD_BYTES, Movement, pack

GAS_BASE = 120_000
GAS_GROUP = 24_000
GAS_RECORD = 900
GAS_LIMIT = 14_000_000
BYTES_LIMIT = 110_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One movement and the leaf hash (32 bytes) of the document behind it."""

    movement: Movement
    document: bytes


@dataclass(frozen=True, slots=True)
class Batch:
    """One transaction's movements: sorted by SKU, packed, with the root of their documents and the numbers of both."""

    records: bytes
    documents_root: bytes
    movements: int
    skus: int
    group_gas: int

    @property
    def gas(self) -> int:
        """Gas to allow: a bound from measured costs, with room; what is not used costs nothing."""
        return min(16_700_000, GAS_BASE + 2 * (self.group_gas * self.skus + GAS_RECORD * self.movements))


def make_batches(entries: Iterable[Entry], group_gas: int = GAS_GROUP) -> Iterator[Batch]:
    """Splits entries (in the order of time) into batches by SKU ranges, each within the limits of a transaction.

    All movements of a SKU stay in one batch and in order, unless they alone are over the limit; so it does not matter
    in which order the batches land.
    """
    ordered = sorted(entries, key=lambda entry: entry.movement.sku)
    start = 0
    gas, size, previous = GAS_BASE, 0, 0
    for position, entry in enumerate(ordered):
        new = entry.movement.sku != previous
        gas += GAS_RECORD + (group_gas if new else 0)
        size += RECORD_BYTES + (GROUP_HEAD_BYTES if new else 0)
        if gas > GAS_LIMIT or size > BYTES_LIMIT:
            yield _batch(ordered[start:position], group_gas)
            start = position
            gas, size = GAS_BASE + group_gas + GAS_RECORD, GROUP_HEAD_BYTES + RECORD_BYTES
        previous = entry.movement.sku
    if start < len(ordered):
        yield _batch(ordered[start:], group_gas)


def windows(entries: Sequence[Entry], count: int) -> list[Sequence[Entry]]:
    """Cuts entries (in the order of time) into ``count`` runs of about equal length; none is empty."""
    step = max(1, -(-len(entries) // max(1, count)))
    return [entries[i : i + step] for i in range(0, len(entries), step)]


def document_leaf(salt: bytes, message: dict[str, Any]) -> bytes:
    """Leaf hash of a salted message (docs/formats.md): it commits to the document, which stays off the chain."""
    return merkle.leaf_hash(salt + canonical_json(message))


def _batch(entries: Sequence[Entry], group_gas: int) -> Batch:
    movements = [entry.movement for entry in entries]
    skus = len({movement.sku for movement in movements})
    root = merkle.root([entry.document for entry in entries])
    return Batch(pack(movements), root, len(movements), skus, group_gas)
