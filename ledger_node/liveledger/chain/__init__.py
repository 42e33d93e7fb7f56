"""Talking to a node of the ledger: reads that name their block, and one way to write, exactly once."""
