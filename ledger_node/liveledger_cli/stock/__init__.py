"""``liveledger stock``."""
