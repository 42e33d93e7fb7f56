"""Batches of block hashes: paths lead to roots, headers lead back, and the constants are the contracts' own."""

from __future__ import annotations

import json
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveledger.bindings import block_hashes, constants
from liveledger.domain import block_hashes as past
from liveledger.domain.hashing import keccak

HASHES = [keccak(number.to_bytes(8)) for number in range(past.HASHES_A_BATCH)]
ROOT = past.batch_root(HASHES)


def test_the_constants_are_those_of_the_contracts_and_of_genesis() -> None:
    assert constants.HASHES_A_BATCH == past.HASHES_A_BATCH == 1 << past.PATH_LENGTH
    assert constants.HISTORY_BLOCKS == past.HISTORY_BLOCKS
    assert constants.HISTORY_ADDRESS == past.HISTORY_ADDRESS
    assert constants.BLOCK_HASHES_ADDRESS == past.BLOCK_HASHES_ADDRESS
    # Verifiers know the contract by its code: it never changes, whatever becomes of compiler and settings.
    assert block_hashes.CODE_HASH == past.BLOCK_HASHES_CODE_HASH == keccak(block_hashes.RUNTIME_CODE)
    contracts = json.loads((resources.files("liveledger.node") / "system_contracts.json").read_text())
    entry = contracts["EIP-2935"]
    assert bytes.fromhex(entry["address"][2:]) == past.HISTORY_ADDRESS
    assert keccak(bytes.fromhex(entry["code"][2:])) == past.HISTORY_CODE_HASH


@given(st.integers(0, past.HASHES_A_BATCH - 1), st.integers(0, 1 << 40))
def test_a_path_leads_to_its_root_from_its_own_place_alone(index: int, batch: int) -> None:
    number = past.first_of(batch) + index
    path = past.batch_path(HASHES, number)
    assert len(path) == past.PATH_LENGTH
    assert past.root_above(HASHES[index], number, path) == ROOT
    assert past.root_above(HASHES[index], number ^ 1, path) != ROOT
    assert past.root_above(HASHES[index ^ 1], number, path) != ROOT


@given(st.integers(0, past.HASHES_A_BATCH - 1), st.integers(0, past.PATH_LENGTH - 1), st.integers(0, 255))
def test_a_changed_path_leads_elsewhere(index: int, level: int, bit: int) -> None:
    path = past.batch_path(HASHES, index)
    flipped = bytearray(path[level])
    flipped[bit // 8] ^= 1 << bit % 8
    assert past.root_above(HASHES[index], index, [*path[:level], bytes(flipped), *path[level + 1 :]]) != ROOT


@pytest.mark.parametrize("length", [0, 9, 11])
def test_a_path_has_ten_siblings(length: int) -> None:
    path = (past.batch_path(HASHES, 5) * 2)[:length]
    assert past.root_above(HASHES[5], 5, path) is None


@pytest.mark.parametrize("count", [0, 1_023, 1_025])
def test_a_batch_is_whole(count: int) -> None:
    with pytest.raises(ValueError, match="1024 hashes"):
        past.batch_root((HASHES * 2)[:count])


def test_the_window_is_that_of_the_engine() -> None:
    """In the state after block H the contract holds the hashes of the 8,191 blocks below H."""
    height = 20_000
    assert past.in_window(height - 1, height)
    assert past.in_window(height - 8_191, height)
    assert not past.in_window(height, height)
    assert not past.in_window(height - 8_192, height)
    assert past.is_complete(0, 1_024)
    assert not past.is_complete(0, 1_023)
    assert not past.has_left(0, 8_190)
    assert past.has_left(0, 8_191)


@given(st.integers(0, 1 << 50), st.integers(0, 1 << 50))
def test_what_is_read_in_the_next_block_is_in_its_window(number: int, height: int) -> None:
    """The rule of a transaction in block ``height + 1`` against the rule of the state after it."""
    if number <= height:
        assert past.has_left(number, height) is not past.in_window(number, height + 1)


def header(parent: bytes, number: int) -> bytes:
    return b"\xf9\x02\x5d\xa0" + parent + number.to_bytes(40) + bytes(537)


def chain(length: int) -> list[bytes]:
    found, parent = [], keccak(b"first")
    for number in range(length):
        found.append(header(parent, number))
        parent = keccak(found[-1])
    return found


def test_headers_lead_back() -> None:
    headers = chain(5)
    hashes = past.hashes_down(headers[::-1], keccak(headers[-1]))
    assert hashes == [*(keccak(one) for one in headers[::-1]), keccak(b"first")]


@given(st.integers(0, 4), st.integers(0, 612), st.integers(0, 7))
def test_a_changed_header_is_named(which: int, place: int, bit: int) -> None:
    headers = chain(5)[::-1]
    changed = bytearray(headers[which])
    changed[place % len(changed)] ^= 1 << bit
    known = keccak(headers[0])
    headers[which] = bytes(changed)
    with pytest.raises(past.HeadersBroken, match=f"header {which} is not"):
        past.hashes_down(headers, known)


@pytest.mark.parametrize("data", [b"", b"\xf9", b"\xf9\x02\x5d\xa0" + bytes(31)])
def test_a_short_header_is_none(data: bytes) -> None:
    with pytest.raises(past.HeadersBroken):
        past.parent_of(data)


def test_each_archives_in_its_turn_and_the_oldest_first() -> None:
    name = b"node".ljust(20)
    turn = past.turn_of(name, 3)
    assert 0 < turn < past.TURN_BLOCKS
    end = past.first_of(4)
    assert past.due_batch([3], end + turn - 1, lambda: name) is None
    assert past.due_batch([3], end + turn, lambda: name) == 3
    assert past.due_batch([3, 4], end + 1_024 + past.TURN_BLOCKS, lambda: name) == 3
    assert past.due_batch([3], end, None) == 3
    assert past.due_batch([], end, None) is None


def test_no_two_of_a_hundred_have_the_same_turns() -> None:
    turns = {tuple(past.turn_of(number.to_bytes(20), batch) for batch in range(4)) for number in range(100)}
    assert len(turns) == 100


def test_what_left_the_window_takes_turns_too_and_what_is_at_hand_does_not_wait_for_it() -> None:
    name = b"node".ljust(20)
    heights = range(past.HISTORY_BLOCKS + 3_000, past.HISTORY_BLOCKS + 3_000 + past.TURN_BLOCKS)
    gap, at_hand = 1, 5
    due = [past.due_batch([gap, at_hand], height, lambda: name) for height in heights]
    assert due.count(gap) == past.GAP_BLOCKS
    assert due.count(at_hand) == past.TURN_BLOCKS - past.GAP_BLOCKS
    assert past.due_batch([gap, at_hand], heights[0], None) == gap


def test_a_gap_is_closed_from_its_upper_end() -> None:
    """Batch 2's last block is in the window or its upper neighbour is archived; else that one comes first."""
    height = past.HISTORY_BLOCKS + past.first_of(3)
    assert past.next_gap([0, 1], height) == 1
    assert past.next_gap([0, 1, 2, 3], height) == 3
    assert past.next_gap([5], height) is None
