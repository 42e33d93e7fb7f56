"""Limits of a block that several rules rest on."""

from __future__ import annotations

# Gas of a block; part of the rules whose version stands in `block_rules`.
GAS_LIMIT = 400_000_000
