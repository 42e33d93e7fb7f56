"""GET /batches/{poster}/{lane} and one movement of a batch."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response

from liveledger_api.answers import Answer
from liveledger_api.batches.schemas import MovementOfBatch, PosterBatches
from liveledger_api.requests import PartsOf, Want, hex_of
from liveledger_api.verified import respond

router = APIRouter(prefix="/batches", tags=["Batches"])
Lane = Annotated[int, Path(ge=0, lt=1 << 32)]
Number = Annotated[int, Path(ge=0, lt=1 << 62)]


@router.get("/{poster:code}/{lane}", response_model=Answer[PosterBatches])
def batches(
    parts: PartsOf,
    poster: str,
    lane: Lane,
    want: Want,
    first: Annotated[int, Query(ge=0, lt=1 << 62)] = 0,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 100,
) -> Response:
    """A page of the batches that an account (20 bytes in hex) posted on a lane."""
    hex_of(poster, 20, "account")
    parameters = {"poster": poster, "lane": str(lane), "first": str(first), "limit": str(limit)}
    return respond(parts, want, {"view": "poster-batches/1", "parameters": parameters}, missing=_none_posted)


@router.get("/{poster:code}/{lane}/{sequence}/movements/{index}", response_model=Answer[MovementOfBatch])
def movement(parts: PartsOf, poster: str, lane: Lane, sequence: Number, index: Number, want: Want) -> Response:
    """One movement of a batch, by its place in the batch."""
    hex_of(poster, 20, "account")
    parameters = {"poster": poster, "lane": str(lane), "sequence": str(sequence), "index": str(index)}
    return respond(parts, want, {"view": "movement/3", "parameters": parameters}, missing=_no_movement)


def _none_posted(answer: dict[str, Any]) -> str | None:
    return "this account posted nothing on this lane" if answer["count"] == "0" else None


def _no_movement(answer: dict[str, Any]) -> str | None:
    if not answer["known_batch"]:
        return "there is no such batch"
    return None if answer["movement"] else "the batch has no such movement"
