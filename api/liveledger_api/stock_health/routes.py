"""GET and POST /stock/health and /stock/heat-map, and GET /capital/{brand}."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response

from liveledger.domain.prices import Price, parse_prices
from liveledger.index.stock_health.heatmap import By
from liveledger.index.stock_health.scope import Clock
from liveledger.messages.media import UnsupportedMediaType
from liveledger_api.answers import Answer, Unproven
from liveledger_api.requests import Body, Brand, MediaType, PartsOf, Seconds, Want
from liveledger_api.stock_health.schemas import Capital, Health, HeatMap
from liveledger_api.stock_health.service import Asked
from liveledger_api.verified import newest_first, respond

router = APIRouter(tags=["Stock health"])
CSV = "text/csv"
_PRICES = {
    "requestBody": {
        "required": True,
        "description": "Prices as CSV: sku, unit_cost_fen, unit_revenue_fen and, if wanted, category; not kept",
        "content": {CSV: {"schema": {"type": "string"}}},
    }
}


def asked_of(
    brand: Annotated[int, Query(ge=1, le=4095, description="Organisation number of the brand")],
    sku: Annotated[str | None, Query(min_length=1, max_length=64, description="The brand's code of one SKU")] = None,
    place: Annotated[str | None, Query(description="GLN of one place")] = None,
    start: Annotated[Seconds | None, Query(alias="from", description="First second [30 days before `to`]")] = None,
    end: Annotated[Seconds | None, Query(alias="to", description="Second behind the last [newest block]")] = None,
    clock: Annotated[Clock, Query(description="Time of the fact as stated, or of its block")] = Clock.FACT,
) -> Asked:
    """What the parameters ask for."""
    return Asked(brand, sku, place, start, end, clock)


def prices_of(body: Body, kind: MediaType) -> dict[str, Price]:
    """The prices in the body. Raises UnsupportedMediaType, InvalidInput naming the line, TooLarge."""
    if kind != CSV:
        raise UnsupportedMediaType(f"{kind} is not read here", hint=f"send {CSV}")
    return parse_prices(body)


AskedOf = Annotated[Asked, Depends(asked_of)]
PricesOf = Annotated[dict[str, Price], Depends(prices_of)]


@router.get("/stock/health", response_model=Unproven[Health])
def health(parts: PartsOf, asked: AskedOf) -> dict[str, Any]:
    """The figures of stock health with their inputs and the movements that they come from (docs/stock-health.md)."""
    return _answer(parts.stock_health.figures(asked, None))


@router.post("/stock/health", openapi_extra=_PRICES, response_model=Unproven[Health])
def health_with_prices(parts: PartsOf, asked: AskedOf, prices: PricesOf) -> dict[str, Any]:
    """The same with the share of capital, by prices that are sent along and not kept."""
    return _answer(parts.stock_health.figures(asked, prices))


@router.get("/stock/heat-map", response_model=Unproven[HeatMap])
def heat_map(parts: PartsOf, asked: AskedOf, by: By = By.PLACE) -> dict[str, Any]:
    """Units sold and days out of stock by month (UTC), a row a place or a SKU."""
    return _answer(parts.stock_health.heat_map(asked, by, None))


@router.post("/stock/heat-map", openapi_extra=_PRICES, response_model=Unproven[HeatMap])
def heat_map_by_category(parts: PartsOf, asked: AskedOf, prices: PricesOf, by: By = By.CATEGORY) -> dict[str, Any]:
    """The same by the categories that stand in the file of prices."""
    return _answer(parts.stock_health.heat_map(asked, by, prices))


@router.get("/capital/{brand}", response_model=Answer[Capital])
def capital(
    parts: PartsOf,
    brand: Brand,
    want: Want,
    first: Annotated[int | None, Query(ge=0, lt=1 << 62, description="Number, from 0 [the newest ones]")] = None,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 100,
) -> Response:
    """A page of the reports on the brand's capital; with the newest of them also whether its purchasing is frozen."""
    question = newest_first(parts, want, "capital/3", {"brand": str(brand)}, first, limit)
    return respond(parts, want, question, missing=_never)


def _never(_: dict[str, Any]) -> None:
    """A brand without reports is not frozen: an answer."""


def _answer(found: dict[str, Any]) -> dict[str, Any]:
    """In the form of every answer; figures are computed, and their movements are what can be proven."""
    return {"answer": found, "block": {"height": found["block"]}, "proof": None}
