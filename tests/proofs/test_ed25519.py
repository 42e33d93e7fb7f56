"""One rule for Ed25519: what only ZIP-215 accepts does not count, and neither does what only lax libraries accept."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveledger.verifier import ed25519
from tests.proofs import edwards

MESSAGE = b"a canonical vote"
SECRET, NONCE = 0x1234567890ABCDEF << 100, 0xFEDCBA0987654321 << 90


def test_a_signature_by_the_book_is_accepted() -> None:
    key, signature = edwards.sign(MESSAGE, secret=SECRET, nonce=NONCE)
    assert ed25519.verify(key, signature, MESSAGE)
    assert not ed25519.verify(key, signature, MESSAGE + b"!")


def test_scalar_beyond_the_group_order_is_refused() -> None:
    key, signature = edwards.sign(MESSAGE, secret=SECRET, nonce=NONCE)
    scalar = int.from_bytes(signature[32:], "little")
    for multiple in (1, 2, 7):
        larger = (scalar + multiple * edwards.L).to_bytes(32, "little")
        assert not ed25519.verify(key, signature[:32] + larger, MESSAGE)


@pytest.mark.parametrize("number", range(8))
def test_keys_of_small_order_are_refused(number: int) -> None:
    point = edwards.SMALL_ORDER[number]
    for sign_bit in (0, 1):
        encoded = bytearray(edwards.encode(point))
        encoded[31] = encoded[31] & 0x7F | sign_bit << 7
        signature = edwards.encode(edwards.IDENTITY) + bytes(32)
        assert not ed25519.verify(bytes(encoded), signature, MESSAGE)
    assert point[1] in ed25519.SMALL_ORDER_Y


def test_the_table_of_small_orders_is_complete() -> None:
    assert {point[1] for point in edwards.SMALL_ORDER} == ed25519.SMALL_ORDER_Y


@pytest.mark.parametrize("excess", range(19))
def test_keys_that_are_not_canonical_are_refused(excess: int) -> None:
    encoded = (edwards.P + excess).to_bytes(32, "little")
    signature = edwards.encode(edwards.IDENTITY) + bytes(32)
    assert not ed25519.verify(encoded, signature, MESSAGE)
    assert not ed25519.verify(encoded[:31] + bytes((encoded[31] | 0x80,)), signature, MESSAGE)


@pytest.mark.parametrize("twisted", ["key", "r"])
def test_what_only_zip_215_accepts_is_refused(twisted: str) -> None:
    twists = {"key_twist" if twisted == "key" else "r_twist": edwards.TORSION}
    refused = 0
    for nonce in range(NONCE, NONCE + 12):
        key, signature = edwards.sign(MESSAGE, secret=SECRET, nonce=nonce, **twists)
        point = edwards.add(edwards.multiply(SECRET, edwards.BASE), twists.get("key_twist", edwards.IDENTITY))
        r = edwards.add(edwards.multiply(nonce, edwards.BASE), twists.get("r_twist", edwards.IDENTITY))
        assert edwards.accepted_by_zip215(point, r, signature, key, MESSAGE)
        refused += not ed25519.verify(key, signature, MESSAGE)
    assert refused == 12 if twisted == "r" else refused >= 8


def test_small_order_r_that_is_not_canonical_is_refused() -> None:
    key = edwards.encode(edwards.multiply(SECRET, edwards.BASE))
    for r in ((edwards.P + 1).to_bytes(32, "little"), b"\x01" + bytes(30) + b"\x80"):
        scalar = edwards.challenge(r, key, MESSAGE) * SECRET % edwards.L
        assert not ed25519.verify(key, r + scalar.to_bytes(32, "little"), MESSAGE)


@given(st.binary(max_size=40), st.binary(max_size=70))
def test_junk_is_refused(key: bytes, signature: bytes) -> None:
    assert not ed25519.verify(key, signature, MESSAGE)
    assert not ed25519.verify(key.ljust(32, b"\x01")[:32], signature.ljust(64, b"\x01")[:64], MESSAGE)
