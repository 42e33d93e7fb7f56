"""``liveledger accuracy``."""
