"""``liveledger replenish``."""
