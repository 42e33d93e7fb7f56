"""Capture jobs: ``rollback`` stores all events of a body or none, ``proceed`` stores the good ones."""

from __future__ import annotations

import json
import time
import uuid
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from liveledger.domain.errors import InvalidInput, LiveLedgerError, NotFound, TooLarge, Unavailable

from liveledger_api import jsonbody
from liveledger_api.capture import queries
from liveledger_api.database import Database, ReadSession
from liveledger_api.epcis.documents import FoundEvent, read_document
from liveledger_api.events import queries as event_queries
from liveledger_api.events.service import EventService, located
from liveledger_api.store.schema import CaptureJob, StoredEvent

_SHOWN_JOBS = 30


class Behaviour(StrEnum):
    """What to do with the good events of a body that has bad ones as well (GS1-Capture-Error-Behaviour)."""

    ROLLBACK = "rollback"
    PROCEED = "proceed"


class CaptureService:
    """Accepts bodies and works them off, one at a time, in the order in which they came."""

    def __init__(self, store: Database, events: EventService, max_events: int) -> None:
        self._store = store
        self._events = events
        self._max_events = max_events

    def accept(self, body: bytes, account: str, behaviour: Behaviour) -> str:
        """Keeps a body and returns the id of its job.

        Raises MalformedJson, ValidationException (the envelope breaks the form) or TooLarge (too many events).
        """
        count = len(read_document(jsonbody.parse(body, repeated=[])))
        if count > self._max_events:
            raise TooLarge(
                f"the document holds {count} events, the limit is {self._max_events}",
                hint="split the document",
                code="capture-limit",
                limit=self._max_events,
            )
        job = CaptureJob(id=uuid.uuid4().hex, account=account, behaviour=behaviour, body=body, created_at=time.time())
        with self._store.writing() as session:
            queries.add(session, job)
            return job.id

    def work_off(self) -> int:
        """Runs every unfinished job; returns how many were finished. Raises Unavailable while the node is away."""
        with self._store.reading() as session:
            jobs = queries.running(session)
        for job in jobs:
            self._run(job)
        return len(jobs)

    def status(self, job_id: str) -> dict[str, Any]:
        """A job as EPCIS describes it, with the ids and anchors of its events. Raises NotFound."""
        with self._store.reading() as session:
            job = queries.by_id(session, job_id)
            if job is None:
                raise NotFound(f"there is no capture job {job_id}", code="no-such-resource")
            return _described(session, job)

    def newest(self) -> list[dict[str, Any]]:
        """The newest jobs."""
        with self._store.reading() as session:
            return [_described(session, job) for job in queries.page(session, _SHOWN_JOBS)]

    def _run(self, job: CaptureJob) -> None:
        warnings: list[str] = []
        found = read_document(jsonbody.parse(job.body, repeated=warnings))
        notes = [f"the name {name!r} stands twice in one object; its last value counts" for name in warnings]
        errors: list[dict[str, Any]] = []
        with self._events.intake:
            with self._store.reading() as session:
                rows = self._prepare_all(session, found, job, errors)
            if errors and job.behaviour == Behaviour.ROLLBACK:
                rows = []
            with self._store.writing() as session:
                event_queries.add(session, rows)
                queries.finish(session, job.id, time.time(), errors, notes)

    def _prepare_all(
        self, session: ReadSession, found: list[FoundEvent], job: CaptureJob, errors: list[dict[str, Any]]
    ) -> list[StoredEvent]:
        rows: list[StoredEvent] = []
        for event in found:
            if event.findings:
                errors += [_entry(finding.path, finding.message) for finding in event.findings]
                continue
            try:
                row = self._events.prepare(session, event, job.account, rows)
                self._events.check_anchor(row)
            except Unavailable:
                raise
            except LiveLedgerError as error:
                errors.append(located(error, event))
            else:
                row.job_id = job.id
                rows.append(row)
        return rows


def behaviour_of(header: str | None) -> Behaviour:
    """The behaviour that a header asks for; rollback without one. Raises InvalidInput."""
    try:
        return Behaviour(header or Behaviour.ROLLBACK)
    except ValueError:
        raise InvalidInput(
            f"GS1-Capture-Error-Behaviour is rollback or proceed, not {str(header)[:40]!r}", header=str(header)[:40]
        ) from None


def _entry(path: str, message: str) -> dict[str, Any]:
    kind = "epcisException:ValidationException"
    return {"type": kind, "title": "ValidationException", "status": 400, "detail": message, "path": path}


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
