"""``liveledger sku``."""
