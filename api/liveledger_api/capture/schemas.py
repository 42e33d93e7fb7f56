"""Typed answers about capture jobs, with the names that EPCIS gives."""

from __future__ import annotations

from liveledger_api.answers import Hash, example
from liveledger_api.listing import Typed


class Accepted(Typed):
    """The job that tells what becomes of a document."""

    model_config = example(captureID="0f" * 16)

    captureID: str  # noqa: N815 -- EPCIS


class CaptureError(Typed):
    """Why an event was not taken, and where it stands in the document."""

    type: str
    title: str
    status: int
    detail: str
    path: str
    code: str | None = None


class CapturedEvent(Typed):
    """An event that was taken, and how far its anchor got."""

    eventID: str  # noqa: N815 -- EPCIS
    eventHash: Hash  # noqa: N815
    state: str


class CaptureJob(Typed):
    """A capture job; `finishedAt` is null while it runs."""

    model_config = example(
        captureID="0f" * 16,
        createdAt="2026-11-11T12:00:00.000Z",
        finishedAt=None,
        running=True,
        success=True,
        captureErrorBehaviour="rollback",
        errors=[],
        warnings=[],
        events=[],
    )

    captureID: str  # noqa: N815 -- EPCIS
    createdAt: str  # noqa: N815
    finishedAt: str | None  # noqa: N815
    running: bool
    success: bool
    captureErrorBehaviour: str  # noqa: N815
    errors: list[CaptureError]
    warnings: list[str]
    events: list[CapturedEvent]
