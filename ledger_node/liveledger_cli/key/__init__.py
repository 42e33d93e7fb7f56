"""``liveledger key``."""
