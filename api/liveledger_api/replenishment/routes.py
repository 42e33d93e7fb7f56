"""GET /replenishment/{brand}/{sku}: orders of a SKU, whole and in order, and what the rule gives for a place now."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse

from liveledger.domain.errors import RuleViolation
from liveledger.services.replenishment import ReplenishmentReader
from liveledger_api.answers import Answer, Unproven
from liveledger_api.replenishment.schemas import Choice, SkuOrders
from liveledger_api.requests import Brand, PartsOf, Want, gln_of
from liveledger_api.stock.routes import SkuCode
from liveledger_api.verified import respond

router = APIRouter(prefix="/replenishment", tags=["Replenishment"])


@router.get("/{brand}/{sku:code}", response_model=Answer[SkuOrders])
def orders(
    parts: PartsOf,
    brand: Brand,
    sku: SkuCode,
    want: Want,
    first: Annotated[int, Query(ge=0, lt=1 << 62)] = 0,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 100,
) -> Response:
    """A page of a SKU's orders and their ends, in the order of the ledger, from entry ``first`` (counted from 0)."""
    parameters = {"brand": str(brand), "sku": sku, "first": str(first), "limit": str(limit)}
    return respond(parts, want, {"view": "sku-orders/2", "parameters": parameters}, missing=_no_sku)


@router.get("/{brand}/{sku:code}/{place:code}/choice", response_model=Unproven[Choice])
def choice(parts: PartsOf, brand: Brand, sku: SkuCode, place: str) -> Response:
    """The order that the rule gives for a SKU at a place (GLN), or the reason why there is none. Without a proof."""
    gln = gln_of(place)
    height, reader = parts.follower.height, ReplenishmentReader(parts.ledger)
    number, where = reader.sku(brand, sku, height), reader.place(gln, height)
    answer: dict[str, Any]
    try:
        found = reader.choice(number, where, height)
    except RuleViolation as refusal:
        answer = {"choice": None, "reason": refusal.details["reason"], "arguments": _text(refusal.details)}
    else:
        fields = {name: str(getattr(found, name)) for name in ("source", "quantity", "position", "score")}
        answer = {"choice": {"kind": found.kind.name.lower(), **fields}, "reason": None, "arguments": {}}
    return JSONResponse({"answer": answer, "block": {"height": str(height)}, "proof": None})


def _text(details: dict[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in details.get("arguments", {}).items()}


def _no_sku(answer: dict[str, Any]) -> str | None:
    return None if answer["known_sku"] else "the ledger does not know this SKU"
