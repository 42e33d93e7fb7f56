"""Hashes and byte forms that the chain, the proofs and the index share."""

from __future__ import annotations

from typing import Any

import rfc8785
import sha3


def keccak(data: bytes) -> bytes:
    """Keccak-256 of ``data`` (32 bytes), as the EVM computes it."""
    return bytes(sha3.keccak_256(data).digest())


def uint_word(value: int) -> bytes:
    """``value`` as one 32-byte big-endian ABI word. Raises OverflowError when it does not fit."""
    return value.to_bytes(32, "big")


def address_word(address: bytes) -> bytes:
    """A 20-byte address as one ABI word."""
    if len(address) != 20:
        raise ValueError(f"an address has 20 bytes, not {len(address)}")
    return bytes(12) + address


def mapping_slot(key: bytes, base: int | bytes) -> bytes:
    """Storage slot of ``mapping[key]`` at slot ``base``; ``key`` is already one 32-byte word (Solidity's layout)."""
    base_word = uint_word(base) if isinstance(base, int) else base
    return keccak(key + base_word)


def canonical_json(value: Any) -> bytes:
    """``value`` in the form of RFC 8785 (JCS). Raises ValueError for what JSON cannot hold."""
    return bytes(rfc8785.dumps(value))


def hex_bytes(data: bytes) -> str:
    """``0x`` and lower-case hex."""
    return "0x" + data.hex()
