"""The history of an item: what those with standing towards it captured, and how much others did."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from fastapi.responses import JSONResponse, Response

from liveledger.domain.errors import NotFound
from liveledger.domain.items import ItemRefused, canonical
from liveledger.prover.prover import ProofPending
from liveledger.verifier import MEDIA_TYPE, encode_bundle
from liveledger_api.parts import Parts
from liveledger_api.verified import HAVE_IT_PROVEN, ProofMode, Wanted, answered, pending

VIEW = "item-events/2"


@dataclass(frozen=True, slots=True)
class AskedItem:
    """What is asked: ``item`` in its one form or as it was written, a page, the organisation whose list it is about."""

    item: str
    page: dict[str, str] = field(default_factory=dict)
    organisation: int | None = None

    @property
    def question(self) -> dict[str, Any]:
        """The question that a proof answers."""
        one = {} if self.organisation is None else {"organisation": str(self.organisation)}
        return {"view": VIEW, "parameters": {"item": self.item, **one, **self.page}}


def one_form(item: str) -> str:
    """The form under which an item's events are listed. Raises ItemRefused for one that breaks a rule of GS1."""
    try:
        return canonical(item)
    except ItemRefused as refused:
        hint = refused.hint or "as_written=true asks for exactly this spelling"
        raise ItemRefused(refused.message, hint=hint, code=refused.stable_code) from None


def history(parts: Parts, want: Wanted, asked: AskedItem) -> Response:
    """The events of an item, with ``item`` as it was asked for. Raises NotFound where nobody captured any."""
    try:
        found = answered(parts, want, asked.question)
    except ProofPending as waiting:
        return pending(waiting)
    if want.mode is ProofMode.BUNDLE:
        query = {"as_written": "true", **asked.question["parameters"]}
        del query["item"]
        place = f"/items/{quote(asked.item, safe='')}/events?{urlencode(query)}"
        return Response(encode_bundle(found["proof"]), media_type=MEDIA_TYPE, headers={"Content-Location": place})
    if want.mode is ProofMode.NONE and _is_empty(found["answer"]):
        raise NotFound(_nothing(asked), hint=HAVE_IT_PROVEN, item=asked.item)
    return JSONResponse({"item": asked.item, **found})


def _is_empty(answer: dict[str, Any]) -> bool:
    return answer["count"] == "0" and not any(other["count"] != "0" for other in answer["others"] or ())


def _nothing(asked: AskedItem) -> str:
    whose = "" if asked.organisation is None else f" in the list of organisation {asked.organisation}"
    return f"no event on the ledger names {asked.item}{whose}"
