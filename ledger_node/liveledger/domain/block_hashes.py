"""Batches of block hashes, and the headers that lead back where a batch was missed (docs/formats.md, BlockHashes)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from liveledger.domain import merkle
from liveledger.domain.hashing import keccak, mapping_slot, uint_word

HASHES_A_BATCH = 1_024
PATH_LENGTH = 10
# What EIP-2935's contract keeps: the hashes of so many blocks below the present one, in as many slots.
HISTORY_BLOCKS = 8_191
HISTORY_ADDRESS = bytes.fromhex("0000f90827f1c53a10cb7a02335b175320002935")
# Both contracts stand in genesis, at addresses that nobody can create code at, and their code has no way to change it:
# whoever knows the hash of the code knows what the account's storage means.
HISTORY_CODE_HASH = bytes.fromhex("6e49e66782037c0555897870e29fa5e552daf4719552131a0abce779daec0a5d")
BLOCK_HASHES_ADDRESS = bytes.fromhex("4c4c000000000000000000000000000000000008")
BLOCK_HASHES_CODE_HASH = bytes.fromhex("2b14640f9ff3291e143f9ad601f5a6e2f88a17e2473753fc9e2f2e1aa3396171")
# After a batch is complete each of those who archive waits for its turn within so many blocks: the first to come spares
# the others. For what left the window each has so many of them.
TURN_BLOCKS = 512
GAP_BLOCKS = 64
_ROOTS = 0
# In a header's RLP: three bytes of the list, which its bloom makes that long, and one of the first item.
_PARENT = slice(4, 36)


class HeadersBroken(ValueError):
    """Headers that do not lead back from the hash that is known."""


def batch_of(number: int) -> int:
    """The batch that holds block ``number``."""
    return number // HASHES_A_BATCH


def first_of(batch: int) -> int:
    """The first block of a batch."""
    return batch * HASHES_A_BATCH


def is_complete(batch: int, height: int) -> bool:
    """Whether what is tried on the state after block ``height`` finds all of the batch below that block."""
    return height >= first_of(batch + 1)


def has_left(number: int, height: int) -> bool:
    """Whether a transaction in the block after ``height`` does not find block ``number`` in EIP-2935's window."""
    return number + HISTORY_BLOCKS < height + 1


def in_window(number: int, height: int) -> bool:
    """Whether the state after block ``height`` holds the hash of block ``number`` in EIP-2935's contract."""
    return height - HISTORY_BLOCKS <= number < height


def complete_batches(height: int) -> int:
    """How many batches are complete for what is tried on the state after block ``height``."""
    return height // HASHES_A_BATCH


def next_gap(missing: Sequence[int], height: int) -> int | None:
    """The batch to work at where some have left the window: the newest of them, or the one above that leads to it."""
    gone = [batch for batch in missing if has_left(first_of(batch), height)]
    if not gone:
        return None
    above = gone[-1] + 1
    return above if above in missing and has_left(first_of(above) - 1, height) else gone[-1]


def turn_of(name: bytes, batch: int) -> int:
    """Blocks after a batch's end for which ``name`` leaves it to others: another number for each of both."""
    return int.from_bytes(keccak(name + uint_word(batch))[:4]) % TURN_BLOCKS


def due_batch(missing: Sequence[int], height: int, name: Callable[[], bytes] | None) -> int | None:
    """Which missing batch the one called ``name`` archives now, if any; without a name it is always its turn.

    What left the window goes first, in turns too; then the oldest whose turn has come.
    """
    gap = next_gap(missing, height)
    if gap is not None and (name is None or (height - turn_of(name(), gap)) % TURN_BLOCKS < GAP_BLOCKS):
        return gap
    at_hand = (batch for batch in missing if not has_left(first_of(batch), height))
    return next((one for one in at_hand if name is None or is_complete(one, height - turn_of(name(), one))), None)


def batch_root(hashes: Sequence[bytes]) -> bytes:
    """Root (32 bytes) over a batch's block hashes in order. Raises ValueError when they are not 1,024."""
    return merkle.root(_leaves(hashes))


def batch_path(hashes: Sequence[bytes], number: int) -> list[bytes]:
    """The ten siblings of block ``number`` in its batch, from the leaf up, out of all of the batch's hashes."""
    return merkle.audit_path(_leaves(hashes), number % HASHES_A_BATCH)


def root_above(block_hash: bytes, number: int, path: Sequence[bytes]) -> bytes | None:
    """The root that a block's hash and path lead to; None when the path has not ten siblings."""
    return merkle.root_from_path(merkle.leaf_hash(block_hash), number % HASHES_A_BATCH, HASHES_A_BATCH, path)


def root_slot(batch: int) -> bytes:
    """Storage slot of a batch's root in BlockHashes."""
    return mapping_slot(uint_word(batch), _ROOTS)


def history_slot(number: int) -> bytes:
    """Storage slot of a block's hash in EIP-2935's contract."""
    return uint_word(number % HISTORY_BLOCKS)


def parent_of(header: bytes) -> bytes:
    """The parent hash (32 bytes) that an encoded header of an execution block names. Raises HeadersBroken."""
    found = header[_PARENT]
    if len(found) != 32:
        raise HeadersBroken(f"a header does not have {len(header)} bytes")
    return found


def hashes_down(headers: Sequence[bytes], known: bytes) -> list[bytes]:
    """Hashes of encoded headers that stand newest first, each the parent of the one before; the first is ``known``.

    The last one in the list is the parent of the oldest header. Raises HeadersBroken that names the header.
    """
    hashes = [known]
    for place, header in enumerate(headers):
        if keccak(header) != hashes[-1]:
            raise HeadersBroken(f"header {place} is not the one whose hash is known")
        hashes.append(parent_of(header))
    return hashes


def _leaves(hashes: Sequence[bytes]) -> list[bytes]:
    if len(hashes) != HASHES_A_BATCH:
        raise ValueError(f"a batch has {HASHES_A_BATCH} hashes, not {len(hashes)}")
    return [merkle.leaf_hash(one) for one in hashes]
