"""Property tests here have no deadline: the machine is shared, and speed is measured elsewhere."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("proofs", deadline=None, max_examples=60)
settings.load_profile("proofs")
