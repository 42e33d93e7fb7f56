"""Errors as RFC 9457 problem details; the types of EPCIS are those of its REST binding."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute

from liveledger.domain.errors import LiveLedgerError
from liveledger.messages.json_body import pointer
from liveledger_api.declared import allowed
from liveledger_api.metrics import ApiMetrics

MEDIA_TYPE = "application/problem+json"
_log = structlog.get_logger(__name__)

EPCIS_TYPES = {
    "epcis-validation": "epcisException:ValidationException",
    "malformed-json": "epcisException:ValidationException",
    "already-exists": "epcisException:ResourceAlreadyExistsException",
    "capture-limit": "epcisException:CaptureLimitExceededException",
    "too-large": "epcisException:CaptureLimitExceededException",
    "no-such-resource": "epcisException:NoSuchResourceException",
    "not-found": "epcisException:NoSuchResourceException",
    "unsupported-media-type": "epcisException:UnsupportedMediaTypeException",
    "invalid-input": "epcisException:ValidationException",
    "unknown-parameter": "epcisException:ValidationException",
    "repeated-parameter": "epcisException:ValidationException",
}
_EPCIS_PATHS = ("/capture", "/events")
_TITLES = {
    400: "Bad request",
    401: "Not logged in",
    403: "Refused",
    404: "Not found",
    409: "Conflict",
    413: "Too large",
    415: "Unsupported media type",
    429: "Too many requests",
}


def problem(error: LiveLedgerError, path: str) -> dict[str, Any]:
    """The problem object of an error that happened at the address ``path``."""
    epcis = EPCIS_TYPES.get(error.stable_code) if path.startswith(_EPCIS_PATHS) else None
    body: dict[str, Any] = {
        "type": epcis or f"urn:liveledger:problem:{error.stable_code}",
        "title": _TITLES.get(error.http_status, "Error"),
        "status": error.http_status,
        "detail": error.message,
        "instance": path,
        "code": error.stable_code,
    }
    if error.hint:
        body["hint"] = error.hint
    return body | {name: value for name, value in error.details.items() if name not in body}


def problem_response(error: LiveLedgerError, path: str) -> JSONResponse:
    """The HTTP answer for an error. A 202, a 429 and a 503 say when to come back."""
    content = json.loads(json.dumps(problem(error, path), default=_plain))
    response = JSONResponse(content, error.http_status, media_type=MEDIA_TYPE)
    if error.http_status in (202, 429, 503):
        response.headers["Retry-After"] = str(error.details.get("retry_after", 1))
    return response


def note_refusal(metrics: ApiMetrics, error: LiveLedgerError, status: int, path: str) -> None:
    """Counts what was not carried out, and logs why."""
    metrics.refusals.labels(error.stable_code).inc()
    event = "request_failed" if status >= 500 else "request_refused"
    _log.warning(event, path=path, status=status, code=error.stable_code, reason=error.message)


def install(app: FastAPI, metrics: ApiMetrics, routes: Sequence[BaseRoute]) -> None:
    """Makes every error of ``app``, which has these ``routes``, a problem answer."""

    @app.exception_handler(LiveLedgerError)
    def on_known(request: Request, error: LiveLedgerError) -> JSONResponse:
        note_refusal(metrics, error, error.http_status, request.url.path)
        return problem_response(error, request.url.path)

    @app.exception_handler(RequestValidationError)
    def on_invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        found = [{"path": pointer(*found["loc"]), "message": found["msg"]} for found in error.errors()]
        first = found[0]
        known = LiveLedgerError(f"{first['path']}: {first['message']}", code="invalid-input", errors=found)
        note_refusal(metrics, known, 400, request.url.path)
        return _with_status(known, 400, request.url.path)

    @app.exception_handler(HTTPException)
    def on_http(request: Request, error: HTTPException) -> JSONResponse:
        codes = {404: "no-such-resource", 405: "method-not-allowed"}
        known = LiveLedgerError(str(error.detail), code=codes.get(error.status_code, f"http-{error.status_code}"))
        note_refusal(metrics, known, error.status_code, request.url.path)
        headers = dict(error.headers or {})
        if error.status_code == 405:
            headers["Allow"] = allowed(routes, request.scope)
        return _with_status(known, error.status_code, request.url.path, headers)

    @app.exception_handler(Exception)
    def on_bug(request: Request, error: Exception) -> JSONResponse:
        reference = uuid.uuid4().hex
        _log.error("unexpected_error", path=request.url.path, reference=reference, exc_info=error)
        known = LiveLedgerError(
            "an error inside the server", hint="look for the reference in its log", reference=reference
        )
        metrics.refusals.labels(known.stable_code).inc()
        return problem_response(known, request.url.path)


def _with_status(error: LiveLedgerError, status: int, path: str, headers: Any = None) -> JSONResponse:
    content = problem(error, path) | {"status": status, "title": _TITLES.get(status, "Error")}
    return JSONResponse(content, status, media_type=MEDIA_TYPE, headers=headers)


def _plain(value: Any) -> str:
    return "0x" + value.hex() if isinstance(value, bytes) else str(value)
