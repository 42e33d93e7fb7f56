"""Accuracy: how the ledger and outside systems agree on what a place holds."""
