"""GET /docs: the API's description to read, served by this server alone."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from liveledger_api.reference.page import page

router = APIRouter(tags=["Health"])
# The page needs no script, and nothing of any other address.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


@router.get("/docs", response_class=HTMLResponse)
def reference(request: Request) -> HTMLResponse:
    """The API's description as a page: every address with its parameters, answers and examples."""
    state = request.app.state
    if not hasattr(state, "reference"):  # made once: whoever asks, asks for the same
        state.reference = page(request.app.openapi())
    headers = {"Content-Security-Policy": _POLICY, "X-Content-Type-Options": "nosniff"}
    return HTMLResponse(state.reference, headers=headers)
