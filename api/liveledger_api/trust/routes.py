"""GET /trust: the trust anchor, for convenience only."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from liveledger.proving.anchors import export_anchor

from liveledger_api.requests import PartsOf

router = APIRouter(prefix="/trust", tags=["Trust"])


@router.get("")
def trust(
    parts: PartsOf, height: Annotated[int, Query(ge=0, lt=1 << 62, description="0: genesis")] = 0
) -> dict[str, Any]:
    """The trust anchor at a height (default: genesis).

    At one height it is the same on every member's server. An anchor got from the very server that it is to check proves
    nothing: compare its fingerprint with one that reached you another way (`liveledger trust compare`).
    """
    return export_anchor(parts.ledger, height).as_json()
