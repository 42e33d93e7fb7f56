"""All SQL on capture jobs."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import func, select, update

from liveledger_api.database import ReadSession, WriteSession
from liveledger_api.store.schema import CaptureJob


def by_id(session: ReadSession, job_id: str) -> CaptureJob | None:
    """One job."""
    return session.get(CaptureJob, job_id)


def page(session: ReadSession, limit: int, accounts: Collection[str] | None) -> Sequence[CaptureJob]:
    """The newest jobs (of these accounts), newest first."""
    chosen = select(CaptureJob)
    if accounts is not None:
        chosen = chosen.where(CaptureJob.account.in_(accounts))
    return session.scalars(chosen.order_by(CaptureJob.created_at.desc()).limit(limit)).all()


def open_jobs(session: ReadSession) -> list[tuple[str, str]]:
    """Id and account of the jobs that are not finished, oldest first; their bodies are read one at a time."""
    chosen = select(CaptureJob.id, CaptureJob.account).where(CaptureJob.finished_at.is_(None))
    return [(row.id, row.account) for row in session.execute(chosen.order_by(CaptureJob.created_at))]


def count_open(session: WriteSession) -> int:
    """Number of jobs that are not finished."""
    return session.scalar(select(func.count()).where(CaptureJob.finished_at.is_(None))) or 0


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
