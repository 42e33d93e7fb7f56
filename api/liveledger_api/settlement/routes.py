"""GET /agreements/{id}/settlements."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response

from liveledger_api.answers import Answer
from liveledger_api.requests import PageOf, PartsOf, Want, hex_of
from liveledger_api.settlement.schemas import Settlements
from liveledger_api.verified import respond

router = APIRouter(prefix="/agreements", tags=["Settlements"])


@router.get("/{agreement:code}/settlements", response_model=Answer[Settlements])
def settlements(parts: PartsOf, agreement: str, want: Want, page: PageOf) -> Response:
    """The settlements of an agreement (32 bytes in hex), each with its inputs and computed again from them.

    All of them (``settlement/1``), or the page that `first` and `limit` name (``settlement/2``).
    """
    parts.door.parties.require_agreement(want.who, hex_of(agreement, 32, "agreement id"))
    question = {"view": "settlement/2" if page else "settlement/1", "parameters": {"agreement": agreement, **page}}
    return respond(parts, want, question, missing=_unknown)


def _unknown(answer: dict[str, Any]) -> str | None:
    return None if answer["known"] else "the ledger does not know this agreement"
