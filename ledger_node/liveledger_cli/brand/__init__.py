"""``liveledger brand``."""
