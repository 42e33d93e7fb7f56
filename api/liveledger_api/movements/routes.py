"""POST /movements and the state of one message."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from liveledger_api.movements.messages import FIELDS, read_messages
from liveledger_api.problems import UnsupportedMediaType
from liveledger_api.requests import JSON_TYPES, NDJSON_TYPES, AccountOf, Body, MediaType, PartsOf, body_schema

router = APIRouter(prefix="/movements", tags=["Movements"])


_BODY = body_schema(
    "application/json",
    "application/x-ndjson",
    description=f"Movements with the fields {', '.join(FIELDS)}; places are GLNs, times RFC 3339",
)


@router.post("", status_code=202, openapi_extra=_BODY)
def post(
    parts: PartsOf,
    body: Body,
    kind: MediaType,
    account: AccountOf,
    response: Response,
    dry_run: Annotated[bool, Query(description="Check everything, write nothing")] = False,
    park: Annotated[bool, Query(description="What came before its cause waits for it, ten minutes at most")] = True,
) -> dict[str, Any]:
    """Takes movements as JSON (one or a list) or NDJSON. When this answers they are on disk and will be posted once."""
    if kind not in JSON_TYPES | NDJSON_TYPES:
        raise UnsupportedMediaType(f"{kind} is not read here", hint="send application/json or application/x-ndjson")
    messages = read_messages(body, one_a_line=kind in NDJSON_TYPES)
    posted = parts.movements.post(messages, account, dry_run=dry_run, park=park)
    parts.workers.nudge()
    if dry_run:
        response.status_code = 200
    return posted


@router.get("/{message_id:path}")
def status(parts: PartsOf, message_id: str, account: AccountOf) -> dict[str, Any]:
    """Where a message is: acknowledged, parked, final in a block, or refused and why; and the salt of its document."""
    return parts.movements.status(message_id, account)
