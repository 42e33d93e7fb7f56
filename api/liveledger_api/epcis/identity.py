"""What identifies an event: its items, its hash id of CBV 2.0, and the salted hash that goes on the chain."""

from __future__ import annotations

import copy
import json
import threading
from importlib import resources
from typing import Any

from epcis_event_hash_generator import hash_generator, json_to_py
from liveledger.domain.errors import InvalidInput
from liveledger.domain.hashing import canonical_json, keccak
from pyld import jsonld  # type: ignore[import-untyped]

SALT_BYTES = 16
MAX_ITEMS = 500
_EPC_FIELDS = ("epcList", "childEPCs", "inputEPCList", "outputEPCList")
_CLASS_FIELDS = ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList")
_HASHING = threading.Lock()  # the generator keeps namespaces in a module variable
_STANDARD_CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
# Files of the generator's package, by the URLs that they were loaded from.
_KNOWN_CONTEXTS = {
    "https://gs1.github.io/EPCIS/epcis-context.jsonld": (
        "14b10c9d3e92d35f577bfc610fe5ec15aa2941124987919389d7cd9998516861.jsonld"
    ),
    _STANDARD_CONTEXT: "e532647e8eb371379b8b0e8602d8981c8566bc60f7351f22c76a5bc865962008.jsonld",
}
_NOT_HASHED = ("@context", "eventID", "errorDeclaration")
_ABSENT_TYPE = "urn:liveledger:absent"
_ABSENT = f"type={_ABSENT_TYPE}"
_GENERATOR_ERRORS = (jsonld.JsonLdError, TypeError, AttributeError, LookupError, ValueError, RecursionError)


def items_of(event: dict[str, Any]) -> list[str]:
    """URIs of all EPCs and lot classes that the event names, once each, in their order (docs/formats.md).

    An event without any (a sensor at a place) is anchored to its own eventID, so that it can be proven too.
    """
    uris = [event["parentID"]] if "parentID" in event else []
    for name in _EPC_FIELDS:
        uris += event.get(name, [])
    for name in _CLASS_FIELDS:
        uris += [element["epcClass"] for element in event.get(name, [])]
    found = list(dict.fromkeys(uris)) or [event["eventID"]]
    if len(found) > MAX_ITEMS:
        raise InvalidInput(
            f"the event names {len(found)} items, at most {MAX_ITEMS} fit in one anchor",
            hint="split the event: one pallet, one event",
            items=len(found),
        )
    return found


def event_hash(salt: bytes, event: dict[str, Any]) -> bytes:
    """``keccak(salt ‖ JCS(event))``, the 32 bytes that are anchored."""
    return keccak(salt + canonical_json(event))


def hash_id(event: dict[str, Any], context: Any) -> str:
    """The CBV 2.0 hash id (``ni:///sha-256;…?ver=CBV2.0``) of an event that brings no eventID.

    Made by the reference implementation. Only the standard's own context is ever loaded, from the package: a context
    that a body points to elsewhere is not fetched. Raises InvalidInput when the event's own terms cannot be resolved.
    """
    document = {
        "@context": _safe_context(context),
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": event["eventTime"],
        "epcisBody": {"eventList": [_prepared(event)]},
    }
    with _HASHING:
        json_to_py._namespaces.clear()
        jsonld.set_document_loader(_load_known_context)
        try:
            tree = json_to_py.event_list_from_epcis_document_json(document)
            texts = [text.replace(_ABSENT, "") for text in hash_generator.derive_prehashes_from_events(tree)]
        except _GENERATOR_ERRORS as error:
            raise _no_hash_id() from error
    if len(texts) != 1:
        raise _no_hash_id()
    return str(hash_generator.calculate_hashes_from_pre_hashes(texts)[0])


def _prepared(event: dict[str, Any]) -> dict[str, Any]:
    """A copy for the generator, which stumbles over a business transaction without its optional ``type``."""
    bare = copy.deepcopy({name: value for name, value in event.items() if name not in _NOT_HASHED})
    if "bizTransactionList" in bare:
        bare["bizTransactionList"] = [
            {"type": element.get("type", _ABSENT_TYPE), "bizTransaction": element["bizTransaction"]}
            for element in bare["bizTransactionList"]
        ]
    return bare


def _no_hash_id() -> InvalidInput:
    return InvalidInput(
        "the event has no eventID and none can be made from its content",
        hint="give it an eventID, for example urn:uuid:…, or check its @context",
        pointer="/eventID",
    )


def _safe_context(context: Any) -> list[Any]:
    """The standard's context and those prefixes of the body that map a name to a URI and redefine nothing."""
    members = context if isinstance(context, list) else [context]
    standard = _context_terms(_STANDARD_CONTEXT)
    prefixes = {
        name: target
        for member in members
        if isinstance(member, dict)
        for name, target in member.items()
        if isinstance(target, str) and not name.startswith("@") and name not in standard
    }
    return [_STANDARD_CONTEXT, *({name: target} for name, target in prefixes.items())]


def _context_terms(url: str) -> frozenset[str]:
    return frozenset(_context_file(url)["@context"])


def _context_file(url: str) -> dict[str, Any]:
    source = resources.files("epcis_event_hash_generator") / _KNOWN_CONTEXTS[url]
    loaded: dict[str, Any] = json.loads(source.read_text())
    return loaded


def _load_known_context(url: str, _options: Any = None) -> dict[str, Any]:
    if url not in _KNOWN_CONTEXTS:
        raise jsonld.JsonLdError("contexts are never fetched", "liveledger.UnknownContext", code="loading failed")
    return {
        "contentType": "application/ld+json",
        "contextUrl": None,
        "documentUrl": url,
        "document": _context_file(url),
    }
