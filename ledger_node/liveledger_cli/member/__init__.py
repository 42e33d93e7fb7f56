"""``liveledger member``."""
