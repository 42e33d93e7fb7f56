"""All SQL on capture jobs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, update

from liveledger_api.database import ReadSession, WriteSession
from liveledger_api.store.schema import CaptureJob


def by_id(session: ReadSession, job_id: str) -> CaptureJob | None:
    """One job."""
    return session.get(CaptureJob, job_id)


def page(session: ReadSession, limit: int) -> Sequence[CaptureJob]:
    """The newest jobs, newest first."""
    return session.scalars(select(CaptureJob).order_by(CaptureJob.created_at.desc()).limit(limit)).all()


def running(session: ReadSession) -> Sequence[CaptureJob]:
    """Jobs that are not finished, oldest first."""
    chosen = select(CaptureJob).where(CaptureJob.finished_at.is_(None)).order_by(CaptureJob.created_at)
    return session.scalars(chosen).all()


def add(session: WriteSession, job: CaptureJob) -> None:
    """Adds a new job."""
    session.add(job)


def finish(session: WriteSession, job_id: str, at: float, errors: list[dict[str, Any]], warnings: list[str]) -> None:
    """Ends a job; the body is not kept any longer, its events are."""
    values = {
        "finished_at": at,
        "success": not errors,
        "errors": json.dumps(errors, ensure_ascii=False),
        "warnings": json.dumps(warnings, ensure_ascii=False),
        "body": b"",
    }
    session.execute(update(CaptureJob).where(CaptureJob.id == job_id).values(**values))
