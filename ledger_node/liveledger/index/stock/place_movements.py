"""Movements of a place: the chain has no list of them; the index notes which batches touch it, and looks inside."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import Select, select, tuple_
from sqlalchemy.orm import Session

from liveledger.domain.movements import LOT_BYTES, RECORD_BYTES, Movement, count, decode, groups
from liveledger.index.stock.records import Records, records_of
from liveledger.index.stock.tables import batch_places, batches

# A batch has some thousands of records: a page is seldom spread over more than a few.
_BATCHES_A_LOOK = 8
_LAST = (1 << 31) - 1


class At(NamedTuple):
    """Where a movement stands on the chain: block, transaction, log in the transaction's block, record in the batch."""

    block: int
    tx_index: int
    log_index: int
    record: int


@dataclass(frozen=True, slots=True)
class PlaceMovement:
    """One movement from or to a place, with its batch."""

    at: At
    movement: Movement
    poster: bytes
    lane: int
    sequence: int


def places_of(records: Records) -> list[int]:
    """Numbers of the places that records touch, ascending; 0 is no place."""
    return [int(place) for place in np.union1d(records["source"], records["target"]) if place]


def movements_at(session: Session, place: int, after: At | None, limit: int) -> list[PlaceMovement]:
    """At most ``limit`` movements from or to a place (by number) in the order of the chain, those behind ``after``."""
    return list(islice(every_movement_at(session, place, after), limit))


def every_movement_at(session: Session, place: int, after: At | None) -> Iterator[PlaceMovement]:
    """All movements from or to a place (by number) in the order of the chain, those behind ``after``."""
    for row in _batches(session, place, after):
        yield from _inside(row, place, after.record if after and row[:3] == after[:3] else -1)


def after_block(block: int) -> At:
    """Behind all that a block holds."""
    return At(block, _LAST, _LAST, _LAST)


def _batches(session: Session, place: int, after: At | None) -> Iterator[Any]:
    """Batches that touch the place, the one that holds ``after`` first."""
    last: tuple[int, int, int] | None = after[:3] if after else None
    query, inclusive = _touching(place), True
    while True:
        part = query
        if last is not None:
            key, wanted = tuple_(*_KEY), tuple_(*last)
            part = query.where(key >= wanted if inclusive else key > wanted)
        rows = session.execute(part.limit(_BATCHES_A_LOOK)).all()
        yield from rows
        if len(rows) < _BATCHES_A_LOOK:
            return
        last, inclusive = rows[-1][:3], False


_KEY = (batch_places.c.block, batch_places.c.tx_index, batch_places.c.log_index)
_SAME_BATCH = (
    (batches.c.poster == batch_places.c.poster)
    & (batches.c.lane == batch_places.c.lane)
    & (batches.c.sequence == batch_places.c.sequence)
)


def _touching(place: int) -> Select[Any]:
    columns = (*_KEY, batches.c.poster, batches.c.lane, batches.c.sequence, batches.c.records)
    return select(*columns).join(batches, _SAME_BATCH).where(batch_places.c.place == place).order_by(*_KEY)


def _inside(row: Any, place: int, behind: int) -> Iterator[PlaceMovement]:
    first = 0
    for sku, payload in groups(row.records):
        records = records_of([payload])
        for position in np.flatnonzero((records["source"] == place) | (records["target"] == place)).tolist():
            if first + position > behind:
                start = LOT_BYTES + position * RECORD_BYTES
                movement = decode(sku, int.from_bytes(payload[:LOT_BYTES]), payload[start : start + RECORD_BYTES])
                at = At(row.block, row.tx_index, row.log_index, first + position)
                yield PlaceMovement(at, movement, row.poster, row.lane, row.sequence)
        first += count(payload)
