"""The history of an item under every spelling of its URI: each spelling is a list of its own on the ledger."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlencode

from fastapi.responses import JSONResponse, Response
from liveledger.domain.errors import NotFound
from liveledger.domain.items import ItemRefused, canonical
from liveledger.proofs import MEDIA_TYPE, encode_bundle
from liveledger.proving.prover import ProofPending

from liveledger_api.parts import Parts
from liveledger_api.verified import HAVE_IT_PROVEN, ProofMode, Wanted, answered, length_of, pending

VIEW = "item-events/1"


def spellings(parts: Parts, want: Wanted, item: str) -> dict[str, Any]:
    """The one form of ``item`` and how many events name it under each spelling, by node and index; the one asked first.

    Raises ItemRefused for an identifier that breaks a rule of GS1.
    """
    bare = replace(want, mode=ProofMode.NONE)
    try:
        form, (known, left_out) = canonical(item), parts.events.spellings(item)
    except ItemRefused as refused:
        hint = refused.hint or "as_written=true asks for exactly this spelling"
        raise ItemRefused(refused.message, hint=hint, code=refused.stable_code) from None
    counts = [(spelling, length_of(parts, bare, VIEW, {"item": spelling})) for spelling in known]
    listed = [{"asked_as": name, "count": str(count)} for name, count in counts]
    return {"item": form, "spellings": listed, "left_out": str(left_out)}


def history(parts: Parts, want: Wanted, item: str, page: dict[str, str]) -> Response:
    """The events that name ``item`` under any spelling, each spelling a question of its own with the ``page``, if any.

    ``asked_as`` says which one ``answer`` and ``proof`` are about: the one that was asked for where the ledger has
    events of it, else the first that has; ``also`` holds the others, ``nothing_under`` those without events, and
    ``left_out`` the number of those that were not asked.
    """
    found = spellings(parts, want, item)
    named = [entry["asked_as"] for entry in found["spellings"] if entry["count"] != "0"]
    empty = [entry["asked_as"] for entry in found["spellings"] if entry["count"] == "0"]
    if not named and want.mode is ProofMode.NONE:
        raise NotFound(_nothing(empty), hint=HAVE_IT_PROVEN, item=found["item"], asked_as=empty)
    first, *others = named or [item]
    try:
        if want.mode is ProofMode.BUNDLE:
            return _bundle(parts, want, first, page)
        entry = asked(parts, want, first, page)
        also = [asked(parts, want, other, page) for other in others]
    except ProofPending as waiting:
        return pending(waiting)
    nothing = [spelling for spelling in empty if spelling != first]
    rest = {"also": also, "nothing_under": nothing, "left_out": found["left_out"]}
    return JSONResponse({"item": found["item"], **entry, **rest})


def history_as_written(parts: Parts, want: Wanted, item: str, page: dict[str, str]) -> Response:
    """The events that name an item in exactly this spelling, and no others."""
    try:
        if want.mode is ProofMode.BUNDLE:
            return _bundle(parts, want, item, page)
        entry = asked(parts, want, item, page)
    except ProofPending as waiting:
        return pending(waiting)
    if want.mode is ProofMode.NONE and entry["answer"]["count"] == "0":
        raise NotFound(_nothing([item]), hint=HAVE_IT_PROVEN, asked_as=[item])
    return JSONResponse(entry)


def asked(parts: Parts, want: Wanted, spelling: str, page: dict[str, str]) -> dict[str, Any]:
    """One spelling's answer with its proof. Raises ProofPending."""
    return {"asked_as": spelling, **answered(parts, want, {"view": VIEW, "parameters": {"item": spelling, **page}})}


def _bundle(parts: Parts, want: Wanted, spelling: str, page: dict[str, str]) -> Response:
    query = urlencode({**page, "as_written": "true"})
    headers = {"Content-Location": f"/items/{quote(spelling, safe='')}/events?{query}"}
    return Response(encode_bundle(asked(parts, want, spelling, page)["proof"]), media_type=MEDIA_TYPE, headers=headers)


def _nothing(spelled: list[str]) -> str:
    if len(spelled) == 1:
        return f"no event on the ledger names this item as {spelled[0]}"
    return f"no event on the ledger names this item under any of {len(spelled)} spellings: {', '.join(spelled)}"
