"""The static part of Solidity's ABI, written out: words in, words out."""

from __future__ import annotations

from collections.abc import Sequence

from liveledger.domain.hashing import keccak, uint_word


class AbiError(ValueError):
    """Bytes that are not the one canonical encoding of the expected values."""


def words(data: bytes, count: int) -> list[bytes]:
    """``data`` as exactly ``count`` words of 32 bytes. Raises AbiError."""
    if len(data) != 32 * count:
        raise AbiError(f"{len(data)} bytes are no {count} words")
    return [data[i : i + 32] for i in range(0, len(data), 32)]


def uint(word: bytes, bits: int = 256) -> int:
    """An unsigned number of ``bits`` bits. Raises AbiError."""
    value = int.from_bytes(word)
    if value >> bits:
        raise AbiError(f"a number has more than {bits} bits")
    return value


def sint(word: bytes, bits: int) -> int:
    """A signed number of ``bits`` bits, sign-extended. Raises AbiError."""
    value = int.from_bytes(word, signed=True)
    if not -(1 << bits - 1) <= value < 1 << bits - 1:
        raise AbiError(f"a number has more than {bits} bits")
    return value


def encode_string_pair(first: int, text: str) -> bytes:
    """``abi(uint, string)``."""
    data = text.encode()
    return uint_word(first) + uint_word(64) + uint_word(len(data)) + data + bytes(-len(data) % 32)


def encode_words_array(items: Sequence[bytes]) -> bytes:
    """``abi(bytes32[])``."""
    return uint_word(32) + uint_word(len(items)) + b"".join(items)


def tail_bytes(data: bytes, head_words: int) -> tuple[list[bytes], bytes]:
    """Splits ``abi(word × (head_words − 1), bytes)`` into its static words and the bytes. Raises AbiError."""
    head = words(data[: 32 * head_words], head_words)
    body = data[32 * head_words :]
    if uint(head[-1]) != 32 * head_words or len(body) < 32:
        raise AbiError("the bytes do not stand right behind the words")
    length = uint(body[:32], 32)
    content = body[32 : 32 + length]
    if len(content) != length or body[32 + length :] != bytes(-length % 32):
        raise AbiError("the bytes are cut short or something is left over")
    return head[:-1], content


def topic(signature: str) -> bytes:
    """First topic of an event from its canonical signature."""
    return keccak(signature.encode())
