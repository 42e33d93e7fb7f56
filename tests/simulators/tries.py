"""A second, independent Merkle–Patricia trie: grown by insertion, where the product builds from a sorted list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from Crypto.Hash import keccak as keccak_module


def keccak(data: bytes) -> bytes:
    return keccak_module.new(digest_bits=256, data=data).digest()


def rlp(item: Any) -> bytes:
    """RLP of bytes and lists, written apart from the product's."""
    if isinstance(item, bytes) and len(item) == 1 and item[0] < 128:
        return item
    body, base = (item, 128) if isinstance(item, bytes) else (b"".join(rlp(part) for part in item), 192)
    if len(body) < 56:
        return bytes([base + len(body)]) + body
    size = f"{len(body):x}"
    size = size.zfill(len(size) + len(size) % 2)
    return bytes([base + 55 + len(size) // 2]) + bytes.fromhex(size) + body


EMPTY_ROOT = keccak(rlp(b""))
Nibbles = tuple[int, ...]


def nibbles(key: bytes) -> Nibbles:
    return tuple(part for byte in key for part in (byte >> 4, byte & 15))


def hex_prefix(path: Nibbles, leaf: bool) -> bytes:
    """Appendix C of the Yellow Paper."""
    flag = 2 * leaf
    padded = (flag + 1, *path) if len(path) % 2 else (flag, 0, *path)
    return bytes(16 * padded[i] + padded[i + 1] for i in range(0, len(padded), 2))


class Branch:
    def __init__(self) -> None:
        self.children: dict[int, Any] = {}
        self.value = b""


class Short:
    """A leaf (``value`` set) or an extension (``child`` set)."""

    def __init__(self, path: Nibbles, value: bytes = b"", child: Any = None) -> None:
        self.path, self.value, self.child = path, value, child


class Trie:
    """``items`` maps keys as they stand in the trie (hash them before, where the trie is a secure one) to values."""

    def __init__(self, items: Mapping[bytes, bytes]) -> None:
        self.top: Any = None
        self._known: dict[int, tuple[Any, bytes]] = {}
        for key, value in items.items():
            self.top = self._insert(self.top, nibbles(key), value)

    def _insert(self, node: Any, path: Nibbles, value: bytes) -> Any:
        if node is None:
            return Short(path, value)
        if isinstance(node, Branch):
            if not path:
                node.value = value
            else:
                node.children[path[0]] = self._insert(node.children.get(path[0]), path[1:], value)
            return node
        same = 0
        while same < min(len(path), len(node.path)) and path[same] == node.path[same]:
            same += 1
        if node.child is not None and same == len(node.path):
            node.child = self._insert(node.child, path[same:], value)
            return node
        if node.child is None and path == node.path:
            return Short(path, value)
        branch = self._split(node, same)
        self._insert(branch, path[same:], value)
        return Short(path[:same], child=branch) if same else branch

    def _split(self, node: Short, same: int) -> Branch:
        branch, rest = Branch(), node.path[same:]
        if node.child is None:
            if rest:
                branch.children[rest[0]] = Short(rest[1:], node.value)
            else:
                branch.value = node.value
        else:
            branch.children[rest[0]] = Short(rest[1:], child=node.child) if len(rest) > 1 else node.child
        return branch

    def _built(self, node: Any) -> tuple[Any, bytes]:
        """Structure and encoding of a node, worked out once."""
        if id(node) not in self._known:
            structure = self._structure(node)
            self._known[id(node)] = structure, rlp(structure)
        return self._known[id(node)]

    def _structure(self, node: Any) -> Any:
        if isinstance(node, Short):
            content = node.value if node.child is None else self._reference(node.child)
            return [hex_prefix(node.path, node.child is None), content]
        return [self._reference(node.children.get(i)) for i in range(16)] + [node.value]

    def _reference(self, node: Any) -> Any:
        if node is None:
            return b""
        structure, encoded = self._built(node)
        return structure if len(encoded) < 32 else keccak(encoded)

    def root(self) -> bytes:
        return EMPTY_ROOT if self.top is None else keccak(self._built(self.top)[1])

    def prove(self, key: bytes) -> list[bytes]:
        """Nodes from the root to the value or to where the key's way ends."""
        proof: list[bytes] = []
        node, path = self.top, nibbles(key)
        while node is not None:
            encoded = self._built(node)[1]
            if not proof or len(encoded) >= 32:
                proof.append(encoded)
            if isinstance(node, Branch):
                node, path = (node.children.get(path[0]), path[1:]) if path else (None, path)
            elif node.child is not None and path[: len(node.path)] == node.path:
                node, path = node.child, path[len(node.path) :]
            else:
                node = None
        return proof
