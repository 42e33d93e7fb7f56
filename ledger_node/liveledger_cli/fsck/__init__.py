"""``liveledger fsck``."""
