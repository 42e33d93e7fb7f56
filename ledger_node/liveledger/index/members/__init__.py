"""Who the members are, out of the chain's events."""
