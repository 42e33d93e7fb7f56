"""Tries of a block's transactions or receipts, built from all entries to prove one: no engine hands these out."""

from __future__ import annotations

from collections.abc import Sequence

from liveledger.domain.hashing import keccak
from liveledger.proofs import rlp
from liveledger.proofs.trie import EMPTY_ROOT

Entry = tuple[str, bytes]


def prove_index(values: Sequence[bytes], index: int) -> tuple[bytes, list[bytes]]:
    """Root of the trie of ``values`` and the nodes that prove entry ``index``, the root first."""
    if not values:
        return EMPTY_ROOT, []
    entries = [(rlp.encode_uint(number).hex(), value) for number, value in enumerate(values)]
    proof: list[bytes] = []
    node = rlp.encode(_build(sorted(entries), rlp.encode_uint(index).hex(), proof))
    return keccak(node), [node, *reversed(proof)]


def _build(entries: Sequence[Entry], wanted: str | None, proof: list[bytes]) -> rlp.Item:
    """The node over ``entries``, whose keys share no nibble that was used. Collects nodes on the way to ``wanted``."""
    if len(entries) == 1:
        return [_compact(entries[0][0], leaf=True), entries[0][1]]
    shared = _shared(entries[0][0], entries[-1][0])
    if shared:
        rest = [(key[shared:], value) for key, value in entries]
        onward = wanted[shared:] if wanted is not None and wanted.startswith(entries[0][0][:shared]) else None
        return [_compact(entries[0][0][:shared], leaf=False), _reference(rest, onward, proof)]
    children: list[rlp.Item] = []
    for nibble in "0123456789abcdef":
        below = [(key[1:], value) for key, value in entries if key[0] == nibble]
        onward = wanted[1:] if wanted is not None and wanted[:1] == nibble else None
        children.append(_reference(below, onward, proof) if below else b"")
    return [*children, b""]


def _reference(entries: Sequence[Entry], wanted: str | None, proof: list[bytes]) -> rlp.Item:
    node = _build(entries, wanted, proof)
    encoded = rlp.encode(node)
    if len(encoded) < 32:
        return node
    if wanted is not None:
        proof.append(encoded)
    return keccak(encoded)


def _shared(first: str, last: str) -> int:
    """Length of the common prefix of the lowest and the highest key, hence of all."""
    length = 0
    while length < min(len(first), len(last)) and first[length] == last[length]:
        length += 1
    return length


def _compact(nibbles: str, *, leaf: bool) -> bytes:
    flag = 2 if leaf else 0
    return bytes.fromhex(f"{flag + 1}{nibbles}" if len(nibbles) % 2 else f"{flag}0{nibbles}")
