"""GET /acts/{contract}: what was done to the registry, what members proposed, voted and decided."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response

from liveledger_api.acts.schemas import Acts
from liveledger_api.answers import Answer
from liveledger_api.requests import PartsOf, Want
from liveledger_api.verified import respond

router = APIRouter(prefix="/acts", tags=["Acts"])


@router.get("/{contract:code}", response_model=Answer[Acts])
def acts(
    parts: PartsOf,
    contract: Literal["Consortium", "Governance", "Directory", "Creator"],
    want: Want,
    first: Annotated[int, Query(ge=0, lt=1 << 62)] = 0,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 100,
) -> Response:
    """A page of the acts of a contract of genesis, oldest first."""
    parameters = {"contract": contract, "first": str(first), "limit": str(limit)}
    return respond(parts, want, {"view": "acts/2", "parameters": parameters}, missing=_never)


def _never(_: dict[str, Any]) -> None:
    """An empty log is an answer."""
