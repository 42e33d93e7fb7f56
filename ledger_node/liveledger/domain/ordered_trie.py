"""Merkle–Patricia tries from index to value: the roots over a block's receipts and transactions that its header has.

With the root a node can neither leave out nor change an entry. The nodes that prove one entry are built from all of
them, because no engine hands them out.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from liveledger.domain import rlp
from liveledger.domain.hashing import keccak

EMPTY_ROOT = keccak(rlp.encode(b""))
_HASH_BYTES = 32
_BRANCHES = 16

_Entry = tuple[str, bytes]


def ordered_root(values: Sequence[bytes]) -> bytes:
    """Root (32 bytes) of the trie from index to value (Yellow Paper, appendix D)."""
    return keccak(_top(values, None, [])) if values else EMPTY_ROOT


def prove_index(values: Sequence[bytes], index: int) -> tuple[bytes, list[bytes]]:
    """Root of the trie of ``values`` and the nodes that prove entry ``index``, the root first."""
    if not values:
        return EMPTY_ROOT, []
    below: list[bytes] = []
    top = _top(values, _key(index), below)
    return keccak(top), [top, *reversed(below)]


def _key(index: int) -> str:
    """Nibbles as hex digits: short strings are the quickest way to cut and compare them."""
    return rlp.encode(index).hex()


def _top(values: Sequence[bytes], wanted: str | None, proof: list[bytes]) -> bytes:
    """The root's encoding. Collects the nodes below it on the way to ``wanted``, the deepest first."""
    entries = sorted((_key(index), value) for index, value in enumerate(values))
    return rlp.encode(_node(entries, 0, wanted, proof))


def _node(entries: Sequence[_Entry], depth: int, wanted: str | None, proof: list[bytes]) -> rlp.Item:
    """The node over sorted ``entries``, whose keys have their first ``depth`` nibbles in common."""
    first, value = entries[0]
    if len(entries) == 1:
        return [_compact(first[depth:], leaf=True), value]
    end = _shared(first, entries[-1][0], depth)
    if end > depth:
        return [_compact(first[depth:end], leaf=False), _reference(entries, end, wanted, proof)]
    # Keys are RLP of indexes: none is the beginning of another, so a branch never has a value of its own.
    children: list[rlp.Item] = [b""] * (_BRANCHES + 1)
    for nibble, part in groupby(entries, key=lambda entry: entry[0][depth]):
        children[int(nibble, 16)] = _reference(list(part), depth + 1, wanted, proof)
    return children


def _reference(entries: Sequence[_Entry], depth: int, wanted: str | None, proof: list[bytes]) -> rlp.Item:
    """What a parent holds of the node over ``entries``: its hash, or itself where it is shorter than a hash."""
    node = _node(entries, depth, wanted, proof)
    encoded = rlp.encode(node)
    if len(encoded) < _HASH_BYTES:
        return node
    if wanted is not None and wanted[:depth] == entries[0][0][:depth]:
        proof.append(encoded)
    return keccak(encoded)


def _shared(low: str, high: str, depth: int) -> int:
    """Where the lowest and the highest key part, and with them all between, from ``depth`` on."""
    while depth < min(len(low), len(high)) and low[depth] == high[depth]:
        depth += 1
    return depth


def _compact(nibbles: str, *, leaf: bool) -> bytes:
    """Hex-prefix encoding (Yellow Paper, appendix C)."""
    odd = len(nibbles) % 2
    flag = (2 if leaf else 0) + odd
    return bytes.fromhex(f"{flag:x}" + ("" if odd else "0") + nibbles)
