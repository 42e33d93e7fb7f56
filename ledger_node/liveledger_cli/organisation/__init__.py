"""``liveledger organisation``."""
