"""Which contracts a ledger has: the manifest, the directory, versions, and what its numbers stand for."""
