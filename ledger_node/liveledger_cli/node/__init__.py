"""``liveledger node``."""
