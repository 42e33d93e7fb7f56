"""Reports of oracles, out of the chain's events."""
