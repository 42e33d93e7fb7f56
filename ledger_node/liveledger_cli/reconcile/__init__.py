"""``liveledger reconcile``."""
