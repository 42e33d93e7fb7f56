"""``liveledger signer``."""
