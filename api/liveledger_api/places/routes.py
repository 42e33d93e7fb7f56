"""GET /places/{place}/movements: what came to a place and what left it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from liveledger.domain.errors import InvalidInput, NotFound
from liveledger.domain.hashing import hex_bytes
from liveledger.index.place_movements import At, PlaceMovement

from liveledger_api.requests import PartsOf, gln_of

router = APIRouter(prefix="/places", tags=["Places"])
_MAX_NUMBER = 1 << 62


@router.get("/{place}/movements")
def movements(
    parts: PartsOf,
    place: str,
    after: Annotated[str | None, Query(max_length=80, description="`next` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> dict[str, Any]:
    """A page of the movements from and to a place (a GLN), in the order of the ledger, out of this server's index.

    The ledger keeps lists by SKU and by poster, whose completeness can be proven; of a place it keeps none. Each row
    names its batch and its record, which `GET /batches/…` proves one by one.
    """
    rows = parts.stored_index.movements_at(gln_of(place), _read(after), limit)
    if rows is None:
        raise NotFound("the ledger does not know this place")
    more = _write(rows[-1].at) if len(rows) == limit else None
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


def _write(at: At) -> str:
    return "-".join(map(str, at))


def _read(text: str | None) -> At | None:
    """Raises InvalidInput for what no page gave."""
    if text is None:
        return None
    parts = text.split("-")
    if len(parts) != len(At._fields) or not all(part.isascii() and part.isdigit() for part in parts):
        raise InvalidInput(f"after = {text[:80]!r} was given by no page", parameter="after", hint="pass on `next`")
    numbers = [int(part) for part in parts]
    if max(numbers) >= _MAX_NUMBER:
        raise InvalidInput(f"after = {text[:80]!r} was given by no page", parameter="after", hint="pass on `next`")
    return At(*numbers)
