"""POST /capture, GET /capture and GET /capture/{id} of the EPCIS 2.0 REST binding."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Response

from liveledger_api.capture.schemas import Accepted, CaptureJob
from liveledger_api.capture.service import behaviour_of
from liveledger_api.requests import AccountOf, Body, PartsOf, Who, body_schema, json_only

router = APIRouter(prefix="/capture", tags=["EPCIS"])


_BODY = body_schema("application/json", "application/ld+json", description="An EPCISDocument or EPCISQueryDocument")


@router.post("", status_code=202, dependencies=[Depends(json_only)], openapi_extra=_BODY, response_model=Accepted)
def capture(
    parts: PartsOf,
    body: Body,
    account: AccountOf,
    response: Response,
    behaviour: Annotated[str | None, Header(alias="GS1-Capture-Error-Behaviour")] = None,
) -> dict[str, Any]:
    """Takes an EPCISDocument (or an EPCISQueryDocument); its job tells what became of it."""
    job_id = parts.capture.accept(body, account, behaviour_of(behaviour))
    parts.workers.nudge()
    response.headers["Location"] = f"/capture/{job_id}"
    return {"captureID": job_id}


@router.get("", response_model=list[CaptureJob], response_model_exclude_unset=True)
def jobs(parts: PartsOf, who: Who) -> list[dict[str, Any]]:
    """The newest capture jobs of the caller's organisation."""
    return parts.capture.newest(parts.door.parties.labels_of(who))


@router.get("/{job_id:code}", response_model=CaptureJob, response_model_exclude_unset=True)
def job(parts: PartsOf, job_id: str, who: Who) -> dict[str, Any]:
    """A capture job of the caller's organisation, with the path of each error and the state of each event."""
    return parts.capture.status(job_id, parts.door.parties.labels_of(who))
