"""``liveledger returns``."""
