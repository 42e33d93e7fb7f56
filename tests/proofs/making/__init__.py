"""Makes the vectors of tests/proofs/vectors, the same bytes on every machine: ``python -m tests.proofs.making``."""
