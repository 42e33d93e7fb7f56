"""``liveledger item``."""
