"""``liveledger movement``."""
