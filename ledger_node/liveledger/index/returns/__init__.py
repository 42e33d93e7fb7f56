"""Returned goods, out of the chain's events."""
