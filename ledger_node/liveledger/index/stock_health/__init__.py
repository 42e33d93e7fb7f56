"""Capital of brands, out of the chain's events."""
