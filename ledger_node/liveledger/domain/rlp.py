"""Strict RLP: one value has one encoding, everything else is refused (Ethereum Yellow Paper, appendix B)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

Item: TypeAlias = "bytes | list[Item]"
Value: TypeAlias = "bytes | int | Sequence[Value]"
MAX_DEPTH = 16


class RlpError(ValueError):
    """Bytes that are no canonical RLP, or not of the form that was expected."""


class TooManyItems(RlpError):
    """The bytes encode more items than the caller allows."""


class _Budget:
    """How many more items may be made, in all lists together."""

    def __init__(self, items: int | None) -> None:
        self._left = items

    def spend(self) -> None:
        if self._left is not None:
            self._left -= 1
            if self._left < 0:
                raise TooManyItems("there are more items than are allowed")


def encode(value: Value) -> bytes:
    """Canonical encoding of bytes, of non-negative integers without leading zeros, and of sequences of them."""
    if isinstance(value, bytes):
        if len(value) == 1 and value[0] < 0x80:
            return value
        return _head(len(value), 0x80) + value
    if isinstance(value, int):
        return encode(value.to_bytes((value.bit_length() + 7) // 8))
    body = b"".join(map(encode, value))
    return _head(len(body), 0xC0) + body


def _head(length: int, base: int) -> bytes:
    if length <= 55:
        return bytes((base + length,))
    size = (length.bit_length() + 7) // 8
    return bytes((base + 55 + size,)) + length.to_bytes(size)


def decode(data: bytes, *, max_depth: int = MAX_DEPTH, max_items: int | None = None) -> Item:
    """The one item that ``data`` encodes, of at most ``max_depth`` lists in one another.

    Raises RlpError on any other byte, TooManyItems as soon as all lists together have more than ``max_items`` items.
    Its work and its memory are linear in the length of ``data``, which the caller bounds: where that bound is large,
    bound the items too, since an item takes a hundred times the memory of the byte that encodes it.
    """
    is_list, start, end = _span(data, 0, len(data), max_depth)
    item: Item = _items(data, start, end, max_depth - 1, _Budget(max_items)) if is_list else data[start:end]
    if end != len(data):
        raise RlpError("bytes are left over")
    return item


def decode_list(data: bytes, *, max_depth: int = MAX_DEPTH, max_items: int | None = None) -> list[Item]:
    """As ``decode``, where a list must come out."""
    item = decode(data, max_depth=max_depth, max_items=max_items)
    if not isinstance(item, list):
        raise RlpError("a list was expected")
    return item


def _items(data: bytes, position: int, limit: int, depth: int, budget: _Budget) -> list[Item]:
    items: list[Item] = []
    while position < limit:
        is_list, start, position = _span(data, position, limit, depth)
        budget.spend()
        items.append(_items(data, start, position, depth - 1, budget) if is_list else data[start:position])
    return items


def _span(data: bytes, position: int, limit: int, depth: int) -> tuple[bool, int, int]:
    """Whether a list starts at ``position``, and where its content starts and ends (at most ``limit``)."""
    if position >= limit:
        raise RlpError("cut short")
    first = data[position]
    if first < 0x80:
        return False, position, position + 1
    is_list = first >= 0xC0
    if is_list and depth <= 0:
        raise RlpError("nested too deep")
    length = first - (0xC0 if is_list else 0x80)
    start = position + 1
    if length > 55:
        start += length - 55
        length = int.from_bytes(data[position + 1 : start])
        if start > limit or data[position + 1] == 0 or length <= 55:
            raise RlpError("a length is not written in its shortest form")
    end = start + length
    if end > limit:
        raise RlpError("cut short")
    if length == 1 and not is_list and data[start] < 0x80:
        raise RlpError("a byte below 0x80 stands for itself")
    return is_list, start, end


def uint(item: Item, width: int = 32) -> int:
    """A number without leading zeros, of at most ``width`` bytes. Raises RlpError."""
    if not isinstance(item, bytes) or len(item) > width or item[:1] == b"\x00":
        raise RlpError("this is no canonical number")
    return int.from_bytes(item)


def fixed(item: Item, width: int) -> bytes:
    """Bytes of exactly ``width``. Raises RlpError."""
    if not isinstance(item, bytes) or len(item) != width:
        raise RlpError(f"{width} bytes were expected")
    return item
