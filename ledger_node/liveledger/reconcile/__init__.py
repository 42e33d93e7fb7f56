"""Snapshots of warehouse systems, shops and platforms beside the ledger's stock (docs/reconcile.md)."""
