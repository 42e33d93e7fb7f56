"""The root over a block's receipts, as the header has it: with it a node can neither leave out nor change an event."""

from __future__ import annotations

from collections.abc import Sequence

from liveledger.chain.encoding import Rlp, rlp
from liveledger.domain.hashing import keccak

EMPTY_ROOT = keccak(rlp(b""))
_HASH_BYTES = 32
_BRANCHES = 16

_Entry = tuple[str, bytes]


def receipts_root(receipts: Sequence[bytes]) -> bytes:
    """Root (32 bytes) of the Merkle–Patricia trie from index to encoded receipt (Yellow Paper, appendix D)."""
    if not receipts:
        return EMPTY_ROOT
    # Nibbles as hex digits: short strings are the quickest way to cut and compare them.
    entries = [(rlp(index).hex(), receipt) for index, receipt in enumerate(receipts)]
    return keccak(rlp(_node(entries, 0)))


def _node(entries: Sequence[_Entry], depth: int) -> Rlp:
    first, value = entries[0]
    if len(entries) == 1:
        return [_compact(first[depth:], leaf=True), value]
    shared = _shared(entries, depth)
    if shared:
        return [_compact(first[depth : depth + shared], leaf=False), _reference(_node(entries, depth + shared))]
    # Keys are RLP of indexes: none is the beginning of another, so a branch never has a value of its own.
    parts: list[list[_Entry]] = [[] for _ in range(_BRANCHES)]
    for key, entry in entries:
        parts[int(key[depth], 16)].append((key, entry))
    return [*(_reference(_node(part, depth + 1)) if part else b"" for part in parts), b""]


def _shared(entries: Sequence[_Entry], depth: int) -> int:
    """Length of what all keys have in common from ``depth`` on: the lowest and the highest key decide."""
    keys = [key[depth:] for key, _ in entries]
    low, high = min(keys), max(keys)
    return next((i for i, (one, other) in enumerate(zip(low, high, strict=False)) if one != other), len(low))


def _reference(node: Rlp) -> Rlp:
    encoded = rlp(node)
    return keccak(encoded) if len(encoded) >= _HASH_BYTES else node


def _compact(nibbles: str, *, leaf: bool) -> bytes:
    """Hex-prefix encoding (Yellow Paper, appendix C)."""
    odd = len(nibbles) % 2
    flag = (2 if leaf else 0) + odd
    return bytes.fromhex(f"{flag:x}" + ("" if odd else "0") + nibbles)
