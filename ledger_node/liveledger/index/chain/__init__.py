"""The chain itself, out of the chain's events."""
