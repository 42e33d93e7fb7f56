"""What counts as a word of StockLedgers that took over from one another: the newest's that wrote one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest

from liveledger.chain.contracts.directory_manifest import read_manifest
from liveledger.chain.contracts.ledger import Contracts, Ledger
from liveledger.chain.contracts.succession import StockLine, read_line
from liveledger.chain.rpc.connection import Connection
from liveledger.chain.rpc.nodes import ExecutionRpc
from liveledger.chain.rpc.transport import NodeUnreachable
from liveledger.verifier.layout import EMPTY_WORD, predecessor_slot
from tests.support.listed import ListedDirectory

OLDEST, OLDER, NEWEST = (bytes([number]) * 20 for number in (1, 2, 3))
SLOTS = [bytes([number]) * 32 for number in range(5)]


@dataclass
class Storage:
    """A node that knows storage words by address and slot; ``execution`` is itself."""

    words: dict[tuple[bytes, bytes], int]
    asked: int = 0

    @property
    def execution(self) -> Storage:
        """The same."""
        return self

    def storage(self, address: bytes, slot: bytes, _block: int) -> int:
        """One word."""
        self.asked += 1
        return self.words.get((address, slot), 0)

    def storage_many(self, address: bytes, slots: Sequence[bytes], block: int) -> list[int]:
        """Many."""
        return [self.storage(address, slot, block) for slot in slots]


def test_the_newest_version_that_wrote_a_word_counts() -> None:
    node = Storage(
        {
            (OLDEST, SLOTS[0]): 10,
            (OLDEST, SLOTS[1]): 11,
            (OLDEST, SLOTS[2]): 12,
            (OLDER, SLOTS[1]): 21,
            (OLDER, SLOTS[2]): EMPTY_WORD,
            (OLDEST, SLOTS[3]): 13,
            (OLDER, SLOTS[3]): EMPTY_WORD,
            (NEWEST, SLOTS[3]): 33,
        }
    )
    line = StockLine((NEWEST, OLDER, OLDEST))
    assert line.words(cast(ExecutionRpc, node), SLOTS, 7) == [10, 21, 0, 33, 0]


def test_nobody_is_asked_of_a_word_that_was_found() -> None:
    node = Storage({(NEWEST, slot): 1 for slot in SLOTS})
    assert StockLine((NEWEST, OLDER, OLDEST)).words(cast(ExecutionRpc, node), SLOTS, 7) == [1] * len(SLOTS)
    assert node.asked == len(SLOTS)


def test_each_names_the_one_before_it() -> None:
    took_over = {
        (NEWEST, predecessor_slot()): int.from_bytes(OLDER) | 3 << 160,
        (OLDER, predecessor_slot()): int.from_bytes(OLDEST) | 2 << 160,
    }
    assert read_line(cast(Connection, Storage(took_over)), NEWEST, 7).addresses == (NEWEST, OLDER, OLDEST)


def test_the_directory_is_asked_once_a_block(tmp_path: Path) -> None:
    node = ListedDirectory()
    node.list_all()
    connection = node.connection(tmp_path)
    manifest = read_manifest(connection, 20)
    contracts = Contracts((manifest, StockLine((NEWEST,))))
    ledger = Ledger(connection.home, "listed", 77, connection.execution, connection.comet, contracts=contracts)
    node.asked.clear()
    for block in (27, 27, 28, 27):
        ledger.follow(block)
    assert node.asked == [27, 28]
    node.away = True
    with pytest.raises(NodeUnreachable):
        ledger.follow(29)
    node.away = False
    ledger.follow(29)
    assert node.asked == [27, 28, 29]
    assert ledger.manifest is manifest
