"""``liveledger network``."""
