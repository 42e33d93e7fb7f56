"""Merkle–Patricia proofs: inclusion, and absence that ends at a proven divergence (Yellow Paper, appendix D)."""

from __future__ import annotations

from collections.abc import Sequence

from liveledger.domain import rlp
from liveledger.domain.hashing import keccak
from liveledger.domain.ordered_trie import EMPTY_ROOT

MAX_NODES = 64


class TrieError(ValueError):
    """Nodes that do not prove what they are given for."""


def prove(root: bytes, key: bytes, nodes: Sequence[bytes]) -> bytes | None:
    """Value at ``key`` in the trie with ``root``, None where the nodes prove that there is none.

    ``nodes`` go from the root down, each used exactly once; nodes shorter than 32 bytes stand inside their parents
    and are not listed. Raises TrieError.
    """
    if root == EMPTY_ROOT:
        if nodes:
            raise TrieError("an empty trie needs no nodes")
        return None
    walk = _Walk(root, nodes)
    value = walk.follow(_nibbles(key))
    if walk.used != len(nodes):
        raise TrieError(f"{len(nodes) - walk.used} nodes are not needed")
    return value


class _Walk:
    """The way from the root to a value or to a divergence."""

    def __init__(self, root: bytes, nodes: Sequence[bytes]) -> None:
        self.nodes, self.used = nodes, 0
        self.node = self._take(root)

    def _take(self, digest: bytes) -> list[rlp.Item]:
        if self.used == len(self.nodes):
            raise TrieError("a node is missing")
        data = self.nodes[self.used]
        if keccak(data) != digest:
            raise TrieError(f"node {self.used} is not the one that its parent names")
        if self.used and len(data) < 32:
            raise TrieError(f"node {self.used} is short and belongs into its parent")
        self.used += 1
        try:
            return rlp.decode_list(data)
        except rlp.RlpError as error:
            raise TrieError(f"node {self.used - 1}: {error}") from None

    def follow(self, path: str) -> bytes | None:
        while True:
            if len(self.node) == 17:
                if not path:
                    return _value(self.node[16])
                child, path = self.node[int(path[0], 16)], path[1:]
            elif len(self.node) == 2:
                prefix, is_leaf = _compact(self.node[0])
                if is_leaf:
                    return _leaf_value(self.node[1]) if prefix == path else None
                if not path.startswith(prefix):
                    return None
                child, path = self.node[1], path[len(prefix) :]
            else:
                raise TrieError(f"a node has {len(self.node)} items")
            if child == b"":
                if len(self.node) == 2:
                    raise TrieError("an extension leads nowhere")
                return None
            self.node = self._child(child)

    def _child(self, child: rlp.Item) -> list[rlp.Item]:
        if isinstance(child, list):
            if len(rlp.encode(child)) >= 32:
                raise TrieError("a long node stands inside its parent")
            return child
        if len(child) != 32:
            raise TrieError("a reference is no hash")
        return self._take(child)


def _nibbles(key: bytes) -> str:
    return key.hex()


def _compact(item: rlp.Item) -> tuple[str, bool]:
    """Nibbles and leaf flag of a hex-prefix path."""
    if not isinstance(item, bytes) or not item:
        raise TrieError("a path is missing")
    text = item.hex()
    flag = int(text[0], 16)
    if flag > 3 or (not flag & 1 and text[1] != "0"):
        raise TrieError("a path has a wrong prefix")
    prefix = text[1:] if flag & 1 else text[2:]
    if flag < 2 and not prefix:
        raise TrieError("an extension is empty")
    return prefix, flag >= 2


def _value(item: rlp.Item) -> bytes | None:
    if not isinstance(item, bytes):
        raise TrieError("a value is a list")
    return item or None


def _leaf_value(item: rlp.Item) -> bytes:
    value = _value(item)
    if value is None:
        raise TrieError("a leaf is empty")
    return value
