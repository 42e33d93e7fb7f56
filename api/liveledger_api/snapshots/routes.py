"""POST /snapshots and the snapshots of a place."""

from __future__ import annotations

import re
import time
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from liveledger.domain.errors import InvalidInput
from liveledger.domain.times import TIME_END
from liveledger.messages.bodies import MEDIA_TYPES, read_body
from liveledger.messages.snapshots import FIELDS, snapshot_form
from liveledger_api.requests import AccountOf, Body, Charset, MediaType, PartsOf, Seconds, Who, body_schema, gln_of
from liveledger_api.snapshots.queries import Period
from liveledger_api.snapshots.schemas import SnapshotPage, SnapshotsTaken

router = APIRouter(prefix="/snapshots", tags=["Snapshots"])

_CURSOR = re.compile(r"([0-9]{1,18})-([0-9]{1,18})", re.ASCII)
_BODY = body_schema(
    *MEDIA_TYPES,
    description=f"Stock snapshots (GET /schemas/stock-snapshot/1): {', '.join(FIELDS)}; a table has lot and expiry",
)


@router.post("", status_code=201, openapi_extra=_BODY, response_model=SnapshotsTaken, response_model_exclude_unset=True)
def keep(
    parts: PartsOf,
    body: Body,
    kind: MediaType,
    encoding: Charset,
    account: AccountOf,
    response: Response,
    dry_run: Annotated[bool, Query(description="Check everything, write nothing")] = False,
    partial: Annotated[bool, Query(description="Take the good records and list the others")] = False,
) -> dict[str, Any]:
    """Keeps stock snapshots sent as JSON (one or a list), NDJSON or CSV; they move nothing on the ledger."""
    found = read_body(body, kind, snapshot_form(time.time(), parts.snapshots.limit), partial=partial, encoding=encoding)
    kept = parts.snapshots.keep(found.messages, found.refusals, account, partial=partial, dry_run=dry_run)
    if dry_run:
        response.status_code = 200
    return kept


@router.get("", response_model=SnapshotPage)
def of_place(
    parts: PartsOf,
    who: Who,
    place: Annotated[str, Query(description="GLN of the place")],
    since: Annotated[Seconds, Query(description="First time of a fact, Unix seconds")] = 0,
    until: Annotated[Seconds, Query(description="Last time of a fact, Unix seconds")] = TIME_END - 1,
    sku: Annotated[str | None, Query(max_length=64, description="Only this code of a SKU")] = None,
    after: Annotated[str | None, Query(description="`next` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> dict[str, Any]:
    """A page of the snapshots of a place, by the time of their facts. Only this member's store is asked.

    The caller sees those that its organisation sent, and those of its own goods.
    """
    gln_of(place)
    period = Period(since, until, _after(after), limit)
    return parts.snapshots.of_place(place, period, sku, None if who.is_local else who.organisation)


def _after(cursor: str | None) -> tuple[int, int]:
    found = _CURSOR.fullmatch(cursor or "0-0")
    if found is None:
        raise InvalidInput(f"{str(cursor)[:40]!r} is no cursor", hint="take `next` of a page", parameter="after")
    return int(found[1]), int(found[2])
