"""The way back from a newer block to an older one, out of the node's state and the index's hashes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from liveledger.chain.rpc.records import AccountProof
from liveledger.domain import block_hashes as hashes
from liveledger.domain.hashing import hex_bytes, keccak
from liveledger.prover.errors import NothingToProve, ProofPending
from liveledger.prover.ports import ExecutionPort, IndexPort


@dataclass(frozen=True, slots=True)
class WayBack:
    """The field ``past`` of a bundle, and the trie nodes that it needs, by hash in the order of their use."""

    past: dict[str, Any]
    nodes: dict[bytes, bytes]


def way_back(execution: ExecutionPort, index: IndexPort, block: int, under: int) -> WayBack:
    """Proves the hash of block ``block`` in the state after block ``under``.

    Out of its batch where that is archived, which is shorter, else out of EIP-2935's contract as long as that keeps it.
    Raises NothingToProve where neither holds the hash, ProofPending while the index lacks the batch's hashes.
    """
    if not 0 <= block < under:
        raise NothingToProve(f"block {block} is not older than block {under}")
    slot = hashes.root_slot(hashes.batch_of(block))
    found, path = execution.proof(hashes.BLOCK_HASHES_ADDRESS, [slot], under), None
    if found.slots[0].value:
        path = list(map(hex_bytes, hashes.batch_path(_hashes(execution, index, block), block)))
    elif hashes.in_window(block, under):
        found = execution.proof(hashes.HISTORY_ADDRESS, [hashes.history_slot(block)], under)
    if not found.slots[0].value:
        raise _not_archived(block)
    past = {"execution_header": hex_bytes(execution.header_rlp(block)), "path": path}
    return WayBack(past, _by_hash(found))


def _hashes(execution: ExecutionPort, index: IndexPort, block: int) -> list[bytes]:
    """All hashes of the block's batch; the index begins at block 1."""
    first = hashes.first_of(hashes.batch_of(block))
    found = list(index.block_hashes(first, first + hashes.HASHES_A_BATCH))
    if first == 0:
        found.insert(0, keccak(execution.header_rlp(0)))
    if len(found) != hashes.HASHES_A_BATCH:
        raise ProofPending(f"the index has not reached block {first + hashes.HASHES_A_BATCH}")
    return found


def _by_hash(found: AccountProof) -> dict[bytes, bytes]:
    return {keccak(node): node for node in (*found.account_nodes, *found.slots[0].nodes)}


def _not_archived(block: int) -> NothingToProve:
    batch = hashes.batch_of(block)
    return NothingToProve(
        f"the hashes of batch {batch}, which holds block {block}, are not archived yet",
        hint="`liveledger past archive` archives what is missing; any member's account may",
        batch=str(batch),
    )
