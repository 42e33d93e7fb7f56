"""What the ledger had at a place at a time: its balances now, less what moved since. Reads the index alone."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from liveledger.domain.errors import NotFound
from liveledger.domain.movements import LOT_BYTES, Kind, Lane, Movement, groups
from liveledger.index import tables as t
from liveledger.reconcile.comparing import Goods, Held
from liveledger.rules.stock_state import RULES

_BATCHES_AT_ONCE = 200
_RECORD = struct.Struct(">BHH3sI")


@dataclass(frozen=True, slots=True)
class Moved:
    """A movement that touched the place, and the block that it is in."""

    block: int
    movement: Movement


def block_at(session: Session, time: int) -> int:
    """The newest block of the index that is not after ``time`` (Unix seconds). Raises NotFound before the first."""
    height = session.execute(select(func.max(t.blocks.c.height)).where(t.blocks.c.time <= time)).scalar()
    if height is None:
        raise NotFound(f"the ledger has no block at or before {time}", code="snapshot-before-ledger", time=time)
    return int(height)


def held_now(session: Session, place: int) -> dict[Goods, Held]:
    """Units of each SKU and lot at the place as far as the index is."""
    rows = t.balances.c
    query = select(rows.sku, rows.lot, rows.available, rows.reserved).where(rows.place == place)
    return {(sku, lot): Held(available, reserved) for sku, lot, available, reserved in session.execute(query)}


def moved_since(session: Session, place: int, block: int) -> Iterator[Moved]:
    """Movements after ``block`` that touched the place, in the order of the chain."""
    batches = t.batches.c
    query = (
        select(batches.block, batches.records)
        .where(batches.block > block)
        .order_by(batches.block, batches.tx_index, batches.log_index)
        .execution_options(yield_per=_BATCHES_AT_ONCE)
    )
    for height, records in session.execute(query):
        for movement in _touching(records, place):
            yield Moved(height, movement)


def _touching(records: bytes, place: int) -> Iterator[Movement]:
    """The movements of a batch that name the place; the others, which are most of them, are not decoded."""
    for sku, payload in groups(records):
        for kind, source, target, quantity, at in _RECORD.iter_unpack(payload[LOT_BYTES:]):
            if place in (source, target):
                lot = int.from_bytes(payload[:LOT_BYTES])
                yield Movement(sku, Kind(kind), source, target, int.from_bytes(quantity), at, lot)


def held_at(
    session: Session, place: int, default: int, blocks: Mapping[Goods, int], whole: Mapping[int, int]
) -> dict[Goods, Held]:
    """Units of each SKU and lot at the place after a block: that of ``blocks``, else the SKU's of ``whole``, else
    ``default``.

    What the place held then and holds no more is there too.
    """
    held = held_now(session, place)
    for moved in moved_since(session, place, min([default, *blocks.values()])):
        goods = (moved.movement.sku, moved.movement.lot)
        if moved.block > blocks.get(goods, whole.get(goods[0], default)):
            held[goods] = _without(held.get(goods, Held()), moved.movement, place)
    return held


def _without(held: Held, movement: Movement, place: int) -> Held:
    """The units before a movement; only the two lanes that are compared matter."""
    rule = RULES[movement.kind]
    lanes = [held.available, held.reserved]
    if movement.target == place and rule.gives in (Lane.AVAILABLE, Lane.RESERVED):
        lanes[rule.gives] -= movement.quantity
    if movement.source == place and rule.takes in (Lane.AVAILABLE, Lane.RESERVED):
        lanes[rule.takes] += movement.quantity
    return Held(*lanes)
