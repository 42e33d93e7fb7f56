"""Accepts EPCIS events: fills in their ids, finds duplicates, links error declarations, salts and hashes them."""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy.orm import Session

from liveledger.domain import event_fields
from liveledger.domain.documents import breach
from liveledger.domain.errors import InvalidInput, LiveLedgerError, NotFound
from liveledger.domain.event_fields import MAX_FIELDS, SALT_BYTES
from liveledger.domain.hashing import canonical_json
from liveledger.messages.json_body import pointer
from liveledger_api.chain_access import ChainAccess
from liveledger_api.database import Database
from liveledger_api.epcis.contexts import STANDARD_CONTEXT, one_context
from liveledger_api.epcis.documents import FoundEvent, refuse_findings
from liveledger_api.epcis.identity import exact_content, hash_id, items_of
from liveledger_api.errors import AlreadyExists
from liveledger_api.problems import EPCIS_TYPES
from liveledger_api.provenance import queries
from liveledger_api.provenance.declarations import declares_error, forms, linked, original_of
from liveledger_api.store.schema import RECEIVED, StoredEvent

NO_HASH = bytes(32)


class EventService:
    """What can be done with EPCIS events. Functions that take a session leave its commit to the caller."""

    def __init__(self, store: Database, chain: ChainAccess) -> None:
        self._store = store
        self._chain = chain
        self.intake = threading.Lock()  # between looking for duplicates and storing, nobody else may store

    def accept_one(self, found: FoundEvent, account: str) -> StoredEvent:
        """Stores one event, ready to be anchored.

        Raises ValidationException, AlreadyExists, RuleViolation or Unavailable; then nothing was written.
        """
        refuse_findings([found])
        with self.intake:
            with self._store.reading() as session:
                event = self.prepare(session, found, account, ())
            self.check_anchor(event)
            with self._store.writing() as session:
                queries.add(session, [event])
        return event

    def prepare(self, session: Session, found: FoundEvent, account: str, others: Sequence[StoredEvent]) -> StoredEvent:
        """The row of a new event; ``others`` are rows of the same capture that are not stored yet.

        An event with an id that is there already is a duplicate, unless one of the two declares the error of the other:
        both are kept, whichever came first. Raises AlreadyExists or InvalidInput.
        """
        _refuse_unprovable(found.event)  # before the hash id: its maker recurses
        event_id = found.event.get("eventID") or hash_id(found.event, found.context)
        document = {**found.event, "eventID": event_id}
        _refuse_unprovable(document)
        items = items_of(document)
        text = canonical_json(document).decode()
        earlier = [*queries.with_event_id(session, event_id), *(row for row in others if row.event_id == event_id)]
        salt = secrets.token_bytes(SALT_BYTES)
        return StoredEvent(
            event_id=event_id,
            ordinal=len(earlier),
            event_hash=event_fields.event_hash(salt, document),
            corrects=_corrected(earlier, document, text, items, found),
            salt=salt,
            document=text,
            context=json.dumps(found.context),
            items=json.dumps(items),
            account=account,
            record_time=time.time(),
            state=RECEIVED,
        )

    def check_anchor(self, event: StoredEvent) -> None:
        """Asks the contract whether it would take the anchor. Raises RuleViolation or Unavailable."""
        declares = event.corrects != NO_HASH and self._chain.is_anchored(event.account, event.corrects)
        corrects = event.corrects if declares else NO_HASH  # one that is on its way is checked when it is there
        self._chain.check_anchor(event.account, event.event_hash, corrects, json.loads(event.items))

    def with_id(self, event_id: str, may_read: Callable[[StoredEvent], bool]) -> list[dict[str, Any]]:
        """The event and then the declarations of its error, whichever came first; those that may be read.

        Raises NotFound, also where none may be.
        """
        with self._store.reading() as session:
            rows = [row for row in queries.with_event_id(session, event_id) if may_read(row)]
            if not rows:
                raise NotFound(f"no event has the id {event_id}", code="no-such-resource")
            original = original_of(rows)
            return [described(row, rows) for row in sorted(rows, key=lambda row: row is not original)]

    def describe(self, event: StoredEvent) -> dict[str, Any]:
        """One stored event, linked to the others of its id."""
        with self._store.reading() as session:
            return described(event, queries.with_event_id(session, event.event_id))


