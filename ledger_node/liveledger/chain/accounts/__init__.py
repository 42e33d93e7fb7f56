"""Keys that sign transactions: where they are kept, encrypted, and how their passphrases come."""
