"""POST /returns, the state of a message, gradings of a brand, and the proven list of a SKU."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Response

from liveledger.messages.returns import ENTRY_FIELDS, FIELDS, read_message
from liveledger_api.answers import Answer
from liveledger_api.requests import AccountOf, Body, Brand, PartsOf, Want, body_schema, json_only
from liveledger_api.returns.schemas import GradingPage, ReturnState, ReturnTaken, SkuReturns
from liveledger_api.verified import respond

router = APIRouter(prefix="/returns", tags=["Returns"])
SkuCode = Annotated[str, Path(description="The brand's code of the SKU", min_length=1, max_length=64)]

# Block, log in the block, position in the SKU's stream.
_CURSOR = r"^[0-9]{1,18}\.[0-9]{1,9}\.[0-9]{1,18}$"
_BODY = body_schema(
    "application/json",
    description=f"Fields {', '.join(FIELDS)} (act: grade or close); entries have {', '.join(ENTRY_FIELDS)}",
)


@router.post(
    "",
    status_code=202,
    dependencies=[Depends(json_only)],
    openapi_extra=_BODY,
    response_model=ReturnTaken,
    response_model_exclude_unset=True,
)
def submit(
    parts: PartsOf,
    body: Body,
    account: AccountOf,
    response: Response,
    dry_run: Annotated[bool, Query(description="Check everything, write nothing")] = False,
) -> dict[str, Any]:
    """Grades held goods, or closes gradings whose movements are posted: all entries or none, once an id."""
    taken = parts.returns.submit(read_message(body), account, dry_run=dry_run)
    parts.workers.nudge()
    if dry_run:
        response.status_code = 200
    return taken


@router.get("", response_model=GradingPage)
def of_brand(
    parts: PartsOf,
    brand: Annotated[int, Query(ge=1, le=4095, description="Organisation number of the brand")],
    after_block: Annotated[int, Query(ge=0, lt=1 << 62, description="Only from later blocks")] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    after: Annotated[str | None, Query(pattern=_CURSOR, description="`next` of the page before")] = None,
) -> dict[str, Any]:
    """Gradings and closings of all SKUs of a brand in the order of the ledger, out of this server's index: no proof.

    ``next`` in the answer goes into ``after`` of the next page; null: this page was the last so far.
    """
    block, log, position = map(int, after.split(".")) if after else (after_block + 1, -1, -1)
    rows, following = parts.stored_index.gradings(brand, (block, log, position), limit)
    cursor = None if following is None else ".".join(map(str, following))
    return {"answer": {"entries": rows, "next": cursor}, "block": {"height": str(parts.follower.height)}, "proof": None}


@router.get("/messages/{message_id:uri}", response_model=ReturnState, response_model_exclude_unset=True)
def status(parts: PartsOf, message_id: str, account: AccountOf) -> dict[str, Any]:
    """Where a message is: acknowledged, final in a block, or refused and why; and the salt of its document."""
    return parts.returns.status(message_id, account)


@router.get("/{brand}/{sku:code}", response_model=Answer[SkuReturns])
def of_sku(
    parts: PartsOf,
    brand: Brand,
    sku: SkuCode,
    want: Want,
    first: Annotated[int | None, Query(ge=0, lt=1 << 62)] = None,
    limit: Annotated[int | None, Query(ge=1, le=10_000)] = None,
) -> Response:
    """Gradings and closings of a SKU, all or a page; with the newest among them also the cumulatively graded units."""
    parameters = {"brand": str(brand), "sku": sku}
    if first is not None or limit is not None:
        parameters |= {"first": str(first or 0), "limit": str(limit or 100)}
    return respond(parts, want, {"view": "sku-returns/2", "parameters": parameters}, missing=_no_sku)


def _no_sku(answer: dict[str, Any]) -> str | None:
    return None if answer["known_sku"] else "the ledger does not know this SKU"
