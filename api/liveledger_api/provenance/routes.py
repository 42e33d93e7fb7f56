"""POST /events, GET /events/{eventID} of EPCIS 2.0, and the events of an item with their proof."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query, Response

from liveledger.bindings.constants import MAX_ORGANISATION
from liveledger.domain.errors import InvalidInput
from liveledger.messages import json_body
from liveledger.messages.checks import MAX_URI
from liveledger_api.epcis.documents import read_event
from liveledger_api.provenance.history import AskedItem, history, one_form
from liveledger_api.provenance.schemas import ItemAnswer, QueryDocument, StoredEvent
from liveledger_api.provenance.service import query_document
from liveledger_api.requests import AccountOf, Body, PageOf, PartsOf, Want, Who, body_schema, json_only

router = APIRouter(tags=["EPCIS"])


_BODY = body_schema("application/json", "application/ld+json", description="One EPCIS event with its @context")


@router.post(
    "/events", status_code=201, dependencies=[Depends(json_only)], openapi_extra=_BODY, response_model=StoredEvent
)
def add_event(parts: PartsOf, body: Body, account: AccountOf, response: Response) -> dict[str, Any]:
    """Captures one event. It is kept when this answers; its anchor follows, and is sent even after a crash."""
    stored = parts.events.accept_one(read_event(json_body.parse(body, repeated=[])), account)
    parts.workers.nudge()
    response.headers["Location"] = "/events/" + quote(stored.event_id, safe="")
    return parts.events.describe(stored)


@router.get("/events/{event_id:uri}", response_model=QueryDocument)
def event(parts: PartsOf, event_id: str, who: Who) -> dict[str, Any]:
    """The event of that id and the declarations of its error, as an EPCISQueryDocument."""
    return query_document(parts.events.with_id(event_id, lambda row: parts.door.parties.may_read(who, row)))


@router.get("/items/{item:uri}/events", tags=["Items"], response_model=ItemAnswer)
def events_of_item(
    parts: PartsOf,
    item: str,
    want: Want,
    page: PageOf,
    organisation: Annotated[
        int | None, Query(ge=1, le=MAX_ORGANISATION, description="List of this organisation alone")
    ] = None,
    as_written: Annotated[
        bool, Query(description="Ask for exactly this URI, not for the one form of its item")
    ] = False,
) -> Response:
    """All events that those with standing captured of an item or lot, in the order of the chain; others' are counted.

    However the URI is spelled, it is asked for in its one form, `item`. `organisation` in the answer is the brand that
    claims its GTIN, none where nobody does; `claimed_by` has all that do, `others` how many events each other
    organisation listed, of which `?organisation=` asks. The documents are those that this member holds. With `first`
    and `limit` a page: what has many events fits into a bundle page by page only.
    """
    _require_uri(item)
    return history(parts, want, AskedItem(item if as_written else one_form(item), page, organisation))


def _require_uri(item: str) -> None:
    if not item or len(item) > MAX_URI:
        raise InvalidInput("an item is named by its URI", parameter="item")
