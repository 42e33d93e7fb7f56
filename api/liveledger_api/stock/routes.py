"""GET /stock/{brand}/{sku}/{place} and the movements of a SKU."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response

from liveledger_api.requests import Brand, PartsOf, Want, gln_of
from liveledger_api.verified import respond

router = APIRouter(prefix="/stock", tags=["Stock"])
SkuCode = Annotated[str, Path(description="The brand's code of the SKU", min_length=1, max_length=64)]


@router.get("/{brand}/{sku}/movements")
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
    return respond(parts, want, {"view": "sku-movements/1", "parameters": parameters}, missing=_no_sku)


@router.get("/{brand}/{sku}/{place}")
def stock(parts: PartsOf, brand: Brand, sku: SkuCode, place: str, want: Want) -> Response:
    """The four lanes of a SKU at a place, in base units; ``place`` is a GLN."""
    gln_of(place)
    parameters = {"brand": str(brand), "sku": sku, "place": place}
    return respond(parts, want, {"view": "stock/1", "parameters": parameters}, missing=_unknown)


def _no_sku(answer: dict[str, Any]) -> str | None:
    return None if answer["known_sku"] else "the ledger does not know this SKU"


def _unknown(answer: dict[str, Any]) -> str | None:
    return _no_sku(answer) or (None if answer["known_place"] else "the ledger does not know this place")
