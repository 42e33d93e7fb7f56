"""The derived index as the prover's port."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy
from sqlalchemy.orm import Session

from liveledger.domain.streams import Leaf
from liveledger.index import queries
from liveledger.proving.errors import ProofPending
from liveledger.proving.ports import BatchPlace


class StoredIndex:
    """Implements ``IndexPort`` over the index's tables."""

    def __init__(self, engine: sqlalchemy.Engine) -> None:
        self._engine = engine
