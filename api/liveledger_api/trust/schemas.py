"""Typed answers about trust anchors (docs/bundle.md)."""

from __future__ import annotations

from typing import Any

from liveledger_api.answers import Address, Hash, Hex
from liveledger_api.listing import Decimal, Typed


class Member(Typed):
    """A validator: its Ed25519 key and its voting power."""

    pub_key: Hex
    power: Decimal


class Moment(Typed):
    """A time: Unix seconds, and nanoseconds of the second."""

    seconds: Decimal
    nanos: int


class Pin(Typed):
    """A contract: its address, and the hash of its code."""

    address: Address
    code_hash: Hash


class Anchor(Typed):
    """A trust anchor; `genesis_hash` at height 0, `header_hash` at all others."""

    format: str
    chain_id: str
    evm_chain_id: Decimal
    height: Decimal
    genesis_hash: Hash | None = None
    header_hash: Hash | None = None
    validators: list[Member]
    directory: Pin
    contracts: dict[str, Any] | None = None
    valid_until: Moment
    issued_at: Moment
