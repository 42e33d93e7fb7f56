"""Merkle trees in the shape of RFC 6962 over Keccak-256: leaf prefix 00, node prefix 01."""

from __future__ import annotations

from collections.abc import Sequence

from liveledger.domain.hashing import keccak

EMPTY_ROOT = keccak(b"")


def leaf_hash(data: bytes) -> bytes:
    """Hash of one leaf's data."""
    return keccak(b"\x00" + data)


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node."""
    return keccak(b"\x01" + left + right)


def root(leaves: Sequence[bytes]) -> bytes:
    """Root over leaf hashes, level by level: an odd last node moves up unchanged, which is RFC 6962's shape."""
    if not leaves:
        return EMPTY_ROOT
    level = list(leaves)
    while len(level) > 1:
        pairs = [node_hash(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
        level = pairs + level[len(pairs) * 2 :]
    return level[0]


def audit_path(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """Siblings from the leaf ``index`` up to the root. Raises IndexError outside the tree."""
    if not 0 <= index < len(leaves):
        raise IndexError(index)
    path, level, position = [], list(leaves), index
    while len(level) > 1:
        sibling = position ^ 1
        if sibling < len(level):
            path.append(level[sibling])
        pairs = [node_hash(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
        level, position = pairs + level[len(pairs) * 2 :], position // 2
    return path


def root_from_path(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """Root that a leaf at ``index`` of ``size`` and its path lead to; None when the path's length does not fit."""
    if not 0 <= index < size:
        return None
    node, position, last, rest = leaf, index, size - 1, list(path)
    while last > 0:
        if position % 2 == 1 or position < last:
            if not rest:
                return None
            sibling = rest.pop(0)
            node = node_hash(sibling, node) if position % 2 else node_hash(node, sibling)
        position, last = position // 2, last // 2
    return node if not rest else None
