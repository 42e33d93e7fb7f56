"""GET /approvals/{brand}/{operator}: what a brand lets another organisation do with its goods."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path
from liveledger.bindings.constants import MAX_ORGANISATION
from liveledger.chain.approvals import shown, whole
from liveledger.chain.finality import final_height
from liveledger.domain.errors import NotFound

from liveledger_api.requests import PartsOf

router = APIRouter(prefix="/approvals", tags=["Approvals"])
_Number = Annotated[int, Path(ge=1, le=MAX_ORGANISATION, description="Number of an organisation")]


@router.get("/{brand}/{operator}")
def approval(parts: PartsOf, brand: _Number, operator: _Number) -> dict[str, Any]:
    """Acts, end, places (GLNs) and SKUs (numbers) of an approval in the newest final block; null: no end, all.

    It is read from the ledger's state and comes without a proof; what a brand said, and when, is in `GET /acts/…`.
    """
    ledger, pair = parts.ledger, (brand, operator)
    block = final_height(ledger)
    found = whole(ledger.execution, pair, block)
    if found is None:
        raise NotFound("the brand never said what this organisation may do with its goods")
    return {"answer": shown(ledger.execution, pair, found, block), "block": {"height": str(block)}, "proof": None}
