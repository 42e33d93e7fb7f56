"""Capture jobs: ``rollback`` stores all events of a body or none, ``proceed`` stores the good ones."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Collection
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from typing import Any

from liveledger.domain.errors import InvalidInput, LiveLedgerError, NotFound, TooLarge, Unavailable
from liveledger.messages import json_body
from liveledger.messages.checks import Finding
from liveledger_api.capture import queries
from liveledger_api.database import Database, ReadSession
from liveledger_api.epcis.documents import FoundEvent, read_document
from liveledger_api.loops import Turns
from liveledger_api.provenance import queries as event_queries
from liveledger_api.provenance.declarations import declares_error
from liveledger_api.provenance.service import EventService, located
from liveledger_api.store.schema import CaptureJob, StoredEvent

_SHOWN_JOBS = 30
_RETRY_SECONDS = 5


class Behaviour(StrEnum):
    """What to do with the good events of a body that has bad ones as well (GS1-Capture-Error-Behaviour)."""

    ROLLBACK = "rollback"
    PROCEED = "proceed"


class CaptureService:
    """Accepts bodies and works them off, one at a time, in the order in which they came."""

    def __init__(self, store: Database, events: EventService, max_events: int, max_open: int = 64) -> None:
        self._store = store
        self._events = events
        self._max_events = max_events
        self._max_open = max_open

    def accept(self, body: bytes, account: str, behaviour: Behaviour) -> str:
        """Keeps a body and returns the id of its job.

        Raises MalformedJson, ValidationException (the envelope breaks the form), TooLarge (too many events) or
        Unavailable (too many jobs wait).
        """
        count = len(read_document(json_body.parse(body, repeated=[])))
        if count > self._max_events:
            raise TooLarge(
                f"the document holds {count} events, the limit is {self._max_events}",
                hint="split the document",
                code="capture-limit",
                limit=self._max_events,
            )
        job = CaptureJob(id=uuid.uuid4().hex, account=account, behaviour=behaviour, body=body, created_at=time.time())
        with self._store.writing() as session:
            if queries.count_open(session) >= self._max_open:
                raise Unavailable(
                    f"{self._max_open} capture jobs wait already",
                    hint="send it again later; GET /health/ready says what holds them up",
                    retry_after=_RETRY_SECONDS,
                )
            queries.add(session, job)
            return job.id

    def work_off(self) -> int:
        """Runs every unfinished job; returns how many were finished.

        Raises NodeUnreachable while the node is away. Any other trouble that may pass holds up the account's later jobs
        only, because those may rest on it, and is raised once the other accounts had their turn.
        """
        with self._store.reading() as session:
            jobs = queries.open_jobs(session)
        turns = Turns("captures")
        held: set[str] = set()
        done = 0
        for job_id, account in jobs:
            if account in held:
                continue
            if turns.take(job_id, partial(self._run, job_id)):
                done += 1
            else:
                held.add(account)
        turns.finish()
        return done

    def status(self, job_id: str, accounts: Collection[str] | None = None) -> dict[str, Any]:
        """A job as EPCIS describes it, with the ids and anchors of its events; of one of the ``accounts``, if named.

        Raises NotFound.
        """
        with self._store.reading() as session:
            job = queries.by_id(session, job_id)
            if job is None or (accounts is not None and job.account not in accounts):
                raise NotFound(f"there is no capture job {job_id}", code="no-such-resource")
            return _described(session, job)

    def newest(self, accounts: Collection[str] | None = None) -> list[dict[str, Any]]:
        """The newest jobs, of ``accounts`` alone if some are named."""
        with self._store.reading() as session:
            return [_described(session, job) for job in queries.page(session, _SHOWN_JOBS, accounts)]

    def _run(self, job_id: str) -> bool:
        warnings: list[str] = []
        errors: list[dict[str, Any]] = []
        with self._store.reading() as session:
            job = queries.by_id(session, job_id)
        if job is None:
            return True
        found = _found_again(job.body, warnings, errors)
        notes = [f"the name {name!r} stands twice in one object; its last value counts" for name in warnings]
        with self._events.intake:
            with self._store.reading() as session:
                rows = self._prepare_all(session, found, job, errors)
            if errors and job.behaviour == Behaviour.ROLLBACK:
                rows = []
            with self._store.writing() as session:
                event_queries.add(session, rows)
                queries.finish(session, job.id, time.time(), errors, notes)
        return True

    def _prepare_all(
        self, session: ReadSession, found: list[FoundEvent], job: CaptureJob, errors: list[dict[str, Any]]
    ) -> list[StoredEvent]:
        rows: dict[int, StoredEvent] = {}
        refused: dict[int, list[dict[str, Any]]] = {}
        # An event before the declaration of its error: the anchor of the declaration can name it then.
        for place in sorted(range(len(found)), key=lambda place: declares_error(found[place].event)):
            event = found[place]
            if event.findings:
                refused[place] = [_entry(finding) for finding in event.findings]
                continue
            try:
                row = self._events.prepare(session, event, job.account, list(rows.values()))
                self._events.check_anchor(row)
            except LiveLedgerError as error:
                # Trouble of the node or of this machine says nothing about the event: the job is tried again.
                if error.http_status >= 500:
                    raise
                refused[place] = [located(error, event)]
            else:
                row.job_id = job.id
                rows[place] = row
        errors += [entry for place in sorted(refused) for entry in refused[place]]
        return [rows[place] for place in sorted(rows)]


def behaviour_of(header: str | None) -> Behaviour:
    """The behaviour that a header asks for; rollback without one. Raises InvalidInput."""
    try:
        return Behaviour(header or Behaviour.ROLLBACK)
    except ValueError:
        raise InvalidInput(
            f"GS1-Capture-Error-Behaviour is rollback or proceed, not {str(header)[:40]!r}", header=str(header)[:40]
        ) from None


def _found_again(body: bytes, warnings: list[str], errors: list[dict[str, Any]]) -> list[FoundEvent]:
    """The events of a body that was accepted; a newer version may have stricter limits than the one that did."""
    try:
        return read_document(json_body.parse(body, repeated=warnings))
    except LiveLedgerError as error:
        if error.http_status >= 500:
            raise
        errors.append(_entry(Finding(str(error.details.get("path", "")), error.message)))
        return []


def _entry(finding: Finding) -> dict[str, Any]:
    kind = "epcisException:ValidationException"
    found = finding.as_dict()
    return {"type": kind, "title": "ValidationException", "status": 400, "detail": found.pop("message"), **found}


def _described(session: ReadSession, job: CaptureJob) -> dict[str, Any]:
    stored = event_queries.of_job(session, job.id)
    return {
        "captureID": job.id,
        "createdAt": _moment(job.created_at),
        "finishedAt": _moment(job.finished_at) if job.finished_at else None,
        "running": job.finished_at is None,
        "success": job.success,
        "captureErrorBehaviour": job.behaviour,
        "errors": json.loads(job.errors),
        "warnings": json.loads(job.warnings),
        "events": [
            {"eventID": row.event_id, "eventHash": "0x" + row.event_hash.hex(), "state": row.state} for row in stored
        ],
    }


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
