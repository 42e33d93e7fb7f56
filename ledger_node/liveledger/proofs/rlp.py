"""Strict RLP: one value has one encoding, everything else is refused (Ethereum Yellow Paper, appendix B)."""

from __future__ import annotations

from typing import TypeAlias

Item: TypeAlias = "bytes | list[Item]"
MAX_DEPTH = 16


class RlpError(ValueError):
    """Bytes that are no canonical RLP."""


def decode(data: bytes) -> Item:
    """The one item that ``data`` encodes. Raises RlpError on any other byte."""
    item, end = _decode(data, 0, len(data), 0)
    if end != len(data):
        raise RlpError("bytes are left over")
    return item


def decode_list(data: bytes) -> list[Item]:
    """As ``decode``, where a list must come out."""
    item = decode(data)
    if not isinstance(item, list):
        raise RlpError("a list was expected")
    return item


def _decode(data: bytes, start: int, limit: int, depth: int) -> tuple[Item, int]:
    if start >= limit:
        raise RlpError("cut short")
    first = data[start]
    if first < 0x80:
        return data[start : start + 1], start + 1
    if first < 0xC0:
        body, end = _span(data, start, limit, first - 0x80)
        if end - body == 1 and data[body] < 0x80:
            raise RlpError("a byte below 0x80 stands for itself")
        return data[body:end], end
    if depth == MAX_DEPTH:
        raise RlpError("nested too deep")
    body, end = _span(data, start, limit, first - 0xC0)
    items: list[Item] = []
    while body < end:
        item, body = _decode(data, body, end, depth + 1)
        items.append(item)
    return items, end


def _span(data: bytes, start: int, limit: int, marker: int) -> tuple[int, int]:
    """Begin and end of the content whose first byte is ``marker`` above its kind's base."""
    body = start + 1
    if marker <= 55:
        length = marker
    else:
        width = marker - 55
        length = int.from_bytes(data[body : body + width])
        if body + width > limit or data[body] == 0 or length <= 55:
            raise RlpError("a length is not written in its shortest form")
        body += width
    if body + length > limit:
        raise RlpError("cut short")
    return body, body + length


def encode(item: Item) -> bytes:
    """Canonical encoding of bytes and lists."""
    if isinstance(item, list):
        body = b"".join(map(encode, item))
        return _head(len(body), 0xC0) + body
    if len(item) == 1 and item[0] < 0x80:
        return item
    return _head(len(item), 0x80) + item


def _head(length: int, base: int) -> bytes:
    if length <= 55:
        return bytes((base + length,))
    size = length.to_bytes((length.bit_length() + 7) // 8)
    return bytes((base + 55 + len(size),)) + size


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


def encode_uint(value: int) -> bytes:
    """Canonical encoding of a number."""
    return encode(value.to_bytes((value.bit_length() + 7) // 8))
