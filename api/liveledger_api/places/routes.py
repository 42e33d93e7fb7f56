"""GET /places/{place}/movements: what came to a place and what left it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from liveledger.domain.errors import NotFound
from liveledger.domain.hashing import hex_bytes
from liveledger.index.stock.place_movements import At, PlaceMovement
from liveledger_api.places.schemas import PlaceMovementPage
from liveledger_api.requests import PartsOf, gln_of

router = APIRouter(prefix="/places", tags=["Places"])
# Block, transaction, log, record: see `At`.
_CURSOR = r"^[0-9]{1,18}(-[0-9]{1,9}){3}$"


@router.get("/{place:code}/movements", response_model=PlaceMovementPage)
def movements(
    parts: PartsOf,
    place: str,
    after: Annotated[str | None, Query(pattern=_CURSOR, description="`next` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> dict[str, Any]:
    """A page of the movements from and to a place (a GLN), in the order of the ledger, out of this server's index.

    The ledger keeps lists by SKU and by poster, whose completeness can be proven; of a place it keeps none. Each row
    names its batch and its record, which `GET /batches/…` proves one by one.
    """
    behind = At(*map(int, after.split("-"))) if after else None
    rows = parts.stored_index.movements_at(gln_of(place), behind, limit)
    if rows is None:
        raise NotFound("the ledger does not know this place")
    more = "-".join(map(str, rows[-1].at)) if len(rows) == limit else None
    answer = {"movements": [_row(row) for row in rows], "next": more}
    return {"answer": answer, "block": {"height": str(parts.follower.height)}, "proof": None}


def _row(row: PlaceMovement) -> dict[str, Any]:
    movement = row.movement
    return {
        "block": str(row.at.block),
        "poster": hex_bytes(row.poster),
        "lane": str(row.lane),
        "sequence": str(row.sequence),
        "index": str(row.at.record),
        "sku": str(movement.sku),
        "lot": str(movement.lot),
        "kind": movement.kind.name.lower(),
        "from": str(movement.source),
        "to": str(movement.target),
        "quantity": str(movement.quantity),
        "at": str(movement.at),
    }
