"""``liveledger correction``."""
