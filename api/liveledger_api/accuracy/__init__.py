"""How well outside systems and the ledger agree."""
