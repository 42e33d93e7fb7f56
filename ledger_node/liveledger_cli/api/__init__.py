"""``liveledger api``."""
