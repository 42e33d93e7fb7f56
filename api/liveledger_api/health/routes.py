"""GET /health/live and GET /health/ready."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from liveledger_api.requests import PartsOf

router = APIRouter(prefix="/health", tags=["Health"])


@router.get("/live")
def live() -> dict[str, str]:
    """The process answers."""
    return {"status": "live"}


@router.get("/ready")
def ready(parts: PartsOf) -> JSONResponse:
    """200 when the index keeps up with the chain, else 503; both with the heights."""
    state: dict[str, Any] = parts.follower.state()
    is_ready = state["error"] is None and state["lag_blocks"] <= parts.settings.ready_lag_blocks
    return JSONResponse({"status": "ready" if is_ready else "not ready", **state}, 200 if is_ready else 503)
