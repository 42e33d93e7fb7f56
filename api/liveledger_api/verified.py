"""Answers with their proofs: the one place that decides whether an answer carries its bundle, or is one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any

from fastapi import Header, Query, Request
from fastapi.responses import JSONResponse, Response

from liveledger.domain.errors import InvalidInput, NotFound, Unavailable
from liveledger.prover.prover import ProofPending
from liveledger.verifier import MEDIA_TYPE, Question, encode_bundle
from liveledger.verifier.past import answered_block
from liveledger.verifier.views import find_view
from liveledger.verifier.views.movement import VIEWS as MOVEMENTS
from liveledger.verifier.views.movement import read as read_movement
from liveledger_api.access.principals import NOBODY, Principal
from liveledger_api.parts import Parts
from liveledger_api.plain_source import PlainSource

_BEHIND = (1 << 62) - 1
HAVE_IT_PROVEN = "add ?proof=true to have that proven"


class ProofMode(Enum):
    """Whether an answer comes bare, with its bundle beside it, or as the bundle alone."""

    NONE = "none"
    BESIDE = "beside"
    BUNDLE = "bundle"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a client wants of an answer: its proof, and the lowest block that it must take into account.

    ``since``: height of the client's trust anchor, None where it named none. ``at``: the very block, where the route
    lets its clients ask for one. ``who``: the client, for documents are shown to those who have a part in them.
    """

    mode: ProofMode
    at_least: int
    since: int | None = None
    at: int | None = None
    who: Principal = NOBODY


def wanted(
    request: Request,
    proof: Annotated[
        str | None, Query(description="`true`: the bundle beside the answer; `bundle`: the bundle alone")
    ] = None,
    at_least: Annotated[int, Query(ge=0, lt=1 << 62, description="Lowest block that the answer must include")] = 0,
    since: Annotated[
        int | None,
        Query(
            ge=0,
            lt=1 << 62,
            description="Height of your trust anchor: older changes of validators are left out, and what stays true "
            "for ever is proven under a newer header where its own block is not above it",
        ),
    ] = None,
    accept: Annotated[str | None, Header()] = None,
) -> Wanted:
    """Reads ``?proof=``, ``?at_least=``, ``?since=`` and ``Accept``. Raises InvalidInput for another word."""
    if proof not in (None, "true", "false", "bundle"):
        raise InvalidInput(f"proof is true, false or bundle, not {proof[:40]!r}", parameter="proof")
    if proof == "bundle" or (proof is None and accept is not None and MEDIA_TYPE in accept):
        mode = ProofMode.BUNDLE
    else:
        mode = ProofMode.BESIDE if proof == "true" else ProofMode.NONE
    return Wanted(mode, at_least, since, who=request.state.principal)


def respond(
    parts: Parts, want: Wanted, question: dict[str, Any], missing: Callable[[dict[str, Any]], str | None]
) -> Response:
    """The answer to ``question`` (docs/bundle.md) in the form that is wanted.

    ``missing`` says in a sentence what an answer shows not to be there. Without a proof that is a 404; with one it is
    an answer like any other, proven. While a proof waits for its block: 202 with Retry-After. Raises InvalidInput.
    """
    try:
        found = answered(parts, want, question)
    except ProofPending as waiting:
        return pending(waiting)
    if want.mode is ProofMode.BUNDLE:
        return Response(encode_bundle(found["proof"]), media_type=MEDIA_TYPE)
    absent = missing(found["answer"]) if want.mode is ProofMode.NONE else None
    if absent:
        raise NotFound(absent, hint=HAVE_IT_PROVEN)
    return JSONResponse(found)


def answered(parts: Parts, want: Wanted, question: dict[str, Any]) -> dict[str, Any]:
    """``answer``, ``block`` and ``proof`` (the bundle, or None where none is wanted) of a question.

    Raises InvalidInput or Unavailable; ProofPending while a proof waits for its block.
    """
    asked = Question.parse(question)
    if want.mode is ProofMode.NONE:
        block, answer = _unproven(parts, asked, want)
        return {"answer": answer, "block": {"height": str(block)}, "proof": None}
    bundle = _proven(parts, asked, want)
    return {"answer": bundle["answer"], "block": {"height": str(answered_block(bundle))}, "proof": bundle}


def pending(waiting: ProofPending) -> JSONResponse:
    """The answer while a proof waits for its block."""
    headers = {"Retry-After": str(max(1, waiting.retry_after))}
    return JSONResponse({"status": "pending", "detail": waiting.message}, 202, headers=headers)


def length_of(parts: Parts, want: Wanted, view: str, parameters: dict[str, Any]) -> int:
    """How long a list is, by node and index; unproven."""
    # A page behind the end says how long the list is, and nothing more.
    behind = {"first": str(_BEHIND), "limit": "1"}
    _, answer = _unproven(parts, Question.parse({"view": view, "parameters": {**parameters, **behind}}), want)
    return int(answer["count"])


def newest_first(
    parts: Parts, want: Wanted, view: str, parameters: dict[str, Any], first: int | None, limit: int
) -> dict[str, Any]:
    """The question for a page of a list: from entry ``first`` on, or the newest entries where none is named."""
    page = {"first": str(first or 0), "limit": str(limit)}
    if first is None:
        page["first"] = str(max(0, length_of(parts, want, view, parameters) - limit))
    return {"view": view, "parameters": {**parameters, **page}}


def _proven(parts: Parts, question: Question, want: Wanted) -> dict[str, Any]:
    verifiable, at_least = parts.prover.verifiable(), max(want.at_least, want.at or 0)
    if verifiable < at_least:
        raise ProofPending(f"block {at_least} was asked for, the newest verifiable block is {verifiable}")
    documents = parts.off_chain.as_read_by(want.who)
    return parts.prover.prove(question, height=want.at, since=want.since, off_chain=documents)


def _unproven(parts: Parts, question: Question, want: Wanted) -> tuple[int, dict[str, Any]]:
    """The block and the answer by node and index, at the newest block that both have or the one asked for."""
    view = find_view(question.view)
    if view is None:
        raise InvalidInput(f"there is no view {question.view!r}")
    block, at_least = parts.follower.height, max(want.at_least, want.at or 0)
    if block < at_least:
        raise Unavailable(
            f"the index is at block {block}, block {at_least} was asked for", hint="ask again", retry_after=1
        )
    block = block if want.at is None else want.at
    place: int | None = None
    if view in MOVEMENTS:
        wanted_batch = read_movement(question.parameters)
        found = parts.stored_index.batch(wanted_batch.poster, wanted_batch.lane, wanted_batch.sequence)
        block, place = (found.block, found.tx_index) if found else (block, None)
    source = PlainSource(parts.ledger, parts.stored_index, parts.off_chain.as_read_by(want.who), block, place)
    return block, view.run(source, question.parameters).answer
