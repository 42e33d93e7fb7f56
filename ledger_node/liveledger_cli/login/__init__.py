"""``liveledger login``."""
