"""POST /readings and a proven reading."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response

from liveledger_api.answers import Answer
from liveledger_api.readings.schemas import ProvenReading, ReadingsKept
from liveledger_api.requests import Body, PartsOf, Seconds, Want, Who, body_schema, hex_of, json_only
from liveledger_api.verified import respond

router = APIRouter(tags=["Readings"])


_BODY = body_schema(
    "application/json", description="`device` (32 bytes in hex) and `readings`: [[seconds, thousandths]]"
)


@router.post(
    "/readings", status_code=201, dependencies=[Depends(json_only)], openapi_extra=_BODY, response_model=ReadingsKept
)
def keep(parts: PartsOf, body: Body, who: Who) -> dict[str, Any]:
    """Keeps a batch's readings beside the ledger; its root is what a feed reports."""
    parts.door.parties.require_here(who)
    return parts.readings.keep(body)


@router.get("/feeds/{feed:code}/reports/{sequence}/readings", response_model=Answer[ProvenReading])
def reading(
    parts: PartsOf,
    feed: str,
    sequence: int,
    device: Annotated[str, Query(description="Device id, 32 bytes in hex")],
    time: Annotated[Seconds, Query(description="Time of the reading in Unix seconds")],
    want: Want,
) -> Response:
    """One reading of a device, below the root that the feed reported."""
    hex_of(feed, 32, "feed id")
    hex_of(device, 32, "device id")
    parameters = {"feed": feed, "sequence": str(sequence), "device": device, "time": str(time)}
    return respond(parts, want, {"view": "reading/1", "parameters": parameters}, missing=_missing)


def _missing(answer: dict[str, Any]) -> str | None:
    if not answer["known_report"]:
        return "the feed has no such report"
    return None if answer["device_matches"] else "the report is of another device"
