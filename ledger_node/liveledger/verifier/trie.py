"""Merkle–Patricia proofs: inclusion, and absence that ends at a proven divergence (Yellow Paper, appendix D)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

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
    if root == EMPTY_ROOT and nodes:
        raise TrieError("an empty trie needs no nodes")
    own = _Listed(nodes)
    value = _follow(root, key, own.take)
    if own.used != len(nodes):
        raise TrieError(f"{len(nodes) - own.used} nodes are not needed")
    return value


class NodeSet:
    """Nodes of many proofs, each once, in the order of their first use; a proof finds its nodes by their hashes."""

    def __init__(self, nodes: Sequence[bytes]) -> None:
        self._listed = _Listed(nodes)
        self._known: dict[bytes, bytes] = {}

    def prove(self, root: bytes, key: bytes) -> bytes | None:
        """Value at ``key`` in the trie with ``root``, None where the nodes prove that there is none.

        A node that no proof used before must be the next of the list. Raises TrieError.
        """
        return _follow(root, key, self._take)

    @property
    def given(self) -> Sequence[bytes]:
        """All nodes, in the order of the list."""
        return self._listed.nodes

    @property
    def left(self) -> int:
        """How many nodes no proof has used."""
        return len(self._listed.nodes) - self._listed.used

    def _take(self, digest: bytes) -> bytes:
        data = self._known.get(digest)
        if data is None:
            data = self._known[digest] = self._listed.take(digest)
        return data


class KnownNodes:
    """Nodes in no order, for whoever writes a bundle anew; ``used`` are those that proofs needed, in that order."""

    left = 0

    def __init__(self, nodes: Iterable[bytes]) -> None:
        self._known = {keccak(node): node for node in nodes}
        self._used: dict[bytes, bytes] = {}

    def prove(self, root: bytes, key: bytes) -> bytes | None:
        """As ``NodeSet.prove``, whatever stands next. Raises TrieError."""
        return _follow(root, key, self._take)

    @property
    def used(self) -> list[bytes]:
        """The nodes that proofs needed, each once, in the order of their first use."""
        return list(self._used.values())

    def _take(self, digest: bytes) -> bytes:
        node = self._known.get(digest)
        if node is None:
            raise TrieError("a node is missing")
        return self._used.setdefault(digest, node)


class _Listed:
    """Nodes that are used one after the other."""

    def __init__(self, nodes: Sequence[bytes]) -> None:
        self.nodes, self.used = nodes, 0

    def take(self, digest: bytes) -> bytes:
        if self.used == len(self.nodes):
            raise TrieError("a node is missing")
        data = self.nodes[self.used]
        if keccak(data) != digest:
            raise TrieError(f"node {self.used} is not the one that its parent names")
        self.used += 1
        return data


def _follow(root: bytes, key: bytes, take: Callable[[bytes], bytes]) -> bytes | None:
    return None if root == EMPTY_ROOT else _Walk(root, take).follow(key.hex())


class _Walk:
    """The way from the root to a value or to a divergence; ``take`` gives the node of a hash."""

    def __init__(self, root: bytes, take: Callable[[bytes], bytes]) -> None:
        self._take = take
        self.node = _decoded(take(root))

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
        data = self._take(child)
        if len(data) < 32:
            raise TrieError("a node is short and belongs into its parent")
        return _decoded(data)


def _decoded(data: bytes) -> list[rlp.Item]:
    try:
        return rlp.decode_list(data)
    except rlp.RlpError as error:
        raise TrieError(f"a node: {error}") from None


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
