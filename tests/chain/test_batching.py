"""Batches are whole, in order, and fit a transaction."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveledger.bindings import codec
from liveledger.chain.movements.batching import (
    GAS_TARGET,
    MAX_RECORDS_BYTES,
    MovementMessage,
    Movements,
    Warmth,
    cut,
    document_leaf,
    post_call,
)
from liveledger.domain import merkle
from liveledger.domain.errors import InvalidInput
from liveledger.domain.hashing import canonical_json
from liveledger.domain.movements import Kind, Movement, pack, unpack
from liveledger.domain.transactions import MAX_TX_BYTES

MOVEMENTS = st.builds(
    Movement,
    sku=st.integers(1, 60),
    kind=st.sampled_from(Kind),
    source=st.integers(0, 9),
    target=st.integers(0, 9),
    quantity=st.integers(1, 2**24 - 1),
    at=st.integers(0, 2**32 - 1),
    lot=st.integers(0, 3),
)


def numbered(movements: list[Movement]) -> Movements:
    """Movements with their positions as ids."""
    contents = b"".join(movement.content() for movement in movements)
    return Movements.of(range(len(movements)), contents, b"".join(i.to_bytes(32) for i in range(len(movements))))


def positions(batches: list[Movements]) -> list[int]:
    return [int(number) for batch in batches for number in batch.ids]


@given(st.lists(MOVEMENTS, max_size=200), st.integers(100_000, 2_000_000), st.integers(0, 70))
def test_cutting_keeps_all_and_the_order_within_a_lot(movements: list[Movement], target: int, first: int) -> None:
    batches = list(cut(numbered(movements), Warmth(), target, first))
    flat = positions(batches)
    assert sorted(flat) == list(range(len(movements)))
    for owner in {movement.owner for movement in movements}:
        numbers = [number for number in flat if movements[number].owner == owner]
        assert numbers == sorted(numbers)
    for batch in batches:
        assert unpack(batch.records()) == [movements[number] for number in positions([batch])]
        assert batch.records() == pack([movements[number] for number in positions([batch])])
        assert [int.from_bytes(leaf) for leaf in batch.leaves()] == positions([batch])
        assert len(batch.records()) <= MAX_RECORDS_BYTES
    if any(movement.sku >= first for movement in movements):
        assert batches[0].skus[0] == min(movement.sku for movement in movements if movement.sku >= first)


@given(st.lists(MOVEMENTS, min_size=1, max_size=60), st.sets(st.integers(1, 60)))
def test_the_model_of_gas_counts_every_group_balance_and_move_once(movements: list[Movement], known: set[int]) -> None:
    movements.sort(key=lambda movement: movement.owner)
    warmth = Warmth()
    warmth.learn(known, [sku << 32 | 1 for sku in known])
    skus: set[int] = set()
    lots: set[tuple[int, int]] = set()
    balances: set[tuple[int, int, int]] = set()
    moves: set[tuple[int, int, int]] = set()
    expected = []
    for movement in movements:
        gas = 1_150
        move = movement.kind, movement.source, movement.target
        if move not in moves:
            gas += 3_700
        moves.add(move)
        if movement.sku not in skus:
            gas += 13_000 + (0 if movement.sku in known else 2 * 17_100 + 4_200)
        if movement.lot and movement.owner not in lots:
            gas += 5_000
        skus.add(movement.sku)
        lots.add(movement.owner)
        for place in {movement.source, movement.target} - {0}:
            if (*movement.owner, place) not in balances:
                used = place == 1 and movement.lot == 0 and movement.sku in known
                gas += 5_200 + (0 if used else 17_100)
            balances.add((*movement.owner, place))
        expected.append(gas)
    assert warmth.gas(numbered(movements)).tolist() == expected


def test_a_batch_of_known_slots_is_bounded_by_bytes_or_gas() -> None:
    batches = list(cut(numbered([Movement(1, Kind.SELL, 1, 0, 1, 0)] * 30_000), Warmth(), GAS_TARGET))
    assert len(batches) < 5
    for batch in batches:
        assert len(post_call(0, 2**64 - 1, batch)) + 200 <= MAX_TX_BYTES


def test_new_slots_make_smaller_batches() -> None:
    opening = numbered([Movement(sku, Kind.RECEIVE, 0, 1, 1, 0) for sku in range(1, 2_000)])
    warmth = Warmth()
    cold = len(list(cut(opening, warmth)))
    assert len(list(cut(opening, warmth))) < cold


@pytest.mark.parametrize("sku", [0, 2**32])
def test_a_sku_that_no_batch_can_hold_is_refused(sku: int) -> None:
    with pytest.raises(InvalidInput, match="sku"):
        Movement(sku, Kind.SELL, 1, 0, 1, 0).content()


@given(MOVEMENTS)
def test_movements_survive_the_outbox(movement: Movement) -> None:
    batch = numbered([movement])
    assert unpack(batch.records()) == [movement]


def test_calldata_carries_the_root_of_the_documents() -> None:
    salt = bytes(range(16))
    leaves = [document_leaf(salt, {"id": number}) for number in range(3)]
    assert leaves[1] == merkle.leaf_hash(salt + canonical_json({"id": 1}))
    movement = Movement(9, Kind.SELL, 1, 0, 5, 7)
    batch = Movements.of_messages([MovementMessage(str(i), movement, leaf) for i, leaf in enumerate(leaves)])
    lane, sequence, root, records = codec.decode(("uint32", "uint64", "bytes32", "bytes"), post_call(4, 6, batch)[4:])
    assert (lane, sequence, root) == (4, 6, merkle.root(leaves))
    assert unpack(records) == [movement] * 3
