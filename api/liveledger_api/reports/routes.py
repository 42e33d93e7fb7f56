"""GET /feeds/{id}/reports."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from liveledger_api.answers import Answer
from liveledger_api.reports.schemas import Reports
from liveledger_api.requests import PartsOf, Want, hex_of
from liveledger_api.verified import respond

router = APIRouter(prefix="/feeds", tags=["Reports"])


@router.get("/{feed:code}/reports", response_model=Answer[Reports])
def reports(
    parts: PartsOf,
    feed: str,
    want: Want,
    first: Annotated[int, Query(ge=0, lt=1 << 62)] = 0,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 100,
) -> Response:
    """A page of a feed's reports (feed id: 32 bytes in hex) with their payloads."""
    hex_of(feed, 32, "feed id")
    parameters = {"feed": feed, "first": str(first), "limit": str(limit)}
    return respond(parts, want, {"view": "reports/1", "parameters": parameters}, missing=_none)


def _none(answer: dict[str, Any]) -> str | None:
    return "the feed has no report" if answer["count"] == "0" else None
