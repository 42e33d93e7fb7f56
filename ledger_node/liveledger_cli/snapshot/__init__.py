"""``liveledger snapshot``."""
