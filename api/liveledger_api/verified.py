"""Answers with their proofs: the one place that decides whether an answer carries its bundle, or is one."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any

from fastapi import Header, Query
from fastapi.responses import JSONResponse, Response

from liveledger.chain.ledger import verifiable_height
from liveledger.domain.errors import InvalidInput, Unavailable
from liveledger.domain.hashing import canonical_json
from liveledger.proofs.bundle import MEDIA_TYPE
from liveledger.proofs.questions import Question
from liveledger.proving.prover import ProofPending
from liveledger_api.parts import Parts

PROBLEM_AFTER_SECONDS = 1


class ProofMode(Enum):
    """Whether an answer comes bare, with its bundle beside it, or as the bundle alone."""

    NONE = "none"
    BESIDE = "beside"
    BUNDLE = "bundle"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a client wants of an answer: its proof, and the lowest block that it must take into account."""

    mode: ProofMode
    at_least: int


def wanted(
    proof: Annotated[str | None, Query(description="`true`: the bundle beside the answer; `bundle`: the bundle alone")] = None,
    at_least: Annotated[int, Query(ge=0, lt=1 << 62, description="Lowest block that the answer must include")] = 0,
    accept: Annotated[str | None, Header()] = None,
) -> Wanted:
    """Reads ``?proof=``, ``?at_least=`` and ``Accept``. Raises InvalidInput for another word."""
    if proof not in (None, "true", "false", "bundle"):
        raise InvalidInput(f"proof is true, false or bundle, not {proof[:40]!r}", parameter="proof")
    if proof == "bundle" or (proof is None and accept is not None and MEDIA_TYPE in accept):
        return Wanted(ProofMode.BUNDLE, at_least)
    return Wanted(ProofMode.BESIDE if proof == "true" else ProofMode.NONE, at_least)


def respond(
    parts: Parts,
    want: Wanted,
    question: dict[str, Any],
    unproven: Callable[[], dict[str, Any]],
    beside: Callable[[Any], dict[str, Any]] | None = None,
) -> Response:
    """The answer to ``question`` in the form that is wanted.

    ``unproven`` reads the answer from the index and may raise NotFound; with a proof "there is none" is an answer
    like any other. ``beside`` gives what goes with an answer and is no part of the proof, such as documents whose
    hashes are proven. While the proof waits for its block: 202 with Retry-After.
    """
    extra = beside or (lambda _answer: {})
    if want.mode is ProofMode.NONE:
        answer = _unproven(parts, want, unproven)
        return JSONResponse({**answer, "proof": None, **extra(answer["answer"])})
    try:
        bundle = _prove(parts, want, question)
    except ProofPending as pending:
        return _come_back(pending.message, pending.retry_after)
    if want.mode is ProofMode.BUNDLE:
        return Response(canonical_json(bundle), media_type=MEDIA_TYPE)
    block = {"height": bundle["light_block"]["header"]["height"]}
    return JSONResponse({"answer": bundle["answer"], "block": block, "proof": bundle, **extra(bundle["answer"])})


def _prove(parts: Parts, want: Wanted, question: dict[str, Any]) -> dict[str, Any]:
    return parts.prover.prove(Question.parse(question))


def _unproven(parts: Parts, want: Wanted, read: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    height = parts.follower.height
    if height < want.at_least:
        raise Unavailable(
            f"the index is at block {height}, block {want.at_least} was asked for",
            hint="ask again; `/health/ready` shows how far the index is behind",
            retry_after=PROBLEM_AFTER_SECONDS,
        )
    return {"answer": read(), "block": {"height": str(height)}}


def _come_back(reason: str, seconds: float) -> Response:
    body = {"status": "pending", "detail": reason, "asked_at": int(time.time())}
    return JSONResponse(body, 202, headers={"Retry-After": str(max(1, round(seconds)))})
