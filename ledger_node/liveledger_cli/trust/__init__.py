"""``liveledger trust``."""
