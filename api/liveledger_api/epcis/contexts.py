"""JSON-LD contexts: which prefixes hold for an event, and the standard's own context, which is never fetched."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib import resources
from typing import Any

from pyld import jsonld  # type: ignore[import-untyped]

STANDARD_CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
# Files of the generator's package, by the URLs that they were loaded from.
_KNOWN_CONTEXTS = {
    "https://gs1.github.io/EPCIS/epcis-context.jsonld": (
        "14b10c9d3e92d35f577bfc610fe5ec15aa2941124987919389d7cd9998516861.jsonld"
    ),
    STANDARD_CONTEXT: "e532647e8eb371379b8b0e8602d8981c8566bc60f7351f22c76a5bc865962008.jsonld",
}
# A prefix may be written by means of another one; nobody nests them deeper.
_MAX_STEPS = 8


def members(context: Any) -> list[Any]:
    """The parts of a context, first to last; a later one wins."""
    if context is None:
        return []
    return list(context) if isinstance(context, list) else [context]


def joined(outer: Any, own: Any) -> Any:
    """The context that holds inside an event: its ``own`` adds to that of the document around it (``outer``)."""
    if outer is None or own is None:
        return outer if own is None else own
    known = members(outer)
    return known + [member for member in members(own) if not (isinstance(member, str) and member in known)]


def one_context(contexts: Sequence[Any]) -> list[Any] | None:
    """The standard's context and all that ``contexts`` hold beside it; None when a name is defined in two ways."""
    found: list[Any] = [STANDARD_CONTEXT]
    defined: dict[str, Any] = {}
    for member in (member for context in contexts for member in members(context)):
        if isinstance(member, dict) and any(defined.setdefault(name, value) != value for name, value in member.items()):
            return None
        if member not in found:
            found.append(member)
    return found


def prefixes(context: Any) -> dict[str, str]:
    """Prefixes by name, each with the IRI that it stands for; what the standard's context defines stays as it is there.

    A prefix is written as a text or as an object with ``@id``, and may itself be written by means of another prefix.
    """
    standard = frozenset(_context_file(STANDARD_CONTEXT)["@context"])
    written = {
        name: target
        for member in members(context)
        if isinstance(member, dict)
        for name, definition in member.items()
        if not name.startswith("@") and name not in standard and (target := _target(definition)) is not None
    }
    return {name: _resolved(target, written) for name, target in written.items()}


def known_context(url: str, _options: Any = None) -> dict[str, Any]:
    """The document loader for JSON-LD: only the standard's own context, out of the package."""
    if url not in _KNOWN_CONTEXTS:
        raise jsonld.JsonLdError("contexts are never fetched", "liveledger.UnknownContext", code="loading failed")
    return {
        "contentType": "application/ld+json",
        "contextUrl": None,
        "documentUrl": url,
        "document": _context_file(url),
    }


def _target(definition: Any) -> str | None:
    target = definition.get("@id") if isinstance(definition, dict) else definition
    return target if isinstance(target, str) else None


def _resolved(target: str, written: dict[str, str]) -> str:
    for _ in range(_MAX_STEPS):
        prefix, colon, rest = target.partition(":")
        if not colon or rest.startswith("//") or prefix not in written:
            break
        target = written[prefix] + rest
    return target


def _context_file(url: str) -> dict[str, Any]:
    source = resources.files("epcis_event_hash_generator") / _KNOWN_CONTEXTS[url]
    loaded: dict[str, Any] = json.loads(source.read_text())
    return loaded
