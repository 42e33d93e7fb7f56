"""GET /stock/{brand}/{sku}/{place}, the lots and the movements of a SKU."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response

from liveledger.domain.errors import NotFound, Unavailable
from liveledger.domain.times import TIME_END, day_text
from liveledger.verifier.views.stock import MAX_LOTS
from liveledger_api.answers import Answer
from liveledger_api.parts import Parts
from liveledger_api.requests import Brand, PartsOf, Seconds, Want, gln_of
from liveledger_api.stock.schemas import InTransitAnswer, NumberedLots, SkuMovements, StockOfLot, StockOfLots
from liveledger_api.verified import respond

router = APIRouter(prefix="/stock", tags=["Stock"])
WEEK_SECONDS = 7 * 86_400
SkuCode = Annotated[str, Path(description="The brand's code of the SKU", min_length=1, max_length=64)]


@router.get("/{brand}/{sku:code}/movements", response_model=Answer[SkuMovements])
def movements(
    parts: PartsOf,
    brand: Brand,
    sku: SkuCode,
    want: Want,
    first: Annotated[int, Query(ge=0, lt=1 << 62)] = 0,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 100,
) -> Response:
    """A page of a SKU's movements, in the order of the ledger, from number ``first`` (counted from 0)."""
    parameters = {"brand": str(brand), "sku": sku, "first": str(first), "limit": str(limit)}
    return respond(parts, want, {"view": "sku-movements/3", "parameters": parameters}, missing=_no_sku)


@router.get("/{brand}/{sku:code}/lots", response_model=NumberedLots)
def lots(
    parts: PartsOf,
    brand: Brand,
    sku: SkuCode,
    first: Annotated[int, Query(ge=1, lt=1 << 16)] = 1,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> dict[str, Any]:
    """Numbers, codes and expiry dates of a SKU's lots, by the index; how many there are is proven with the stock."""
    rows = parts.stored_index.lots(brand, sku, first, limit)
    if rows is None:
        raise NotFound("the ledger does not know this SKU")
    return {
        "lots": [
            {"lot": str(row.lot), "code": row.code, "expiry": day_text(row.expiry), "block": str(row.block)}
            for row in rows
        ]
    }


@router.get("/{brand}/{sku:code}/{place:code}", response_model=Answer[StockOfLot | StockOfLots])
def stock(
    parts: PartsOf,
    brand: Brand,
    sku: SkuCode,
    place: str,
    want: Want,
    lot: Annotated[str | None, Query(max_length=20, description='One lot by its code; "" = without a lot')] = None,
    first: Annotated[int, Query(ge=0, lt=1 << 16, description="First of the lots, by number")] = 0,
    limit: Annotated[int, Query(ge=1, le=MAX_LOTS, description="How many lots")] = MAX_LOTS,
    at: Annotated[int | None, Query(ge=1, lt=1 << 62, description="Block, so that pages are of the same one")] = None,
    as_of: Annotated[Seconds | None, Query(description="Unix seconds: stock as it was then")] = None,
) -> Response:
    """The four lanes of a SKU at a place, in base units: of one lot, or of a page of lots and summed up over it.

    ``place`` is a GLN. Lot number 0 are the goods whose lot was not stated; GET …/lots gives the lots' codes. ``count``
    says how many lots there are: more than a page of them is asked for page by page, ``at`` the first page's block.
    ``as_of`` takes the newest block that is not later; a node without an archive knows only the newest states.
    """
    gln_of(place)
    want = replace(want, at=at if as_of is None else _block_at(parts, as_of))
    parameters = {"brand": str(brand), "sku": sku, "place": place}
    if lot is not None:
        question = {"view": "stock/3", "parameters": {**parameters, "lot": lot}}
        return respond(parts, want, question, missing=_unknown)
    question = {"view": "stock-lots/3", "parameters": {**parameters, "first": str(first), "limit": str(limit)}}
    return respond(parts, want, question, missing=_unknown)


@router.get("/{brand}/{sku:code}/{place:code}/in-transit", response_model=InTransitAnswer)
def in_transit(
    parts: PartsOf,
    brand: Brand,
    sku: SkuCode,
    place: str,
    longer_than: Annotated[int, Query(ge=0, lt=TIME_END, description="Seconds")] = WEEK_SECONDS,
) -> dict[str, Any]:
    """Lots of which, at all times for so long, something was in transit to a place (GLN); by the index, no proof.

    ``units`` is the least that was in transit, ``since`` the time of the shipment from which on that holds (Unix
    seconds; null: further back than was looked). Goods that got lost on their way are among them.
    """
    found = parts.stored_index.in_transit(brand, sku, gln_of(place), longer_than)
    if found is None:
        raise NotFound("the ledger does not know this SKU, or this place")
    before, rows = found
    entries = [
        {
            "lot": str(row.lot),
            "code": row.code,
            "units": str(row.units),
            "since": None if row.since is None else str(row.since),
        }
        for row in rows
    ]
    answer = {"before": str(before), "in_transit_long": entries}
    return {"answer": answer, "block": {"height": str(parts.follower.height)}, "proof": None}


def _block_at(parts: Parts, time: int) -> int:
    """The block whose state was that of ``time``: the next one exists and is later.

    Raises NotFound before the first block, Unavailable while a block of that time may still come.
    """
    found = parts.stored_index.block_at(time)
    if found is None:
        raise NotFound("the ledger had no block then")
    block, newest = found
    if block == newest:
        raise Unavailable("no block is later than that yet", hint="ask again, or for an earlier time", retry_after=1)
    return block


def _no_sku(answer: dict[str, Any]) -> str | None:
    return None if answer["known_sku"] else "the ledger does not know this SKU"


def _unknown(answer: dict[str, Any]) -> str | None:
    if not answer.get("known_lot", True):
        return _no_sku(answer) or "the ledger does not know this lot"
    return _no_sku(answer) or (None if answer["known_place"] else "the ledger does not know this place")
