"""GET /past/{block}: the newest header with the way back to an old block, by which a saved bundle is renewed."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from fastapi.responses import JSONResponse

from liveledger.prover.prover import ProofPending
from liveledger_api.answers import PENDING
from liveledger_api.past.schemas import WayBack
from liveledger_api.requests import PartsOf
from liveledger_api.verified import pending

router = APIRouter(prefix="/past", tags=["Proofs"])


@router.get("/{block}", response_model=WayBack, responses=PENDING)
def way_back(
    parts: PartsOf,
    block: Annotated[int, Path(ge=0, lt=1 << 62)],
    since: Annotated[int, Query(ge=0, lt=1 << 62, description="Height of your trust anchor")] = 0,
) -> JSONResponse:
    """What puts a saved bundle of an old block under the newest header: `liveledger renew` does so.

    It is a part of a bundle (docs/bundle.md): `set_changes` above your anchor, `light_block`, `execution_header`,
    `past` and the `nodes` that prove it. 202 while the newest header waits for its commit.
    """
    try:
        return JSONResponse(parts.prover.head(block, since=since))
    except ProofPending as waiting:
        return pending(waiting)
