"""What waits for a batch: orders go before counts, and no movement overtakes another one of its SKU."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from liveledger.chain.movements.batching import Movements
from liveledger.chain.movements.queue import COUNTS, Queue, orders_first
from liveledger.domain.movements import Kind, Movement


def waiting(facts: list[tuple[int, Kind]], first: int = 10) -> Movements:
    """One movement for each SKU and kind, numbered from 10."""
    contents = b"".join(Movement(sku, kind, 1, 1, 1, 1).content() for sku, kind in facts)
    return Movements.of(range(first, first + len(facts)), contents, bytes(32 * len(facts)))


def parts(facts: list[tuple[int, Kind]]) -> list[list[int]]:
    return [[int(number) - 10 for number in part.ids] for part in orders_first(waiting(facts))]


def test_orders_go_first() -> None:
    facts = [(1, Kind.LOST), (2, Kind.SELL), (3, Kind.FOUND), (4, Kind.RESERVE)]
    assert parts(facts) == [[1, 3], [0, 2]]
    assert parts(facts[:1]) == [[0]]
    assert parts(facts[1:2]) == [[0]]


def test_what_an_order_may_rest_on_comes_with_it() -> None:
    assert parts([(1, Kind.FOUND), (2, Kind.LOST), (1, Kind.SELL)]) == [[0, 2], [1]]
    assert parts([(1, Kind.FOUND), (1, Kind.SELL)]) == [[0, 1]]


@given(st.lists(st.tuples(st.integers(1, 6), st.sampled_from(Kind)), min_size=1, max_size=60))
def test_no_movement_overtakes_another_one_of_its_sku(facts: list[tuple[int, Kind]]) -> None:
    found = parts(facts)
    assert sorted(number for part in found for number in part) == list(range(len(facts)))
    assert all(part == sorted(part) for part in found)
    for number in found[1] if len(found) > 1 else []:
        assert facts[number][1] in COUNTS
        assert all(other < number for other in found[0] if facts[other][0] == facts[number][0])


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
