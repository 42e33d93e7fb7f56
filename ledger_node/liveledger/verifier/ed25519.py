"""One acceptance rule for Ed25519, the stricter of what is in use.

CometBFT accepts by ZIP-215: cofactored equation, keys and R in any encoding. A signature counts here only if
1. the key's y is canonical (below 2^255 − 19) and the key is not of small order,
2. S is below the group's order L,
3. the R of the signature is, byte for byte, the canonical encoding of [S]B − [k]A (no cofactor).
OpenSSL checks 2 and 3 (as BoringSSL and Go's crypto/ed25519 do); rule 1 is checked here. Whoever signs with a key made
by the book always passes. The prover leaves out signatures that do not.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

P = (1 << 255) - 19
_SIGN_BIT = 1 << 255
_ORDER_8_Y = int.from_bytes(bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"), "little")
SMALL_ORDER_Y = frozenset({0, 1, P - 1, _ORDER_8_Y, P - _ORDER_8_Y})  # y of the eight points whose order divides 8


@functools.lru_cache(maxsize=1024)
def _load(key: bytes) -> Ed25519PublicKey | None:
    y = int.from_bytes(key, "little") & ~_SIGN_BIT
    if len(key) != 32 or y >= P or y in SMALL_ORDER_Y:
        return None
    # Loaded with the first signature: a command that shows its help checks none.
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    return Ed25519PublicKey.from_public_bytes(key)


def verify(key: bytes, signature: bytes, message: bytes) -> bool:
    """Whether ``signature`` (64 bytes) of ``message`` under ``key`` (32 bytes) is good by the rule above."""
    from cryptography.exceptions import InvalidSignature

    loaded = _load(key)
    if loaded is None or len(signature) != 64:
        return False
    try:
        loaded.verify(signature, message)
    except InvalidSignature:
        return False
    return True
