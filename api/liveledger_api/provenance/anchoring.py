"""Hands stored events to the sender, oldest first: stored means that the anchor will be sent, even after a crash."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import partial

import structlog

from liveledger.chain.outbox.sender import Sender
from liveledger.chain.rpc.transport import RpcError
from liveledger.domain.errors import RuleViolation
from liveledger_api.chain_access import ChainAccess
from liveledger_api.database import Database
from liveledger_api.loops import Turns
from liveledger_api.provenance import queries
from liveledger_api.provenance.service import NO_HASH
from liveledger_api.store.schema import ACKNOWLEDGED, RECEIVED, REFUSED, StoredEvent

_BATCH = 200
_log = structlog.get_logger(__name__)


class Anchoring:
    """Brings stored events onto the chain; a step that was cut off is simply taken again."""

    def __init__(self, store: Database, chain: ChainAccess) -> None:
        self._store = store
        self._chain = chain

    def submit_received(self) -> None:
        """Puts what waits, and can go, into the outbox.

        Raises NodeUnreachable while the node is away, any other error once all events had their turn.
        """
        turns = Turns("anchors to submit")
        for page in self._pages(RECEIVED):
            done = [event.id for event in page if turns.take(event.event_id, partial(self._submit_due, event))]
            if done:
                with self._store.writing() as session:
                    queries.mark_acknowledged(session, done)
        turns.finish()

    def record_final(self) -> None:
        """Records which anchors are final, and why one was refused. Raises as `submit_received` does."""
        turns = Turns("anchors to record")
        for page in self._pages(ACKNOWLEDGED):
            for event in page:
                turns.take(event.event_id, partial(self._record, event))
        turns.finish()

    def _pages(self, state: str) -> Iterator[Sequence[StoredEvent]]:
        """All events in a state, oldest first, so many at a time: those that must wait do not hide later ones."""
        after = 0
        while True:
            with self._store.reading() as session:
                page = queries.in_state(session, state, _BATCH, after=after)
            if not page:
                return
            after = page[-1].id
            yield page

    def _submit_due(self, event: StoredEvent) -> bool:
        if self._corrects_refused(event):
            self._refuse(event, RuleViolation("the event in error was refused by the ledger itself"))
            return False
        return self._is_due(event) and self._submit(event)

    def _record(self, event: StoredEvent) -> None:
        sender = self._chain.sender(event.account)
        outcome = sender.outcome(anchor_key(event))
        if outcome is None:
            return
        if outcome.status == 1:
            with self._store.writing() as session:
                queries.mark_anchored(session, event.id, outcome.block)
        else:
            self._refuse(event, _reason(sender, event, outcome.block))

    def _corrects_refused(self, event: StoredEvent) -> bool:
        if event.corrects == NO_HASH:
            return False
        with self._store.reading() as session:
            first = queries.with_hash(session, event.corrects)
        return first is not None and first.state == REFUSED

    def _is_due(self, event: StoredEvent) -> bool:
        """A declaration of an error goes out only once the event in error is on the chain."""
        return event.corrects == NO_HASH or self._chain.is_anchored(event.account, event.corrects)

    def _submit(self, event: StoredEvent) -> bool:
        try:
            self._chain.submit_anchor(
                event.account, anchor_key(event), event.event_hash, event.corrects, json.loads(event.items)
            )
        except RuleViolation as refusal:
            self._refuse(event, refusal)
            return False
        return True

    def _refuse(self, event: StoredEvent, refusal: RuleViolation) -> None:
        _log.error("anchor_refused", event_id=event.event_id, reason=str(refusal))
        with self._store.writing() as session:
            queries.mark_refused(session, event.id, str(refusal))


def _reason(sender: Sender, event: StoredEvent, block: int) -> RuleViolation:
    try:
        return sender.reason(anchor_key(event))
    except RpcError as error:
        # A node keeps old states for a while only; that the anchor was refused is certain without them.
        _log.warning("reason_unreadable", event_id=event.event_id, block=block, reason=error.reason)
        return RuleViolation(f"block {block} refused the anchor; the node cannot tell the reason any more")


def anchor_key(event: StoredEvent) -> str:
    """The idempotency key of an event's anchor: its id, and which declaration it is."""
    return f"event/{event.event_id}/{event.ordinal}/{event.event_hash.hex()[:16]}"
