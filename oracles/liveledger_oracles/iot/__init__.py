"""Readings of devices: batches with a Merkle root, excursions, proofs of one reading."""
