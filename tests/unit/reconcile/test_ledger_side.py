"""What the ledger had at a time: random histories, looked back on from their end."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from liveledger.domain.errors import NotFound
from liveledger.reconcile.comparing import Held
from liveledger.reconcile.ledger_side import block_at, held_at, held_now
from tests.unit.reconcile.index import HERE, SKUS, Stock, random_movement, registered, time_of

BLOCKS = 60


def _history(folder: Path, seed: int) -> Stock:
    stock, chance = registered(folder), random.Random(seed)
    for _ in range(BLOCKS):
        # One after the other: each rests on what the ones before it left.
        stock.block(*([random_movement(stock, chance)] if chance.random() < 0.8 else []))
    return stock


def _plain(held: dict[tuple[int, int], Held]) -> dict[tuple[int, int], tuple[int, int]]:
    return {goods: (found.available, found.reserved) for goods, found in held.items() if found.units}


@pytest.mark.parametrize("seed", range(8))
def test_every_past_block_is_found_again(tmp_path: Path, seed: int) -> None:
    stock = _history(tmp_path, seed)
    with Session(stock.engine) as session:
        assert _plain(held_now(session, HERE)) == stock.at(BLOCKS)
        for height in range(BLOCKS + 1):
            assert _plain(held_at(session, HERE, height, {}, {})) == stock.at(height), height


@pytest.mark.parametrize("seed", range(4))
def test_goods_are_looked_at_each_at_a_time_of_their_own(tmp_path: Path, seed: int) -> None:
    stock, chance = _history(tmp_path, seed), random.Random(seed)
    goods = [(sku, lot) for sku in SKUS.values() for lot in range(3)]
    for _ in range(20):
        default = chance.randrange(BLOCKS + 1)
        blocks = {one: chance.randrange(BLOCKS + 1) for one in goods if chance.random() < 0.6}
        with Session(stock.engine) as session:
            found = _plain(held_at(session, HERE, default, blocks, {}))
        for one in goods:
            assert found.get(one) == stock.at(blocks.get(one, default)).get(one)


def test_the_block_of_a_time_is_the_newest_that_is_not_later(tmp_path: Path) -> None:
    stock = registered(tmp_path)
    for _ in range(3):
        stock.block()
    with Session(stock.engine) as session:
        assert [block_at(session, time_of(2) + late) for late in (0, 9, 10, 10_000)] == [2, 2, 3, 3]
        assert block_at(session, time_of(1)) == 1
        with pytest.raises(NotFound) as early:
            block_at(session, time_of(1) - 1)
    assert early.value.stable_code == "snapshot-before-ledger"
