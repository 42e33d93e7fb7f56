"""Stock, out of the chain's events."""
