"""Hands stored events to the sender, oldest first: stored means that the anchor will be sent, even after a crash."""

from __future__ import annotations

import json
import threading

import structlog

from liveledger.domain.errors import RuleViolation
from liveledger_api.chain_access import ChainAccess
from liveledger_api.database import Database
from liveledger_api.events import queries
from liveledger_api.events.service import NO_HASH
from liveledger_api.store.schema import StoredEvent

_BATCH = 200
_log = structlog.get_logger(__name__)


class Anchoring:
    """Anchors what is stored; safe to call from several threads and again after a crash."""

    def __init__(self, store: Database, chain: ChainAccess) -> None:
        self._store = store
        self._chain = chain
        self._lock = threading.Lock()

    def step(self) -> int:
        """Submits what waits and can go; returns how many went. Raises Unavailable while the node is away."""
        with self._lock:
            with self._store.reading() as session:
                waiting = queries.unanchored(session, _BATCH)
            return sum(self._submit(event) for event in waiting if self._is_due(event))

    def _is_due(self, event: StoredEvent) -> bool:
        """A declaration of an error goes out only once the event in error is on the chain."""
        return event.corrects == NO_HASH or self._chain.is_anchored(event.corrects)

    def _submit(self, event: StoredEvent) -> bool:
        key = f"event/{event.event_id}/{event.ordinal}/{event.event_hash.hex()[:16]}"
        try:
            self._chain.submit_anchor(event.account, key, event.event_hash, event.corrects, json.loads(event.items))
        except RuleViolation as refusal:
            _log.error("anchor_refused", event_id=event.event_id, reason=refusal.message)
            with self._store.writing() as session:
                queries.mark_refused(session, event.id, refusal.message)
            return False
        with self._store.writing() as session:
            queries.mark_acknowledged(session, event.id)
        return True
