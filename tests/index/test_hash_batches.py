"""Archived batches of block hashes in the index: rows from events, roots made again, what fsck says of a difference."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import Connection, delete, select, update

from liveledger.bindings.block_hashes import HashesArchivedEvent
from liveledger.chain.rpc.records import Block, Log
from liveledger.domain.block_hashes import HASHES_A_BATCH, batch_root, root_slot
from liveledger.domain.hashing import keccak, uint_word
from liveledger.index import columns as index_columns
from liveledger.index.apply import Applier
from liveledger.index.chain import hash_batches
from liveledger.index.chain import tables as t
from liveledger.index.database import sqlite_engine
from liveledger.index.fsck import _batches, _compare_batches, _compare_words
from liveledger.index.source import Range
from tests.index.synthetic import ADDRESSES, EVM_CHAIN_ID, MANIFEST, TIME

HEIGHT = 2 * HASHES_A_BATCH + 3
GENESIS = keccak(b"genesis")
HASHES = [GENESIS, *(keccak(b"block %d" % number) for number in range(1, HEIGHT + 1))]
ROOTS = [batch_root(HASHES[first : first + HASHES_A_BATCH]) for first in (0, HASHES_A_BATCH)]


def archived(batch: int, root: bytes, height: int, index: int) -> Log:
    topics = (HashesArchivedEvent.TOPIC, uint_word(batch))
    return Log(ADDRESSES[hash_batches.CONTRACT], topics, root, height, bytes(32), keccak(root), index, index)


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Connection]:
    """An index of two batches and three blocks; the second batch was archived first."""
    engine = sqlite_engine(tmp_path / "index.db")
    index_columns.metadata.create_all(engine)
    logs = [archived(1, ROOTS[1], HEIGHT, 0), archived(0, ROOTS[0], HEIGHT, 1)]
    numbers = range(1, HEIGHT + 1)
    blocks = [Block(number, HASHES[number], HASHES[number - 1], TIME + number, 7, 0, 0, 0) for number in numbers]
    part = Range(blocks, logs, frozenset(), {number: TIME + number for number in numbers})
    with engine.begin() as connection:
        Applier(EVM_CHAIN_ID, MANIFEST).apply(connection, part)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def ledger(words: dict[bytes, int]) -> Any:
    """A chain that has these words, and the genesis of the hashes."""

    def read(_contract: str, slots: list[bytes], _block: int) -> list[int]:
        return [words.get(slot, 0) for slot in slots]

    return SimpleNamespace(execution=SimpleNamespace(block_hash=lambda _number: GENESIS), words=read)


def right() -> dict[bytes, int]:
    return {root_slot(batch): int.from_bytes(root) for batch, root in enumerate(ROOTS)}


def differences(live: Connection, words: dict[bytes, int]) -> list[str]:
    found: list[str] = []
    assert _compare_words(ledger(words), _batches(live), lambda _: HEIGHT, found) == len(ROOTS)
    _compare_batches(live, ledger(words), found)
    return found


def test_events_become_rows_and_paths_are_made_of_the_blocks(live: Connection) -> None:
    rows = live.execute(select(t.hash_batches).order_by(t.hash_batches.c.batch)).all()
    assert [tuple(row) for row in rows] == [(0, ROOTS[0], HEIGHT), (1, ROOTS[1], HEIGHT)]
    assert hash_batches.hashes_between(live, 0, 3) == HASHES[1:3]
    assert hash_batches.hashes_between(live, HASHES_A_BATCH, 2 * HASHES_A_BATCH) == HASHES[1_024:2_048]
    assert differences(live, right()) == []


def test_a_hash_that_is_another_makes_another_root(live: Connection) -> None:
    live.execute(update(t.blocks).where(t.blocks.c.height == 1_500).values(hash=bytes(32)))
    (line,) = differences(live, right())
    assert line.startswith("BlockHashes: batch 1 has the root ")


def test_a_block_that_is_missing_leaves_no_root(live: Connection) -> None:
    live.execute(delete(t.blocks).where(t.blocks.c.height == 5))
    (line,) = differences(live, right())
    assert line.endswith("some are missing")


def test_a_root_that_the_chain_has_not(live: Connection) -> None:
    words = {**right(), root_slot(0): 7}
    (line,) = differences(live, words)
    assert "on the chain" in line
