"""LiveLedger: a consortium ledger whose answers prove themselves."""
