"""What the prover needs of a node, of the index and of documents that are kept off the chain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from liveledger.chain.rpc.records import AccountProof, Log, Receipt
from liveledger.domain.streams import Leaf


class ExecutionPort(Protocol):
    """The execution engine; ``liveledger.chain.rpc.nodes.ExecutionRpc`` is one."""

    def block_number(self) -> int:
        """Number of the head block."""

    def header_rlp(self, number: int) -> bytes:
        """Encoded header of a block."""

    def proof(self, address: bytes, slots: Sequence[bytes], block: int) -> AccountProof:
        """Proof of an account and its slots at a block."""

    def raw_receipts(self, number: int) -> list[bytes]:
        """Encoded receipts of a block, in order."""

    def raw_transactions(self, number: int) -> list[bytes]:
        """Encoded transactions of a block, in order."""

    def receipt(self, tx_hash: bytes) -> Receipt | None:
        """Receipt of a transaction."""

    def logs(self, first: int, last: int, addresses: Sequence[bytes]) -> list[Log]:
        """Events of contracts in a range of blocks."""

    def code(self, address: bytes, block: int) -> bytes:
        """Runtime code after a block."""

    def storage(self, address: bytes, slot: bytes, block: int) -> int:
        """One storage word after a block."""


class ConsensusPort(Protocol):
    """The consensus engine; ``liveledger.chain.rpc.nodes.CometRpc`` is one."""

    def height(self) -> int:
        """The highest height whose commit was seen."""

    def commit(self, height: int) -> dict[str, Any]:
        """Signed header of a height (``header``, ``commit``)."""

    def validators(self, height: int) -> list[dict[str, Any]]:
        """The validators that sign a height."""


@dataclass(frozen=True, slots=True)
class BatchPlace:
    """Where a batch was posted: block, index of its transaction."""

    block: int
    tx_index: int


class IndexPort(Protocol):
    """The derived index."""

    def height(self) -> int:
        """The last block in the index."""

    def leaves(self, contract: str, stream_id: bytes, first: int, last: int) -> Sequence[Leaf]:
        """Leaves, in order, from the one that holds entry ``first`` to the one that holds entry ``last − 1``.

        Fewer when the index has not got that far.
        """

    def leaf_hashes(self, contract: str, stream_id: bytes, first: int, last: int) -> Sequence[bytes]:
        """Hashes of the leaves that begin at entry ``first`` or later and before entry ``last``, in order."""

    def leaf_block(self, contract: str, stream_id: bytes, first: int, offset: int) -> int | None:
        """Block of the leaf ``offset`` leaves behind the one that begins at entry ``first``; None beyond the end."""

    def head_before(self, contract: str, stream_id: bytes, first: int) -> bytes:
        """The stream's head (24 bytes) before the leaf that begins at entry ``first``."""

    def set_changes(self, after: int, before: int) -> Sequence[int]:
        """Heights between both (exclusive) whose header names a different next validator set, ascending."""

    def block_hashes(self, first: int, end: int) -> Sequence[bytes]:
        """Hashes of the blocks ``first`` to ``end − 1``, in order, of those from block 1 on that the index has."""

    def batch(self, poster: bytes, lane: int, sequence: int) -> BatchPlace | None:
        """Where a batch was posted, None when the index knows of none."""


class OffChain(Protocol):
    """What members keep beside the ledger and may erase."""

    def document(self, event_hash: bytes) -> tuple[bytes, dict[str, Any]] | None:
        """Salt (16 bytes) and EPCIS event of an anchored hash, None when it is not here or was erased."""

    def disclosed(self, event_hash: bytes) -> tuple[bytes, dict[str, Any], frozenset[str] | None] | None:
        """The same, and the names of the members of the event that are shown, None for all of them."""

    def readings(self, readings_root: bytes) -> Sequence[tuple[int, int]] | None:
        """All readings below a reported root, in order: time (Unix seconds) and thousandths of the unit."""


class NothingOffChain:
    """For servers that keep no documents and no readings."""

    def document(self, _event_hash: bytes) -> tuple[bytes, dict[str, Any]] | None:
        """None: there are no documents here."""
        return None

    def disclosed(self, _event_hash: bytes) -> None:
        """None: there are no documents here."""

    def readings(self, _readings_root: bytes) -> Sequence[tuple[int, int]] | None:
        """None: there are no readings here."""
        return None
