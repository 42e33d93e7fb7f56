"""``liveledger deploy``."""
