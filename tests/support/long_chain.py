"""A long chain of geth alone with stock in its first blocks, whose block hashes are archived as the product does it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from eth_account.signers.local import LocalAccount

from liveledger.bindings import block_hashes
from liveledger.bindings.constants import BLOCK_HASHES_ADDRESS, CONSORTIUM_ADDRESS
from liveledger.chain.rpc.nodes import ExecutionRpc
from liveledger.domain.block_hashes import next_gap
from liveledger.domain.hashing import hex_bytes, mapping_slot, uint_word
from liveledger.prover.anchors import make_anchor
from liveledger.prover.prover import Prover
from liveledger.services.block_hashes import missing_batches, next_step
from liveledger.verifier import Question, TrustAnchor
from tests.reference.warehouse import Warehouse
from tests.simulators.consensus import Signer, SimulatedConsensus
from tests.support.bare_geth import BareGeth
from tests.support.dev_chain import EVM_CHAIN_ID

# Batches that nobody archives in time.
MISSED = (1, 2)


class NodeIndex:
    """The hashes of blocks as an index has them, and nothing else: the questions here need no leaves."""

    def __init__(self, execution: ExecutionRpc) -> None:
        self._execution = execution

    def height(self) -> int:
        return self._execution.block_number()

    def set_changes(self, _after: int, _before: int) -> Sequence[int]:
        return ()

    def block_hashes(self, first: int, end: int) -> Sequence[bytes]:
        return [block.hash for block in self._execution.blocks(max(1, first), end - 1)]


@dataclass
class Long:
    """A long chain with stock in its first blocks, whose batches were archived but for two that were missed.

    ``old`` is the block that received the goods.
    """

    chain: BareGeth
    warehouse: Warehouse
    execution: ExecutionRpc
    old: int
    gas: dict[str, list[int]] = field(default_factory=lambda: {"archive": [], "headers": []})
    consensus: SimulatedConsensus = field(
        default_factory=lambda: SimulatedConsensus("past-1", [Signer.make(seed) for seed in range(1, 5)])
    )

    @property
    def connection(self) -> Any:
        return SimpleNamespace(
            execution=self.execution,
            comet=SimpleNamespace(height=lambda: self.chain.number),
            evm_chain_id=EVM_CHAIN_ID,
            # A node hands transactions to its ABCI application; this geth has a pool of its own.
            send=lambda raws: self.execution.attempt_batch([("eth_sendRawTransaction", [hex_bytes(r)]) for r in raws]),
        )

    def archive(self, account: LocalAccount, batch: int) -> None:
        """One transaction for a batch, as the product makes it."""
        step = next_step(self.connection, batch, self.chain.number)
        receipt = self.chain.transact(account, BLOCK_HASHES_ADDRESS, step.data)
        assert receipt["status"] == "0x1"
        kind = "archive" if step.data.startswith(block_hashes.Archive.SELECTOR) else "headers"
        self.gas[kind].append(int(receipt["gasUsed"], 16))

    def archive_complete(self) -> None:
        for batch in missing_batches(self.connection, self.chain.number):
            if batch not in MISSED:
                self.archive(self.chain.administrator, batch)

    def sign(self, block: int) -> int:
        """Signs the header above a block with the test set, and gives the header's height."""
        found = self.execution.block(block)
        self.consensus.seal(found.hash, found.time + 1, height=block + 1)
        return block + 1

    def anchor(self, height: int) -> TrustAnchor:
        return make_anchor(self.execution, self.consensus, EVM_CHAIN_ID, height)

    def prover(self, height: int = 0) -> Prover:
        index: Any = NodeIndex(self.execution)
        return Prover.over(self.execution, self.consensus, index, self.anchor(height))

    def stock(self) -> Question:
        """The question for the stock that was received in the first blocks."""
        place = self.warehouse.brand_places[0]
        gln = self.chain.storage(CONSORTIUM_ADDRESS, mapping_slot(uint_word(place), 4)) >> 24 & (1 << 64) - 1
        parameters = {"brand": str(self.warehouse.brand), "sku": "A", "place": f"{gln:013}", "lot": ""}
        return Question.parse({"view": "stock/2", "parameters": parameters})

    def transaction(self, block: int) -> Question:
        """The question for the first transaction of a block."""
        digest = self.chain.rpc("eth_getBlockByNumber", hex(block), False)["transactions"][0]
        return Question.parse({"view": "transaction/1", "parameters": {"hash": digest}})

    def close_gaps(self) -> None:
        """Reads headers until no batch is left behind."""
        while (gap := next_gap(missing_batches(self.connection, self.chain.number), self.chain.number)) is not None:
            self.archive(self.chain.administrator, gap)

    def archive_all(self) -> None:
        """Archives whatever is complete."""
        for batch in missing_batches(self.connection, self.chain.number):
            self.archive(self.chain.administrator, batch)

    def signed_above(self) -> int:
        """An empty block whose header is signed, and another one above it; gives the height of the lower header."""
        self.chain.mine()
        height = self.sign(self.chain.number)
        self.chain.mine()
        self.sign(self.chain.number)
        return height
