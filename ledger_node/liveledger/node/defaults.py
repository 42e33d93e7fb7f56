"""What holds of a node where nothing else is said."""

from __future__ import annotations

VALIDATOR_POWER = 10
"""Voting power that a validator asks for."""
