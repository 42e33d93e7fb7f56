"""Movements of a brand as columns of whole numbers, read out of the leaves of its SKUs' streams."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from liveledger.domain.movements import LOT_BYTES, RECORD_BYTES
from liveledger.domain.streams import sku_stream
from liveledger.index.chain import tables as t
from liveledger.index.stock.batches import CONTRACT
from liveledger.index.stock.records import quantities, records_of
from liveledger.index.stock_health.scope import Clock, Scope

_SERIAL_BITS = 20
_SERIALS = (1 << _SERIAL_BITS) - 1

Numbers = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Columns:
    """One entry a movement, sorted by SKU, time and position in the SKU's stream; ``time`` is that of the clock."""

    sku: Numbers
    position: Numbers
    time: Numbers
    kind: Numbers
    source: Numbers
    target: Numbers
    quantity: Numbers

    def where(self, mask: Mask) -> Columns:
        """The movements of a mask, in the same order."""
        return Columns(*(getattr(self, field.name)[mask] for field in fields(self)))

    def __len__(self) -> int:
        return len(self.sku)


def load(session: Session, scope: Scope, clock: Clock, before: int) -> Columns:
    """Movements of the scope's SKUs (at all places) whose time is below ``before`` (Unix seconds)."""
    rows = session.connection().execute(_leaves(scope)).all()
    if not rows:
        return Columns(*(np.zeros(0, np.int64) for _ in fields(Columns)))
    streams, first, block_time, payloads = zip(*rows, strict=True)
    sizes = (np.fromiter(map(len, payloads), np.int64, len(rows)) - LOT_BYTES) // RECORD_BYTES
    records = records_of(payloads)
    skus = np.fromiter((int.from_bytes(stream[-4:]) for stream in streams), np.int64, len(rows))
    starts = np.cumsum(sizes) - sizes
    within = np.arange(len(records)) - np.repeat(starts, sizes)
    facts = clock is Clock.FACT
    columns = Columns(
        sku=np.repeat(skus, sizes),
        position=np.repeat(np.array(first, np.int64), sizes) + within,
        time=records["at"].astype(np.int64) if facts else np.repeat(np.array(block_time, np.int64), sizes),
        kind=records["kind"].astype(np.int64),
        source=records["source"].astype(np.int64),
        target=records["target"].astype(np.int64),
        quantity=quantities(records),
    )
    return _sorted(columns.where(columns.time < before))


def _sorted(columns: Columns) -> Columns:
    order = np.lexsort((columns.position, columns.time, columns.sku))
    return Columns(*(getattr(columns, field.name)[order] for field in fields(columns)))


def _leaves(scope: Scope) -> Select[Any]:
    first = scope.sku or scope.brand << _SERIAL_BITS
    last = scope.sku or first | _SERIALS
    streams, leaves = t.streams.c, t.leaves.c
    return (
        select(streams.stream_id, leaves.first_index, leaves.block_time, leaves.payload)
        .join_from(t.streams, t.leaves, leaves.stream == streams.id)
        .where(streams.contract == CONTRACT, streams.stream_id.between(sku_stream(first), sku_stream(last)))
    )
