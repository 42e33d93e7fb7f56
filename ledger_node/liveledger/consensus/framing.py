"""Length-prefixed protobuf on a byte stream, as CometBFT's socket client speaks it."""

from __future__ import annotations

import asyncio
from typing import Protocol

# A block with its commit and evidence; above what block.max_bytes lets CometBFT send, below what would hurt.
MAX_MESSAGE_BYTES = 32 * 1024 * 1024
_MAX_PREFIX_BYTES = 5


class FramingError(ValueError):
    """The stream is not a run of length-prefixed messages."""


class ByteReader(Protocol):
    """The part of asyncio.StreamReader that reading a message needs."""

    async def readexactly(self, n: int, /) -> bytes:
        """Reads ``n`` bytes or raises asyncio.IncompleteReadError."""


async def read_message(reader: ByteReader, limit: int = MAX_MESSAGE_BYTES) -> bytes | None:
    """One message of at most ``limit`` bytes; None at the end of the stream.

    Raises FramingError for an oversize or cut-off message.
    """
    length = shift = 0
    for position in range(_MAX_PREFIX_BYTES):
        try:
            byte = (await reader.readexactly(1))[0]
        except asyncio.IncompleteReadError:
            if position == 0:
                return None
            raise FramingError("the stream ends inside a length") from None
        length |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            break
    else:
        raise FramingError("a length has too many bytes")
    if length > limit:
        raise FramingError(f"a message of {length} bytes is over {limit}")
    try:
        return await reader.readexactly(length)
    except asyncio.IncompleteReadError:
        raise FramingError("the stream ends inside a message") from None


def frame(message: bytes) -> bytes:
    """``message`` with its length (unsigned varint) in front."""
    prefix = bytearray()
    length = len(message)
    while length >= 0x80:
        prefix.append(length & 0x7F | 0x80)
        length >>= 7
    prefix.append(length)
    return bytes(prefix) + message
