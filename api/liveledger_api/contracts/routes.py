"""GET /contracts/{name}: which version of a contract is active, which follows, and what is listed of one of them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response

from liveledger.domain.errors import NotFound
from liveledger_api.answers import Answer
from liveledger_api.contracts.schemas import ContractVersion
from liveledger_api.requests import PartsOf, Want
from liveledger_api.verified import respond

router = APIRouter(prefix="/contracts", tags=["Contracts"])


@router.get("/{name:code}", response_model=Answer[ContractVersion])
def contract(
    parts: PartsOf,
    name: Annotated[str, Path(description="Name in the Directory", pattern="^[A-Za-z0-9]{1,32}$")],
    want: Want,
    version: Annotated[int | None, Query(ge=1, lt=1 << 62, description="A version [the active one]")] = None,
) -> Response:
    """What the Directory says of a contract: also of a version that was replaced, or takes over later."""
    parameters = {"name": name} if version is None else {"name": name, "version": str(version)}
    return respond(parts, want, {"view": "contract/1", "parameters": parameters}, missing=_missing)


def _missing(answer: dict[str, Any]) -> None:
    if not answer["known"]:
        raise NotFound("the directory lists no such contract", hint="look at the name and the version")
