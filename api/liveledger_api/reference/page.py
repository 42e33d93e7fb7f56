"""The API's description (OpenAPI) as one page of HTML: no script, nothing from another address."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from liveledger_api.access.rules import EXTENSION

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;"
    "background:#fff}code,pre{font-family:ui-monospace,monospace;font-size:.9em}pre{overflow-x:auto;padding:.5rem;"
    "background:#f3f3f3}table{border-collapse:collapse}td,th{text-align:left;vertical-align:top;padding:.2rem .8rem "
    ".2rem 0}summary{cursor:pointer}details{margin:.4rem 0}@media(prefers-color-scheme:dark){body{color:#e8e8e8;"
    "background:#161616}pre{background:#242424}a{color:#8ab4f8}}"
)
_REFERENCE = "#/components/schemas/"


def page(schema: Mapping[str, Any]) -> str:
    """The whole page: addresses by group, each with its parameters, answers and examples, then the types."""
    groups: dict[str, list[str]] = {}
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            groups.setdefault(str(operation["tags"][0]), []).append(_operation(path, method, operation))
    title = f"{schema['info']['title']} {schema['info']['version']}"
    parts = [
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}: API</title>',
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body>',
        f"<h1>{escape(title)}</h1><p>{escape(schema['info']['description'].strip())}</p>",
        '<p>For programs: <a href="openapi.json">openapi.json</a></p>',
        *(f"<h2>{escape(name)}</h2>{''.join(found)}" for name, found in groups.items()),
        "<h2>Types</h2>",
        *(_type(name, found) for name, found in sorted(schema["components"]["schemas"].items())),
        "</body></html>",
    ]
    return "".join(parts)


def _operation(path: str, method: str, operation: Mapping[str, Any]) -> str:
    heading = f"<code>{escape(method.upper())} {escape(path)}</code>"
    rule = operation[EXTENSION]
    who = f"<p>Who: {escape(rule['who'])}" + (f"; {escape(rule['sees'])}" if rule.get("sees") else "") + "</p>"
    rows = "".join(_parameter(one) for one in operation.get("parameters", ()))
    parameters = f"<table><tr><th>parameter<th>in<th>type<th>what</tr>{rows}</table>" if rows else ""
    answers = "".join(_answer(status, found) for status, found in sorted(operation["responses"].items()))
    about = f"<p>{escape(operation.get('description', operation.get('summary', '')))}</p>"
    name = escape(operation["operationId"])
    return (
        f'<details id="{name}"><summary>{heading} {escape(operation.get("summary", ""))}</summary>{about}{who}'
        f"<p><code>{name}</code></p>{parameters}<table>{answers}</table></details>"
    )


def _parameter(one: Mapping[str, Any]) -> str:
    name = escape(one["name"]) + ("" if one.get("required") else "?")
    cells = (f"<code>{name}</code>", escape(one["in"]), _named(one["schema"]), escape(one.get("description", "")))
    return f"<tr>{''.join(f'<td>{cell}' for cell in cells)}</tr>"


def _answer(status: str, found: Mapping[str, Any]) -> str:
    bodies = (
        f"<code>{escape(kind)}</code> {_named(content.get('schema', {}))}"
        for kind, content in found.get("content", {}).items()
    )
    return f"<tr><td>{escape(status)}<td>{escape(found.get('description', ''))}<td>{'<br>'.join(bodies)}</tr>"


def _type(name: str, found: Mapping[str, Any]) -> str:
    needed = set(found.get("required", ()))
    fields = "".join(
        f"<tr><td><code>{escape(field)}{'' if field in needed else '?'}</code><td>{_named(kind)}"
        f"<td>{escape(kind.get('description', ''))}</tr>"
        for field, kind in found.get("properties", {}).items()
    )
    examples = "".join(f"<pre>{escape(json.dumps(one, indent=1))}</pre>" for one in found.get("examples", ()))
    about = escape(found.get("description", ""))
    return (
        f'<details id="type-{escape(name)}"><summary><code>{escape(name)}</code></summary><p>{about}</p>'
        f"<table>{fields}</table>{examples}</details>"
    )


def _named(kind: Mapping[str, Any]) -> str:
    return " or ".join(_names(kind)) or "any"


def _names(kind: Mapping[str, Any]) -> Iterator[str]:
    for one in kind.get("anyOf", ()):
        yield from _names(one)
    if "$ref" in kind:
        name = escape(kind["$ref"].removeprefix(_REFERENCE))
        yield f'<a href="#type-{name}">{name}</a>'
    if "enum" in kind:
        yield escape(", ".join(map(str, kind["enum"])))
    elif kind.get("type") == "array":
        yield f"list of {_named(kind.get('items', {}))}"
    elif "type" in kind:
        yield escape(str(kind["type"]))
