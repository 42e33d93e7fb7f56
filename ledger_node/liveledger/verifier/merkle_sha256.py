"""CometBFT's Merkle tree: RFC 6962's shape over SHA-256."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence


def sha256(data: bytes) -> bytes:
    """SHA-256 of ``data``."""
    return hashlib.sha256(data).digest()


def root(items: Sequence[bytes]) -> bytes:
    """Root over ``items``: leaf prefix 00, inner prefix 01, split at the largest power of two below n."""
    if not items:
        return sha256(b"")
    level = [sha256(b"\x00" + item) for item in items]
    while len(level) > 1:  # an odd last node moves up unchanged: the same tree as the recursive split
        pairs = [sha256(b"\x01" + level[i] + level[i + 1]) for i in range(0, len(level) - 1, 2)]
        level = pairs + level[len(pairs) * 2 :]
    return level[0]
