"""Batches are whole, in order, and fit a transaction."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from liveledger.bindings import codec
from liveledger.chain.batching import (
    GAS_TARGET,
    MAX_RECORDS_BYTES,
    MovementMessage,
    Warmth,
    document_leaf,
    movement_bytes,
    movement_from,
    post_call,
    split,
)
from liveledger.chain.signing import MAX_TX_BYTES
from liveledger.domain import merkle
from liveledger.domain.hashing import canonical_json
from liveledger.domain.movements import Kind, Movement, pack, unpack

MOVEMENTS = st.builds(
    Movement,
    sku=st.integers(1, 60),
    kind=st.sampled_from(Kind),
    source=st.integers(0, 9),
    target=st.integers(0, 9),
    quantity=st.integers(1, 2**24 - 1),
    at=st.integers(0, 2**32 - 1),
)


def messages(movements: list[Movement]) -> list[MovementMessage]:
    return [MovementMessage(str(i), movement, i.to_bytes(32)) for i, movement in enumerate(movements)]


@given(st.lists(MOVEMENTS, max_size=200), st.integers(100_000, 2_000_000))
def test_splitting_keeps_all_and_the_order_within_a_sku(movements: list[Movement], gas_target: int) -> None:
    given_messages = messages(movements)
    batches = list(split(given_messages, Warmth(), gas_target))
    flat = [message for batch in batches for message in batch]
    assert sorted(flat, key=lambda message: int(message.message_id)) == given_messages
    for sku in {movement.sku for movement in movements}:
        numbers = [int(message.message_id) for message in flat if message.movement.sku == sku]
        assert numbers == sorted(numbers)
    for batch in batches:
        packed = pack([message.movement for message in batch])
        assert unpack(packed) == [message.movement for message in batch]
        assert len(packed) <= MAX_RECORDS_BYTES


def test_a_batch_of_known_slots_is_bounded_by_bytes_or_gas() -> None:
    warmth = Warmth()
    many = messages([Movement(1, Kind.SELL, 1, 0, 1, 0)] * 30_000)
    batches = list(split(many, warmth, GAS_TARGET))
    assert len(batches) < 5
    for batch in batches:
        assert len(post_call(0, 2**64 - 1, batch)) + 200 <= MAX_TX_BYTES


def test_new_slots_make_smaller_batches() -> None:
    opening = messages([Movement(sku, Kind.RECEIVE, 0, 1, 1, 0) for sku in range(1, 2_000)])
    warmth = Warmth()
    cold = len(list(split(opening, warmth)))
    assert len(list(split(opening, warmth))) < cold


@given(MOVEMENTS)
def test_movements_survive_the_outbox(movement: Movement) -> None:
    assert movement_from(movement_bytes(movement)) == movement


def test_calldata_carries_the_root_of_the_documents() -> None:
    salt = bytes(range(16))
    leaves = [document_leaf(salt, {"id": number}) for number in range(3)]
    assert leaves[1] == merkle.leaf_hash(salt + canonical_json({"id": 1}))
    movement = Movement(9, Kind.SELL, 1, 0, 5, 7)
    batch = [MovementMessage(str(i), movement, leaf) for i, leaf in enumerate(leaves)]
    lane, sequence, root, records = codec.decode(("uint32", "uint64", "bytes32", "bytes"), post_call(4, 6, batch)[4:])
    assert (lane, sequence, root) == (4, 6, merkle.root(leaves))
    assert unpack(records) == [movement] * 3
