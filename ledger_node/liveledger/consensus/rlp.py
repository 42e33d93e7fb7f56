"""RLP for the one tuple that travels in a block: byte strings and flat lists of them, canonical in both directions."""

from __future__ import annotations

from collections.abc import Iterable


class RlpError(ValueError):
    """The bytes are not the one canonical encoding of anything."""


def encode_bytes(data: bytes) -> bytes:
    """The encoding of a byte string."""
    if len(data) == 1 and data[0] < 0x80:
        return data
    return _prefix(len(data), 0x80) + data


def encode_list(encoded: Iterable[bytes]) -> bytes:
    """The encoding of a list whose items are encoded already."""
    body = b"".join(encoded)
    return _prefix(len(body), 0xC0) + body


def _prefix(length: int, offset: int) -> bytes:
    if length < 56:
        return bytes((offset + length,))
    size = (length.bit_length() + 7) // 8
    return bytes((offset + 55 + size,)) + length.to_bytes(size)


def decode_list(data: bytes) -> list[bytes | list[bytes]]:
    """The items of the list that ``data`` is: byte strings, or flat lists of them. Raises RlpError."""
    is_list, start, end = _header(data, 0, len(data))
    if not is_list or end != len(data):
        raise RlpError("the bytes are not exactly one list")
    items: list[bytes | list[bytes]] = []
    while start < end:
        nested, first, after = _header(data, start, end)
        items.append(_strings(data, first, after) if nested else data[first:after])
        start = after
    return items


def _strings(data: bytes, start: int, end: int) -> list[bytes]:
    strings = []
    while start < end:
        nested, first, start = _header(data, start, end)
        if nested:
            raise RlpError("a list is nested too deep")
        strings.append(data[first:start])
    return strings


def _header(data: bytes, position: int, limit: int) -> tuple[bool, int, int]:
    """Whether a list starts at ``position``, and where its content starts and ends (at most ``limit``)."""
    if position >= limit:
        raise RlpError("the bytes end too early")
    first = data[position]
    if first < 0x80:
        return False, position, position + 1
    is_list = first >= 0xC0
    length = first - (0xC0 if is_list else 0x80)
    start = position + 1
    if length > 55:
        size = length - 55
        start += size
        length = int.from_bytes(data[position + 1 : start])
        if start > limit or length < 56 or data[position + 1] == 0:
            raise RlpError("a length is not written in its shortest form")
    end = start + length
    if end > limit:
        raise RlpError("an item is longer than what holds it")
    if not is_list and length == 1 and data[start] < 0x80:
        raise RlpError("a single byte is not written in its shortest form")
    return is_list, start, end
