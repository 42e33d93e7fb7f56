"""The API's description (OpenAPI): FastAPI's own, with the refusals that this server sends instead of FastAPI's."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from liveledger.verifier import MEDIA_TYPE as BUNDLE
from liveledger_api import problems
from liveledger_api.access.rules import EXTENSION, RULES, Rule, Who

JSON = "application/json"
_ANY = {
    400: "A parameter, a path or the body breaks a rule; `code` and `detail` say which",
    500: "An error inside the server, or of its set-up; its log has the `reference`",
    502: "The node answered with what is no answer",
    503: "The node is away or behind; ask again after `Retry-After` seconds",
}
_DOOR = {
    401: "The token or key that was shown is not good, or the address needs one",
    429: "The caller asks more often than its share; ask again after `Retry-After` seconds",
}
_MEMBERS = {403: "The caller is no active member, lacks a role or an interface, or has no part in what was asked for"}
_NAMED = {404: "What was asked for by name is not there"}
_SENT = {
    403: "The caller may not do this, or the page of another origin made a browser send this",
    404: "An account, or what the body names, is not there",
    408: "The body did not arrive in time",
    409: "A rule of the ledger forbids it, or it is there already",
    413: "The body is over its limit",
    415: "The body's type is not read here, or not named",
}
_PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "RFC 9457 problem details. `code` is stable; more members name the record or parameter in question.",
    "required": ["type", "title", "status", "detail", "instance", "code"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "code": {"type": "string"},
        "hint": {"type": "string"},
        "errors": {"type": "array", "items": {"type": "object"}},
    },
    "additionalProperties": True,
}
_BEARER = {"type": "http", "scheme": "bearer", "description": "A token of POST /login, or an API key of POST /keys"}
_PENDING = "The proof waits for its block, or the document is not anchored yet; ask again after `Retry-After` seconds"
_OBJECT = {"schema": {"type": "object"}}
_SCHEMA_OF_PENDING = {"$ref": "#/components/schemas/Pending"}


def install(app: FastAPI) -> None:
    """Makes what `app` says of itself what it sends."""
    generated = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _told(generated())
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _told(schema: dict[str, Any]) -> dict[str, Any]:
    schemas = schema.setdefault("components", {}).setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    schemas["Problem"] = _PROBLEM
    schema["components"]["securitySchemes"] = {"bearer": _BEARER}
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            rule = RULES[method.upper(), path]
            operation[EXTENSION] = rule.as_json()
            # What is open to everybody may still be asked by somebody.
            operation["security"] = [{}, {"bearer": []}] if rule.who is Who.OPEN else [{"bearer": []}]
            _tell(operation, rule, sends=method in ("post", "delete"), named="{" in path)
    return schema


def _tell(operation: dict[str, Any], rule: Rule, *, sends: bool, named: bool) -> None:
    """Adds to an operation what it answers besides its one good answer."""
    responses, query = operation["responses"], {one["name"] for one in operation.get("parameters", ())}
    responses.pop("422", None)
    if "proof" in query:
        responses["200"]["content"][BUNDLE] = _OBJECT
        responses["202"] = {"description": _PENDING, "content": {JSON: {"schema": _SCHEMA_OF_PENDING}}}
    if "dry_run" in query:
        (good,) = (found for status, found in responses.items() if status.startswith("2"))
        content = dict(good["content"])
        responses["200"] = {"description": "What a dry run found; nothing was written", "content": content}
    by_name = _NAMED if named or query & {"account", "place", "document"} else {}
    told = _ANY | _DOOR | ({} if rule.who is Who.OPEN else _MEMBERS) | by_name | (_SENT if sends else {})
    for status, sentence in sorted(told.items()):
        known = responses.setdefault(str(status), {"description": sentence, "content": {}})
        known["content"][problems.MEDIA_TYPE] = {"schema": {"$ref": "#/components/schemas/Problem"}}
