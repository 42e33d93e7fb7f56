"""Members with keys that were made for a test."""

from __future__ import annotations

import hashlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from liveledger.node.descriptors import write_card
from liveledger.node.network import Member


def secret(seed: int) -> Ed25519PrivateKey:
    """The validator key of the member number ``seed``."""
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"validator %d" % seed).digest())


def member(seed: int, *, host: str | None = None, power: int = 10) -> Member:
    """The member number ``seed``: the same keys at every call."""
    return Member(
        name=f"member{seed}",
        node_id=hashlib.sha256(b"node %d" % seed).hexdigest()[:40],
        validator_key=secret(seed).public_key().public_bytes_raw().hex(),
        power=power,
        host=host or f"192.0.2.{seed + 1}",
        consensus_p2p=26_604,
    )


def card(seed: int, *, host: str | None = None, power: int = 10) -> bytes:
    """The signed card of the member number ``seed``."""
    return write_card(member(seed, host=host, power=power), secret(seed))
