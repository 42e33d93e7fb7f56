"""``liveledger health``."""
