"""GET /trust and /trust/chain: trust anchors, for convenience only."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response

from liveledger.prover.anchors import export_anchor
from liveledger.verifier.trust_chain import MEDIA_TYPE
from liveledger_api.requests import PartsOf
from liveledger_api.trust.schemas import Anchor

router = APIRouter(prefix="/trust", tags=["Trust"])


@router.get("", response_model=Anchor, response_model_exclude_unset=True)
def trust(
    parts: PartsOf, height: Annotated[int, Query(ge=0, lt=1 << 62, description="0: genesis")] = 0
) -> dict[str, Any]:
    """The trust anchor at a height (default: genesis).

    At one height it is the same on every member's server. An anchor got from the very server that it is to check proves
    nothing: compare its fingerprint with one that reached you another way (`liveledger trust compare`).
    """
    return export_anchor(parts.ledger, height).as_json()


@router.get("/chain", response_class=Response, responses={200: {"content": {MEDIA_TYPE: {}}}})
def chain(parts: PartsOf) -> Response:
    """The anchor chain from genesis to the newest anchor, at most ten minutes old.

    It can come from anybody: `liveledger trust chain check` needs the genesis fingerprint (or its first 96 bits), which
    must not come from here.
    """
    return Response(parts.trust_chain.read(), media_type=MEDIA_TYPE)
