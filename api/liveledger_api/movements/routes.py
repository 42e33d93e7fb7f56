"""POST /movements and the state of one message."""

from __future__ import annotations

import time
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response

from liveledger.domain.errors import InvalidInput
from liveledger.messages.bodies import MEDIA_TYPES, read_body
from liveledger.messages.movements import FIELDS, movement_form
from liveledger_api.movements.schemas import DocumentPage, MessageState, MovementsTaken, RefusedPage
from liveledger_api.requests import AccountOf, Body, Charset, MediaType, PartsOf, body_schema

router = APIRouter(prefix="/movements", tags=["Movements"])


_BODY = body_schema(
    *MEDIA_TYPES,
    description=f"Movements (GET /schemas/movement/4): {', '.join(FIELDS)}; places are GLNs, times RFC 3339",
)


_PARK = (
    "What came before its cause waits for it, ten minutes at most: true = any movement, false = none; not stated ="
    " all but reservations, which are answered now"
)
_AFTER = "`next` of the page before"


@router.post("", status_code=202, openapi_extra=_BODY, response_model=MovementsTaken, response_model_exclude_unset=True)
def post(
    parts: PartsOf,
    body: Body,
    kind: MediaType,
    encoding: Charset,
    account: AccountOf,
    response: Response,
    dry_run: Annotated[bool, Query(description="Check everything, write nothing")] = False,
    park: Annotated[bool | None, Query(description=_PARK)] = None,
    partial: Annotated[bool, Query(description="Take the good records and list the others")] = False,
) -> dict[str, Any]:
    """Takes movements as JSON (one or a list), NDJSON or CSV.

    202 = they are on disk and will be posted once, or refused by name: GET /movements?state=refused lists those.
    """
    found = read_body(body, kind, movement_form(time.time(), parts.movements.limit), partial=partial, encoding=encoding)
    if partial:
        posted = parts.movements.post_each(found.messages, found.refusals, account, dry_run=dry_run, park=park)
    else:
        posted = parts.movements.post(found.messages, account, dry_run=dry_run, park=park)
    parts.workers.nudge()
    if dry_run:
        response.status_code = 200
    return posted


@router.get("", response_model=RefusedPage | DocumentPage, response_model_exclude_unset=True)
def listed(
    parts: PartsOf,
    account: AccountOf,
    state: Annotated[Literal["refused"] | None, Query(description="Refused since they were acknowledged")] = None,
    document: Annotated[str | None, Query(min_length=1, max_length=256, description="Order or delivery note")] = None,
    after: Annotated[int, Query(ge=0, lt=1 << 62, description=_AFTER)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> dict[str, Any]:
    """A page of movements of the account's organisation: those the ledger refused (`state=refused`), in the order of
    the refusals, or those about one document, in the order in which they came.
    """
    if (state is None) == (document is None):
        raise InvalidInput("ask for state=refused or for a document", hint="GET /movements?document=ORDER")
    if document is not None:
        return parts.movements.of_document(account, document, after, limit)
    return parts.movements.refused(account, after, limit)


@router.get("/{message_id:uri}", response_model=MessageState, response_model_exclude_unset=True)
def status(parts: PartsOf, message_id: str, account: AccountOf) -> dict[str, Any]:
    """Where a message is: acknowledged, parked, final in a block, or refused and why; and the salt of its document."""
    return parts.movements.status(message_id, account)
