"""POST /events, GET /events/{eventID} of EPCIS 2.0, and the events of an item with their proof."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query, Response
from liveledger.domain.errors import InvalidInput

from liveledger_api import jsonbody
from liveledger_api.epcis.checks import MAX_URI
from liveledger_api.epcis.documents import read_event
from liveledger_api.events.history import history, history_as_written, spellings
from liveledger_api.events.service import query_document
from liveledger_api.requests import AccountOf, Body, PageOf, PartsOf, Want, Who, body_schema, json_only

router = APIRouter(tags=["EPCIS"])


_BODY = body_schema("application/json", "application/ld+json", description="One EPCIS event with its @context")


@router.post("/events", status_code=201, dependencies=[Depends(json_only)], openapi_extra=_BODY)
def add_event(parts: PartsOf, body: Body, account: AccountOf, response: Response) -> dict[str, Any]:
    """Captures one event. It is kept when this answers; its anchor follows, and is sent even after a crash."""
    stored = parts.events.accept_one(read_event(jsonbody.parse(body, repeated=[])), account)
    parts.workers.nudge()
    response.headers["Location"] = "/events/" + quote(stored.event_id, safe="")
    return parts.events.describe(stored)


@router.get("/events/{event_id:uri}")
def event(parts: PartsOf, event_id: str, who: Who) -> dict[str, Any]:
    """The event of that id and the declarations of its error, as an EPCISQueryDocument."""
    return query_document(parts.events.with_id(event_id, lambda row: parts.door.parties.may_read(who, row)))


@router.get("/items/{item:uri}/events", tags=["Items"])
def events_of_item(
    parts: PartsOf,
    item: str,
    want: Want,
    page: PageOf,
    as_written: Annotated[bool, Query(description="Ask for exactly this spelling of the item and no other")] = False,
) -> Response:
    """All events that name an item or lot under any spelling of its URI that is known here, in the order of the chain.

    `asked_as` says which spelling `answer` and `proof` are about; `also` has the others. The documents are those that
    this member holds. With `first` and `limit` a page of each spelling: what has many events fits into a bundle page by
    page only.
    """
    _require_uri(item)
    return history_as_written(parts, want, item, page) if as_written else history(parts, want, item, page)


@router.get("/items/{item:uri}/spellings", tags=["Items"])
def spellings_of_item(parts: PartsOf, item: str, want: Want) -> dict[str, Any]:
    """The spellings of an item or lot that are known here, and how many events name it under each; without proof."""
    _require_uri(item)
    return spellings(parts, want, item)


def _require_uri(item: str) -> None:
    if not item or len(item) > MAX_URI:
        raise InvalidInput("an item is named by its URI", parameter="item")
