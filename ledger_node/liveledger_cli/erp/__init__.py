"""``liveledger erp``."""
