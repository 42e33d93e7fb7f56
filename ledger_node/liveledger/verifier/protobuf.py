"""The few protobuf encodings that CometBFT hashes and signs: proto3, fields in order, zero values left out."""

from __future__ import annotations

from liveledger.verifier.times import Time


def varint(value: int) -> bytes:
    """``value`` (negative numbers as 64-bit two's complement) as a base-128 varint."""
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def number(field: int, value: int) -> bytes:
    """A varint field; nothing for zero."""
    return bytes((field << 3,)) + varint(value) if value else b""


def fixed64(field: int, value: int) -> bytes:
    """An sfixed64 field; nothing for zero."""
    return bytes((field << 3 | 1,)) + value.to_bytes(8, "little", signed=True) if value else b""


def data(field: int, value: bytes) -> bytes:
    """A bytes or string field; nothing when empty."""
    return message(field, value) if value else b""


def message(field: int, value: bytes) -> bytes:
    """An embedded message, written even when it is empty (gogoproto: not nullable)."""
    return bytes((field << 3 | 2,)) + varint(len(value)) + value


def timestamp(time: Time) -> bytes:
    """Body of google.protobuf.Timestamp."""
    return number(1, time.seconds) + number(2, time.nanos)


def part_set_header(total: int, digest: bytes) -> bytes:
    """Body of PartSetHeader and of CanonicalPartSetHeader, which are the same bytes."""
    return number(1, total) + data(2, digest)


def block_id(digest: bytes, total: int, parts_digest: bytes) -> bytes:
    """Body of BlockID and of CanonicalBlockID, which are the same bytes."""
    return data(1, digest) + message(2, part_set_header(total, parts_digest))
