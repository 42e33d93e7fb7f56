"""GET /accuracy and the comparisons of one place."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from liveledger_api.accuracy.schemas import Accuracy, PlaceAccuracy
from liveledger_api.answers import Answer, Unproven
from liveledger_api.requests import PartsOf, Want, gln_of
from liveledger_api.verified import newest_first, respond

router = APIRouter(prefix="/accuracy", tags=["Accuracy"])


@router.get("", response_model=Unproven[Accuracy])
def figures(parts: PartsOf) -> dict[str, Any]:
    """The newest comparison of every place, and the accuracy over all of them; what proves a place is its own page."""
    now = parts.accuracy()
    return {"answer": now.as_json(), "block": {"height": str(now.height)}, "proof": None}


@router.get("/{place:code}", response_model=Answer[PlaceAccuracy])
def of_place(
    parts: PartsOf,
    place: str,
    want: Want,
    first: Annotated[int | None, Query(ge=0, lt=1 << 62, description="Number, from 0 [the newest ones]")] = None,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 100,
) -> Response:
    """A page of a place's comparisons with outside systems, in order; with the newest also where the place stands."""
    gln_of(place)
    question = newest_first(parts, want, "place-accuracy/3", {"place": place}, first, limit)
    return respond(parts, want, question, missing=_none)


def _none(answer: dict[str, Any]) -> str | None:
    if not answer["known_place"]:
        return "the ledger does not know this place"
    return None if answer["count"] != "0" else "no comparison of this place is recorded"
