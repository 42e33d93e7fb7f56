"""GET /health/live, GET /health/ready and GET /metrics."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from liveledger_api.health.schemas import Live, Ready
from liveledger_api.requests import PartsOf, Who

router = APIRouter(tags=["Health"])

# Heights and counts of blocks are decimal strings, as everywhere.
_OF_THE_LEDGER = ("chain_height", "verifiable_height", "index_height", "lag_blocks")


@router.get("/health/live", response_model=Live)
def live() -> dict[str, str]:
    """The process answers."""
    return {"status": "live"}


@router.get("/health/ready", response_model=Ready, responses={503: {"description": "Not ready", "model": Ready}})
def ready(parts: PartsOf) -> JSONResponse:
    """200 when the index keeps up with the chain and all workers do their work, else 503; both with the heights.

    ``unanswered`` names the contracts of families that the ledger does not have, or has in a version that this release
    does not know: their questions are refused, all others answered. ``block_hashes`` says what keeps this server from
    archiving hashes of old blocks, which another member's server does as well. ``reservations`` says whether the
    server's own account has one beside it for reservations, which blocks take first, or posts them in line.
    ``submissions`` names what holds up captures, anchors or movements. ``failing`` names those workers that ended or
    have failed several times in a row: what is accepted would not be carried out, so the server is not ready either.
    """
    state: dict[str, Any] = parts.follower.state()
    state["submissions"] = parts.workers.errors()
    state["block_hashes"] = parts.archiving.error
    state["reservations"] = "own-account" if parts.movements.reserves_apart(parts.settings.account) else "in-line"
    state["failing"] = parts.workers.failing()
    follows = state["error"] is None and state["lag_blocks"] <= parts.settings.ready_lag_blocks
    is_ready = follows and not state["failing"]
    state |= {name: str(state[name]) for name in _OF_THE_LEDGER if name in state}
    return JSONResponse({"status": "ready" if is_ready else "not ready", **state}, 200 if is_ready else 503)


@router.get("/metrics", response_class=PlainTextResponse)
def metrics(parts: PartsOf, who: Who) -> Response:
    """What the server measures, in Prometheus' text format; docs/metrics.md explains it."""
    parts.door.parties.require_here(who)
    return Response(generate_latest(parts.metrics.registry), media_type=CONTENT_TYPE_LATEST)
