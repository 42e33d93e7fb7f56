"""Block hashes of a long chain: archived, missed and read from headers, landed by a server's own step."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from liveledger.bindings import block_hashes
from liveledger.bindings.constants import BLOCK_HASHES_ADDRESS
from liveledger.chain.outbox.outbox import Outbox
from liveledger.chain.outbox.sender import Sender
from liveledger.domain.block_hashes import (
    HASHES_A_BATCH,
    HISTORY_BLOCKS,
    TURN_BLOCKS,
    batch_root,
    complete_batches,
    first_of,
    has_left,
    root_slot,
    turn_of,
)
from liveledger.services.block_hashes import Archiver, archive_missing, missing_batches
from tests.support.dev_chain import EVM_CHAIN_ID, Refused
from tests.support.long_chain import MISSED, Long

pytestmark = pytest.mark.chain
GAP_MOST_GAS = 8_000_000
ARCHIVE_MOST_GAS = 4_000_000


def test_server_and_node_archive_what_is_missing_once_and_leave_what_is_there(long: Long, tmp_path: Path) -> None:
    """A sender of its own, a pool, a receipt; who comes second finds nothing to do, or is told so."""
    connection = long.connection
    connection.home = SimpleNamespace(outbox=tmp_path / "outbox.db")
    outbox = Outbox(tmp_path / "outbox.db", evm_chain_id=EVM_CHAIN_ID, genesis=long.execution.block_hash(0))
    sender = Sender(connection, long.warehouse.platform_account, outbox)
    late: Any = SimpleNamespace(address=name_of_late_turn())
    assert missing_batches(connection, long.chain.number) == [0]
    Archiver(connection, lambda: late).step()
    assert outbox.backlog()[0] == 0  # its turn comes later
    servers = [Archiver(connection, lambda: sender, at_once=True) for _ in range(2)]
    for server in servers:
        server.step()
    assert outbox.backlog()[0] == 1  # the same request, once
    said: list[int] = []
    with mining(long):
        assert archive_missing(sender, lambda step: said.append(step.left)) == [0]
        assert archive_missing(sender, lambda step: said.append(step.left)) == []
    assert said == [HASHES_A_BATCH]
    assert [entry[0] for entry in outbox.db.execute("SELECT count(*) FROM entry")] == [1]  # the node's was the server's
    assert missing_batches(connection, long.chain.number) == []
    servers[0].step()
    assert outbox.backlog()[0] == 0
    with pytest.raises(Refused) as refused:
        long.chain.call(BLOCK_HASHES_ADDRESS, block_hashes.Archive(0))
    assert refused.value.revert is not None
    assert refused.value.revert.name == "BlockHashesThere"
    assert_root(long, 0)
    outbox.close()


def name_of_late_turn() -> bytes:
    """An address whose turn for batch 0 is not yet."""
    addresses = (number.to_bytes(20) for number in range(1_000))
    return next(address for address in addresses if turn_of(address, 0) > TURN_BLOCKS - 10)


@contextmanager
def mining(long: Long) -> Iterator[None]:
    """Blocks of what is in the pool, one after another, meanwhile."""
    over = threading.Event()

    def mine() -> None:
        while not over.wait(0.05):
            long.chain.mine(None)

    with ThreadPoolExecutor(1) as pool:
        miner = pool.submit(mine)
        try:
            yield
        finally:
            over.set()
            miner.result()


@pytest.mark.slow
def test_batches_that_were_missed_are_read_from_headers(long: Long, tell: Callable[[str], None]) -> None:
    """The engine has forgotten them: the upper leads down from its window, the lower from the upper."""
    long.chain.mine_until(HISTORY_BLOCKS + 2 * HASHES_A_BATCH + 60, long.archive_complete)
    number = long.chain.number
    assert missing_batches(long.connection, number) == list(MISSED)
    assert all(has_left(first_of(batch), number) for batch in MISSED)
    long.close_gaps()
    assert missing_batches(long.connection, long.chain.number) == []
    for batch in (0, *MISSED, complete_batches(number) - 1):
        assert_root(long, batch)
    assert len(long.gas["headers"]) == 8 * len(MISSED)
    assert max(long.gas["archive"]) < ARCHIVE_MOST_GAS
    assert max(long.gas["headers"]) < GAP_MOST_GAS
    tell(
        f"block hashes: {max(long.gas['archive']):,} gas a batch of {HASHES_A_BATCH}, "
        f"{max(long.gas['headers']):,} at most for 128 headers of one that was missed"
    )


def assert_root(long: Long, batch: int) -> None:
    """The chain's root of a batch is that over its own hashes."""
    blocks = long.execution.blocks(first_of(batch), first_of(batch + 1) - 1)
    root = batch_root([block.hash for block in blocks])
    assert long.chain.storage(BLOCK_HASHES_ADDRESS, root_slot(batch)) == int.from_bytes(root)
