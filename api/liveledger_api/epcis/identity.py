"""What identifies an event: its items, its hash id of CBV 2.0, and the salted hash that goes on the chain."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from epcis_event_hash_generator import hash_generator, json_to_py
from pyld import jsonld  # type: ignore[import-untyped]

from liveledger.domain.errors import InvalidInput
from liveledger_api.epcis.contexts import STANDARD_CONTEXT, known_context, prefixes

MAX_ITEMS = 500
_EPC_FIELDS = ("epcList", "childEPCs", "inputEPCList", "outputEPCList")
_CLASS_FIELDS = ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList")
_HASHING = threading.Lock()  # the generator keeps namespaces in a module variable
_NOT_HASHED = ("@context", "eventID", "errorDeclaration")
_ABSENT_TYPE = "urn:liveledger:absent"
_ABSENT = f"type={_ABSENT_TYPE}"
_FORMAT_NUMBER = hash_generator._try_format_numeric
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


def hash_id(event: dict[str, Any], context: Any) -> str:
    """The CBV 2.0 hash id (``ni:///sha-256;…?ver=CBV2.0``) of an event that brings no eventID.

    Made by the reference implementation. Only the standard's own context is ever loaded, from the package: a context
    that a body points to elsewhere is not fetched. Raises InvalidInput when the event's own terms cannot be resolved.
    """
    return str(hash_generator.calculate_hashes_from_pre_hashes([_content(event, context, _number)])[0])


def exact_content(event: dict[str, Any], context: Any) -> str:
    """What the hash id is made of, with every digit of its numbers: the id itself has some 16 of them. Raises as above.

    Events may differ here and have one id, such as those with two SSCCs in fields of their own.
    """
    return _content(event, context, _exact_number)


def _content(event: dict[str, Any], context: Any, number: Callable[[str], str]) -> str:
    with _HASHING:
        hash_generator._try_format_numeric = number
        json_to_py._namespaces.clear()
        jsonld.set_document_loader(known_context)
        try:
            tree = json_to_py.event_list_from_epcis_document_json(_document(event, prefixes(context)))
            texts = [text.replace(_ABSENT, "") for text in hash_generator.derive_prehashes_from_events(tree)]
        except _GENERATOR_ERRORS as error:
            raise _no_hash_id() from error
    if len(texts) != 1:
        raise _no_hash_id()
    return str(texts[0])


def _number(text: str) -> str:
    """A number in the reference's form; it stumbles over words that float() takes for infinite."""
    try:
        return str(_FORMAT_NUMBER(text))
    except OverflowError:
        return text


def _exact_number(text: str) -> str:
    try:
        form = _number(text)
        return form if Decimal(form) == Decimal(text) else text
    except InvalidOperation:
        return text


def _document(event: dict[str, Any], known: dict[str, str]) -> dict[str, Any]:
    """A document for the generator: its context has no prefix but those of ``known``, each written as a text."""
    return {
        "@context": [STANDARD_CONTEXT, *({name: target} for name, target in known.items())],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": event["eventTime"],
        "epcisBody": {"eventList": [_prepared(event, known)]},
    }


def _prepared(event: dict[str, Any], known: dict[str, str]) -> dict[str, Any]:
    """A copy for the generator, which stumbles over a business transaction without its optional ``type``.

    In these lists, and in those of sources and destinations, it takes names in the order in which they stand: ``type``
    comes first here. It resolves the prefix of an event's own type in XML only, as ``{IRI}name``: so is it written.
    """
    bare = copy.deepcopy({name: value for name, value in event.items() if name not in _NOT_HASHED})
    prefix, colon, name = bare["type"].partition(":")
    if colon and prefix in known:
        bare["type"] = f"{{{known[prefix]}}}{name}"
    if "bizTransactionList" in bare:
        bare["bizTransactionList"] = [
            {"type": element.get("type", _ABSENT_TYPE), "bizTransaction": element["bizTransaction"]}
            for element in bare["bizTransactionList"]
        ]
    for name in ("sourceList", "destinationList"):
        if name in bare:
            bare[name] = [dict(sorted(element.items(), key=lambda item: item[0] != "type")) for element in bare[name]]
    return bare


def _no_hash_id() -> InvalidInput:
    return InvalidInput(
        "the event has no eventID and none can be made from its content",
        hint="give it an eventID, for example urn:uuid:…, or check its @context",
        pointer="/eventID",
    )
