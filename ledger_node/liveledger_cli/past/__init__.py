"""``liveledger past``."""
