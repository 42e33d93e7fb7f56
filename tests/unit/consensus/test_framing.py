"""Length-prefixed messages: round trips, and streams that end or lie."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveledger.consensus.framing import MAX_MESSAGE_BYTES, FramingError, frame, read_message


class Bytes:
    """A stream that has all its bytes already."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    async def readexactly(self, n: int, /) -> bytes:
        if len(self._data) < n:
            raise asyncio.IncompleteReadError(self._data, n)
        head, self._data = self._data[:n], self._data[n:]
        return head


def read(data: bytes) -> list[bytes]:
    async def go() -> list[bytes]:
        stream, messages = Bytes(data), []
        while (message := await read_message(stream)) is not None:
            messages.append(message)
        return messages

    return asyncio.run(go())


@given(st.lists(st.binary(max_size=400), max_size=5))
def test_round_trip(messages: list[bytes]) -> None:
    assert read(b"".join(map(frame, messages))) == messages


@given(st.binary(max_size=40))
def test_junk_ends_in_messages_or_one_error(junk: bytes) -> None:
    try:
        messages = read(junk)
    except FramingError:
        return
    # A length may be written with spare bytes, so the frames are at most as long as what was read.
    assert len(b"".join(map(frame, messages))) <= len(junk)


@pytest.mark.parametrize("data", [b"\x05abc", b"\x80", b"\x80\x80\x80\x80\x80\x01", b"\xff\xff\xff\xff\x0f"])
def test_a_lying_stream_is_refused(data: bytes) -> None:
    with pytest.raises(FramingError):
        read(data)


def test_the_limit_is_above_a_block() -> None:
    assert frame(bytes(300))[:2] == b"\xac\x02"
    assert MAX_MESSAGE_BYTES > 20 * 1024 * 1024
