"""``liveledger lot``."""
