"""``liveledger verify``."""
