"""Replenishment, out of the chain's events."""
