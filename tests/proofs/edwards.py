"""Edwards25519 by the book (RFC 8032, section 5.1), slow and plain: to make signatures that no honest signer makes."""

from __future__ import annotations

import hashlib

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
ROOT_MINUS_ONE = pow(2, (P - 1) // 4, P)
Point = tuple[int, int]
IDENTITY: Point = (0, 1)


def add(left: Point, right: Point) -> Point:
    (x1, y1), (x2, y2) = left, right
    product = D * x1 * x2 * y1 * y2 % P
    x = (x1 * y2 + x2 * y1) * pow(1 + product, -1, P) % P
    return x, (y1 * y2 + x1 * x2) * pow(1 - product, -1, P) % P


def multiply(scalar: int, point: Point) -> Point:
    result = IDENTITY
    while scalar:
        if scalar & 1:
            result = add(result, point)
        point, scalar = add(point, point), scalar >> 1
    return result


def recover_x(y: int, sign: int) -> int | None:
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_MINUS_ONE % P
    if (x * x - square) % P:
        return None
    return P - x if x % 2 != sign else x


def encode(point: Point) -> bytes:
    return (point[1] | (point[0] & 1) << 255).to_bytes(32, "little")


def _base() -> Point:
    y = 4 * pow(5, -1, P) % P
    x = recover_x(y, 0)
    assert x is not None
    return x, y


BASE = _base()


def _order_eight() -> Point:
    y = 2
    while True:
        x = recover_x(y, 0)
        point = multiply(L, (x, y)) if x is not None else IDENTITY
        if multiply(4, point) != IDENTITY:
            return point
        y += 1


TORSION = _order_eight()
SMALL_ORDER = [multiply(number, TORSION) for number in range(8)]


def challenge(r: bytes, key: bytes, message: bytes) -> int:
    return int.from_bytes(hashlib.sha512(r + key + message).digest(), "little") % L


def sign(
    message: bytes, *, secret: int, nonce: int, key_twist: Point = IDENTITY, r_twist: Point = IDENTITY
) -> tuple[bytes, bytes]:
    """Key and signature; the twists add points of small order to the key and to R."""
    key = encode(add(multiply(secret, BASE), key_twist))
    r = encode(add(multiply(nonce, BASE), r_twist))
    scalar = (nonce + challenge(r, key, message) * secret) % L
    return key, r + scalar.to_bytes(32, "little")


def accepted_by_zip215(key: Point, r: Point, signature: bytes, encoded_key: bytes, message: bytes) -> bool:
    """The cofactored equation: [8][S]B = [8]R + [8][k]A."""
    scalar = int.from_bytes(signature[32:], "little")
    k = challenge(signature[:32], encoded_key, message)
    return multiply(8 * scalar, BASE) == multiply(8, add(r, multiply(k, key)))
