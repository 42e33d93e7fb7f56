"""Ed25519 signatures that honest signers make, and those that libraries do not agree on."""

from __future__ import annotations

from typing import Any

from liveledger.verifier import ed25519
from tests.proofs import edwards
from tests.proofs.edwards import (
    BASE,
    IDENTITY,
    SMALL_ORDER,
    TORSION,
    L,
    P,
    Point,
    add,
    challenge,
    encode,
    multiply,
    sign,
)

SECRET, NONCE = 0x1234567890ABCDEF << 100, 0xFEDCBA0987654321 << 90
MESSAGE = b"a canonical vote"
SIGN_BIT = 0x80


class Signatures:
    """Rows of key, message, signature, whether it counts, and why."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []

    def add(self, counts: bool, why: str, key: bytes, signature: bytes, message: bytes = MESSAGE) -> None:
        if ed25519.verify(key, signature, message) != counts:
            raise AssertionError(why)
        row = {"key": key.hex(), "message": message.hex(), "signature": signature.hex(), "counts": counts}
        self.rows.append({**row, "zip215": _zip215(key, signature, message), "why": why})


def make() -> list[dict[str, Any]]:
    """All rows; ``zip215`` says whether CometBFT itself would take the signature."""
    made = Signatures()
    for add_rows in (_by_the_book, _scalars, _small_keys, _odd_keys, _torsion, _odd_r):
        add_rows(made)
    return made.rows


def _by_the_book(made: Signatures) -> None:
    for number in range(4):
        message = MESSAGE * number
        key, signature = sign(message, secret=SECRET + number, nonce=NONCE + number)
        made.add(True, f"by the book, a message of {len(message)} bytes", key, signature, message)
    key, signature = sign(MESSAGE, secret=SECRET, nonce=NONCE)
    made.add(False, "another message", key, signature, MESSAGE + b"!")
    for at, name in ((0, "R"), (40, "S")):
        flipped = signature[:at] + bytes((signature[at] ^ 1,)) + signature[at + 1 :]
        made.add(False, f"a bit of {name} is flipped", key, flipped)
    made.add(False, "the key of another", sign(MESSAGE, secret=SECRET + 9, nonce=NONCE)[0], signature)
    made.add(False, "zeros", key, bytes(64))


def _scalars(made: Signatures) -> None:
    key, signature = sign(MESSAGE, secret=SECRET, nonce=NONCE)
    scalar = int.from_bytes(signature[32:], "little")
    for multiple in (1, 2, 7, 8, 15):
        larger = (scalar + multiple * L) % (1 << 256)
        why = f"S + {multiple} L: the same point, and S is not below L"
        made.add(False, why, key, signature[:32] + larger.to_bytes(32, "little"))
    made.add(False, "S is L: 0 written otherwise", key, _with_r(key, multiply(0, BASE), L))


def _with_r(key: bytes, r: Point, scalar: int) -> bytes:
    return encode(r) + scalar.to_bytes(32, "little")


def _small_keys(made: Signatures) -> None:
    """Keys whose order divides 8: anybody signs for them, where R and S fit."""
    for number, point in enumerate(SMALL_ORDER):
        key = encode(point)
        message, r = _fitting(key, point)
        why = f"the key is {number} times a point of order 8, R fits it and S is 0"
        made.add(False, why, key, encode(r) + bytes(32), message)
        scalar = 12_345
        message = _message(lambda m, key=key, scalar=scalar: challenge(encode(multiply(scalar, BASE)), key, m) % 8 == 0)
        why = f"the key is {number} times a point of order 8, R is [S]B and S is {scalar}"
        made.add(False, why, key, encode(multiply(scalar, BASE)) + scalar.to_bytes(32, "little"), message)


def _fitting(key: bytes, point: Point) -> tuple[bytes, Point]:
    """A message, and an R of small order with R = -[k]A for it."""
    for number in range(1_000):
        message = MESSAGE + number.to_bytes(2)
        for r in SMALL_ORDER:
            if add(r, multiply(challenge(encode(r), key, message), point)) == IDENTITY:
                return message, r
    raise AssertionError("no message fits")


def _message(fits: Any) -> bytes:
    return next(m for m in (MESSAGE + n.to_bytes(2) for n in range(10_000)) if fits(m))


def _odd_keys(made: Signatures) -> None:
    """Encodings of keys that are not canonical, or of no point."""
    for excess in range(19):
        for sign_bit in (0, SIGN_BIT):
            key = (P + excess).to_bytes(32, "little")
            key = key[:31] + bytes((key[31] | sign_bit,))
            why = f"the key's y is 2^255 - 19 + {excess}" + (", with the sign bit" if sign_bit else "")
            made.add(False, why, key, encode(IDENTITY) + bytes(32))
    for y, name in ((1, "1"), (P - 1, "-1")):
        key = (y | 1 << 255).to_bytes(32, "little")
        made.add(False, f"the key's y is {name} and its x, 0, has a sign", key, encode(IDENTITY) + bytes(32))
    none = next(y for y in range(2, 100) if edwards.recover_x(y, 0) is None)
    made.add(False, f"no point has the y {none}", none.to_bytes(32, "little"), encode(IDENTITY) + bytes(32))


def _torsion(made: Signatures) -> None:
    """Keys and R with a part of small order: the equation with the cofactor always holds, the one without by chance."""
    for wanted in (0, 1, 4):
        nonce = NONCE
        while True:
            key, signature = sign(MESSAGE, secret=SECRET, nonce=nonce, key_twist=TORSION)
            if challenge(signature[:32], key, MESSAGE) % 8 == wanted:
                break
            nonce += 1
        why = (
            f"the key has a part of order 8, and k is {wanted} modulo 8: R is "
            + ("" if wanted == 0 else "not ")
            + "[S]B - [k]A"
        )
        made.add(wanted == 0, why, key, signature)
    for number in (1, 2, 4):
        key, signature = sign(MESSAGE, secret=SECRET, nonce=NONCE, r_twist=multiply(number, TORSION))
        made.add(False, f"R has a part of order {8 // number}, the key none", key, signature)
    key = encode(add(multiply(SECRET, BASE), TORSION))
    for number in range(8):
        r = encode(add(multiply(NONCE, BASE), multiply(number, TORSION)))
        k = challenge(r, key, MESSAGE)
        scalar = (NONCE + k * SECRET) % L
        counts = (number + k) % 8 == 0
        why = "key and R have parts of small order that " + ("cancel" if counts else "do not cancel")
        made.add(counts, why, key, r + scalar.to_bytes(32, "little"))
    for attempt in range(200):
        message = MESSAGE + attempt.to_bytes(2)
        r = encode(add(multiply(NONCE, BASE), multiply(3, TORSION)))
        k = challenge(r, key, message)
        if (3 + k) % 8 == 0:
            signature = r + ((NONCE + k * SECRET) % L).to_bytes(32, "little")
            made.add(True, "key and R have parts of order 8 that cancel: R is [S]B - [k]A", key, signature, message)
            break


def _odd_r(made: Signatures) -> None:
    key = encode(multiply(SECRET, BASE))
    for r, counts, why in (
        (encode(IDENTITY), True, "R is the neutral point in its own encoding"),
        ((P + 1).to_bytes(32, "little"), False, "R is the neutral point with y = p + 1"),
        (b"\x01" + bytes(30) + b"\x80", False, "R is the neutral point with a sign"),
        ((P + 1 | 1 << 255).to_bytes(32, "little"), False, "R is the neutral point with y = p + 1 and a sign"),
        (encode(SMALL_ORDER[4]), False, "R is the point of order 2: right with the cofactor only"),
        (encode(SMALL_ORDER[2]), False, "R is a point of order 4: right with the cofactor only"),
        ((2).to_bytes(32, "little"), False, "R is no point, or another one"),
    ):
        scalar = challenge(r, key, MESSAGE) * SECRET % L
        made.add(counts, why, key, r + scalar.to_bytes(32, "little"))


def _zip215(key: bytes, signature: bytes, message: bytes) -> bool:
    """ZIP-215: any encoding of a point, S below L, the equation with the cofactor."""
    points = _decode(key), _decode(signature[:32])
    if points[0] is None or points[1] is None or int.from_bytes(signature[32:], "little") >= L:
        return False
    return edwards.accepted_by_zip215(points[0], points[1], signature, key, message)


def _decode(data: bytes) -> Point | None:
    number = int.from_bytes(data, "little")
    y, sign_bit = number % (1 << 255) % P, number >> 255
    x = edwards.recover_x(y, 0)
    if x is None:
        return None
    return (P - x) % P if x % 2 != sign_bit else x, y
