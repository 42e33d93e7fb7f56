"""GET /approvals/{brand}/{operator}: what a brand lets another organisation do with its goods."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

from liveledger.bindings.constants import MAX_ORGANISATION
from liveledger.chain.rpc.finality import final_height
from liveledger.domain.errors import NotFound
from liveledger.rules.approvals import PLACES, SKUS
from liveledger.services.approvals import START, Spot, page, shown
from liveledger_api.answers import Unproven
from liveledger_api.approvals.schemas import Approval
from liveledger_api.requests import PartsOf

router = APIRouter(prefix="/approvals", tags=["Approvals"])
_Number = Annotated[int, Path(ge=1, le=MAX_ORGANISATION, description="Number of an organisation")]
_KINDS = {"place": PLACES, "sku": SKUS}
_CURSOR = r"^(place|sku)-[0-9]{1,7}$"


@router.get("/{brand}/{operator}", response_model=Unproven[Approval])
def approval(
    parts: PartsOf,
    brand: _Number,
    operator: _Number,
    after: Annotated[str | None, Query(pattern=_CURSOR, description="`next` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=1000, description="Most places and SKUs of a page, together")] = 100,
) -> dict[str, Any]:
    """Acts, end, and a page of the places (GLNs) and SKUs (numbers) of an approval; null: no end, all.

    Places come first, both in the order of their numbers. ``next`` goes into ``after`` of the next page, which may have
    none; null: this page was the last. It is read from the state of the newest final block, which each page names, and
    comes without a proof; what a brand said, and when, is in `GET /acts/…`.
    """
    ledger, pair = parts.ledger, (brand, operator)
    block = final_height(ledger)
    found = page(ledger.execution, pair, _spot(after), limit, block)
    if found is None:
        raise NotFound("the brand never said what this organisation may do with its goods")
    following = _text(found.following)
    answer = {**shown(ledger.execution, pair, found.approval, block), "next": following}
    return {"answer": answer, "block": {"height": str(block)}, "proof": None}


def _spot(text: str | None) -> Spot:
    if text is None:
        return START
    kind, number = text.split("-")
    return Spot(_KINDS[kind], int(number))


def _text(spot: Spot | None) -> str | None:
    if spot is None:
        return None
    return f"{next(name for name, kind in _KINDS.items() if kind == spot.kind)}-{spot.number}"
