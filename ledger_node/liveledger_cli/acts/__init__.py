"""``liveledger acts``."""
