"""What waits for a batch: orders go before counts, and no movement overtakes another one of its SKU."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from liveledger.chain.batching import Movements
from liveledger.chain.queue import COUNTS, Queue
from liveledger.domain.movements import Kind, Movement


def waiting(facts: list[tuple[int, Kind]], first: int = 10) -> Movements:
    """One movement for each SKU and kind, numbered from 10."""
    contents = b"".join(Movement(sku, kind, 1, 1, 1, 1).content() for sku, kind in facts)
    return Movements.of(range(first, first + len(facts)), contents, bytes(32 * len(facts)))


def chosen(facts: list[tuple[int, Kind]], limit: int) -> list[int]:
    return [int(number) - 10 for number in Queue(waiting(facts)).choose(limit).ids]


def test_orders_go_first() -> None:
    facts = [(1, Kind.LOST), (2, Kind.SELL), (3, Kind.FOUND), (4, Kind.RESERVE)]
    assert chosen(facts, 2) == [1, 3]
    assert chosen(facts, 3) == [0, 1, 3]


def test_what_an_order_may_rest_on_comes_with_it() -> None:
    assert chosen([(1, Kind.FOUND), (2, Kind.LOST), (1, Kind.SELL)], 1) == [0, 2]


@given(st.lists(st.tuples(st.integers(1, 6), st.sampled_from(Kind)), min_size=1, max_size=60), st.integers(1, 70))
def test_no_movement_overtakes_another_one_of_its_sku(facts: list[tuple[int, Kind]], limit: int) -> None:
    found = chosen(facts, limit)
    assert found == sorted(set(found))
    assert len(found) >= min(limit, len(facts))
    left = sorted(set(range(len(facts))) - set(found))
    for number in left:
        sku = facts[number][0]
        assert all(other < number for other in found if facts[other][0] == sku)
    orders = [number for number, (_, kind) in enumerate(facts) if kind not in COUNTS]
    assert set(orders[:limit]) <= set(found)


def test_what_is_in_a_batch_waits_no_longer() -> None:
    queue = Queue(waiting([(1, Kind.SELL), (2, Kind.SELL), (3, Kind.SELL)]))
    queue.drop(np.array([10, 12], np.uint64))
    queue.extend(waiting([(9, Kind.SELL)], 20))
    assert (len(queue), queue.oldest(), queue.newest()) == (2, 11, 20)
    assert queue.holds(np.array([20, 11], np.uint64))
    assert not queue.holds(np.array([12, 20], np.uint64))
    queue.put_back(waiting([(1, Kind.SELL)]))
    assert (len(queue), queue.oldest(), queue.newest()) == (3, 10, 20)
    queue.drop(np.array([10, 11, 20], np.uint64))
    assert (len(queue), queue.oldest(), queue.newest()) == (0, None, None)
