"""``liveledger engine``."""
