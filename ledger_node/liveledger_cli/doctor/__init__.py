"""``liveledger doctor``."""
