"""What the ledger had at a place at a time: its balances now, less what moved since. Reads the index alone."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from liveledger.domain.errors import NotFound
from liveledger.domain.movements import Lane, Movement
from liveledger.index.chain import queries as chain_queries
from liveledger.index.stock import tables as t
from liveledger.index.stock.place_movements import after_block, every_movement_at
from liveledger.reconcile.comparing import Goods, Held
from liveledger.rules.stock_state import RULES


def block_at(session: Session, time: int) -> int:
    """The newest block of the index that is not after ``time`` (Unix seconds). Raises NotFound before the first."""
    row = chain_queries.block_at(session, time)
    if row is None:
        raise NotFound(f"the ledger has no block at or before {time}", code="snapshot-before-ledger", time=time)
    return row.height


def held_now(session: Session, place: int) -> dict[Goods, Held]:
    """Units of each SKU and lot at the place as far as the index is."""
    rows = t.balances.c
    query = select(rows.sku, rows.lot, rows.available, rows.reserved).where(rows.place == place)
    return {(sku, lot): Held(available, reserved) for sku, lot, available, reserved in session.execute(query)}


def held_at(
    session: Session, place: int, default: int, blocks: Mapping[Goods, int], whole: Mapping[int, int]
) -> dict[Goods, Held]:
    """Units of each SKU and lot at the place after a block: that of ``blocks``, else the SKU's of ``whole``, else
    ``default``.

    What the place held then and holds no more is there too.
    """
    held = held_now(session, place)
    first = min([default, *blocks.values()])
    for moved in every_movement_at(session, place, after_block(first)):
        goods = (moved.movement.sku, moved.movement.lot)
        if moved.at.block > blocks.get(goods, whole.get(goods[0], default)):
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
