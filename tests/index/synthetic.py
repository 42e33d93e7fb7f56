"""Blocks of events without a chain: what the contracts would emit for batches that the rules of stock accept."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field

from liveledger.bindings import codec
from liveledger.bindings.constants import Role
from liveledger.bindings.stock_ledger import BatchPostedEvent
from liveledger.chain.contracts.manifest import ContractEntry, Manifest
from liveledger.chain.rpc.records import Block as ChainBlock
from liveledger.chain.rpc.records import Log
from liveledger.domain.hashing import keccak
from liveledger.domain.movements import Movement, pack, sort
from liveledger.index.apply import FOLLOWED
from liveledger.index.source import Range
from liveledger.rules import stock as rules
from liveledger.rules import stock_state

EVM_CHAIN_ID = 77
ADDRESSES = {name: bytes([number]) * 20 for number, name in enumerate(FOLLOWED, 1)}
MANIFEST = Manifest("synthetic", EVM_CHAIN_ID, {n: ContractEntry(n, 1, a, bytes(32), 0) for n, a in ADDRESSES.items()})
POSTER = b"\x77" * 20
BRAND = 1
SKUS = tuple(BRAND << 20 | serial for serial in range(1, 7))
PLACES = (1, 2, 3)
LOTS = 2
TIME = 1_700_000_000


@dataclass
class SyntheticChain:
    """Blocks with one event a batch, and the state that the rules lead to. ``ledger``: the active StockLedger."""

    state: stock_state.StockState = field(
        default_factory=lambda: stock_state.StockState(skus=dict.fromkeys(SKUS, LOTS))
    )
    ranges: list[Range] = field(default_factory=list)
    height: int = 0
    ledger: bytes = ADDRESSES["StockLedger"]

    def post(self, movements: Sequence[Movement]) -> bool:
        """A block with one batch of movements (sorted here); False when the rules refuse it and there is no block."""
        records = pack(sort(movements))
        height = self.height + 1
        block = stock_state.Block(height, TIME + height, EVM_CHAIN_ID, self.ledger)
        batch = stock_state.Batch(POSTER, 0, len(self.ranges), keccak(records), records)
        try:
            self.state, root = rules.post(self.state, _registry(), block, batch)
        except stock_state.StockRefusal:
            return False
        self.height = height
        log = posted(height, 0, batch, root, len(movements))
        self.ranges.append(one_block(height, [dataclasses.replace(log, address=self.ledger)]))
        return True

    def merged(self, sizes: Sequence[int]) -> list[Range]:
        """The same blocks in ranges of these sizes, and one at a time after that."""
        parts, rest = [], list(self.ranges)
        for size in sizes:
            parts.append(rest[:size])
            rest = rest[size:]
        return [merge(part) for part in [*parts, *([one] for one in rest)] if part]


def posted(height: int, index: int, batch: stock_state.Batch, root: bytes, movements: int) -> Log:
    """The event of a batch."""
    topics = (
        BatchPostedEvent.TOPIC,
        batch.poster.rjust(32, b"\0"),
        batch.lane.to_bytes(32),
        batch.sequence.to_bytes(32),
    )
    values = (movements, root, batch.documents_root, batch.records)
    data = codec.encode(("uint256", "bytes32", "bytes32", "bytes"), values)
    return Log(ADDRESSES["StockLedger"], topics, data, height, bytes(32), keccak(data), index, index)


def one_block(height: int, logs: list[Log]) -> Range:
    """A range of one block."""
    block = ChainBlock(height, height.to_bytes(32), (height - 1).to_bytes(32), TIME + height, 7, 0, 0, len(logs))
    return Range([block], logs, frozenset(), {height: TIME + height})


def merge(ranges: Sequence[Range]) -> Range:
    """Neighbouring ranges as one."""
    times = {height: time for part in ranges for height, time in part.times.items()}
    blocks = [block for part in ranges for block in part.blocks]
    return Range(blocks, [log for part in ranges for log in part.logs], frozenset(), times)


def _registry() -> stock_state.Registry:
    return stock_state.Registry(
        accounts={POSTER: stock_state.Account(BRAND, roles=Role.POST_MOVEMENTS)},
        places={place: stock_state.Place(BRAND) for place in PLACES},
        approvals={},
        organisations={BRAND: 1},
    )
