"""``liveledger location``."""
