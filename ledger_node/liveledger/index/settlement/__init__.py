"""Settlements, out of the chain's events."""
