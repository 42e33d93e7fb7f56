"""``liveledger contract``."""