def query_document(events: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Described events as the EPCISQueryDocument that GET /events/{eventID} answers with.

    Contexts that define a name in two ways are not joined: then each event brings its own.
    """
    shared = one_context([event["context"] for event in events])
    listed = [event["event"] if shared else {**event["event"], "@context": event["context"]} for event in events]
    return {
        "@context": shared or STANDARD_CONTEXT,
        "type": "EPCISQueryDocument",
        "schemaVersion": "2.0",
        "creationDate": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "epcisBody": {"queryResults": {"queryName": "SimpleEventQuery", "resultsBody": {"eventList": listed}}},
    }


def described(row: StoredEvent, family: Sequence[StoredEvent]) -> dict[str, Any]:
    """A stored event with what is needed to check its anchor: salt, hash, items; and how far the anchor got.

    ``corrects`` is what the anchor names. A declaration that came before its event cannot name it there: which of the
    rows with the same id (``family``) belong together say ``declaresErrorOf`` and ``errorDeclaredBy``, by their hashes.
    """
    about, by = linked(row, family)
    return {
        "event": json.loads(row.document),
        "context": json.loads(row.context),
        "eventID": row.event_id,
        "eventHash": "0x" + row.event_hash.hex(),
        "salt": "0x" + row.salt.hex(),
        "corrects": "0x" + row.corrects.hex(),
        "declaresErrorOf": None if about is None else "0x" + about.event_hash.hex(),
        "errorDeclaredBy": ["0x" + declaration.event_hash.hex() for declaration in by],
        "items": json.loads(row.items),
        "state": row.state,
        "refusal": row.refusal,
        "block": None if row.block is None else str(row.block),
    }


def located(error: LiveLedgerError, found: FoundEvent) -> dict[str, Any]:
    """An event's error as an entry of a capture job, with the path of the event where the error names none."""
    return {
        "type": EPCIS_TYPES.get(error.stable_code, f"urn:liveledger:problem:{error.stable_code}"),
        "title": type(error).__name__,
        "status": error.http_status,
        "detail": error.message,
        "path": error.details.get("path") or pointer(*found.path) + error.details.get("pointer", ""),
    }


def _corrected(
    earlier: Sequence[StoredEvent], document: dict[str, Any], text: str, items: list[str], found: FoundEvent
) -> bytes:
    """The hash that the anchor of an event names as the one in error. ``earlier``: the rows with the event's id.

    NO_HASH where the event declares none, or one that is not here yet.

    Raises AlreadyExists for a duplicate, InvalidInput for a declaration of other items than those of its event.
    """
    original = original_of(earlier)
    declares = declares_error(document)
    if any(row.document == text for row in earlier) or (original and not declares):
        raise _exists(document["eventID"], found) if original is None else _taken(original, found)
    if not declares or original is None:
        return NO_HASH
    named = json.loads(original.items)
    if forms(named) != forms(items):
        odd = ", ".join(sorted(forms(named) ^ forms(items))[:3])
        raise InvalidInput(
            f"the error declaration names other items than the event {document['eventID']}: only one of them has {odd}",
            hint="an error declaration repeats the event; put what is right into a corrective event",
            path=pointer(*found.path),
        )
    return original.event_hash


def _refuse_unprovable(event: dict[str, Any]) -> None:
    """Raises InvalidInput for an event that could be anchored but never shown in a proof."""
    if (count := event_fields.count(event)) > MAX_FIELDS:
        raise InvalidInput(
            f"the event has {count} fields, items of its lists counted one by one; {MAX_FIELDS} are the limit",
            hint="no proof could hold it: split what is large",
        )
    broken = breach(event)
    if broken:
        raise InvalidInput(
            f"the event {broken.sentence}",
            hint="no proof could hold it: write large numbers as text, split what is large",
            pointer=pointer(*broken.path),
        )


def _taken(original: StoredEvent, found: FoundEvent) -> InvalidInput | AlreadyExists:
    """Why an event is not kept beside the one that has its id: it is a duplicate, or has one hash id with another."""
    if "eventID" not in found.event:
        stored = json.loads(original.document), json.loads(original.context)
        if exact_content(*stored) != exact_content(found.event, found.context):
            return InvalidInput(
                f"the event's hash id, {original.event_id}, is that of another event, captured before: it has some 16"
                " digits of a number",
                hint="give it an eventID, for example urn:uuid:…; GS1's own algorithm cannot tell the two apart",
                code="hash-id-taken",
                path=pointer(*found.path) or "/eventID",
            )
    return _exists(original.event_id, found)


def _exists(event_id: str, found: FoundEvent) -> AlreadyExists:
    return AlreadyExists(
        f"an event with the id {event_id} was captured before",
        hint="events are never overwritten: declare the error of the old one and capture a corrective event",
        path=pointer(*found.path) or "/eventID",
    )
