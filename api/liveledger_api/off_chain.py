"""What this member keeps beside the ledger, in the form in which the prover asks for it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from liveledger_api.database import Database
from liveledger_api.events import queries as event_queries
from liveledger_api.readings import queries as reading_queries


class StoredOffChain:
    """Documents and readings of the owned store."""

    def __init__(self, store: Database) -> None:
        self._store = store

    def document(self, event_hash: bytes) -> tuple[bytes, dict[str, Any]] | None:
        """Salt and EPCIS event of an anchored hash; None when this member does not hold it."""
        with self._store.reading() as session:
            found = event_queries.with_hash(session, event_hash)
            return None if found is None else (found.salt, json.loads(found.document))

    def readings(self, readings_root: bytes) -> Sequence[tuple[int, int]] | None:
        """All readings below a reported root; None when this member does not hold them."""
        with self._store.reading() as session:
            found = reading_queries.below(session, readings_root)
            return None if found is None else [(at, milli) for at, milli in json.loads(found.readings)]
