"""What a capture body holds: an EPCISDocument, an EPCISQueryDocument or one bare event, checked and taken apart.

The standard's capture interface takes an EPCISDocument. A query document, which is what another repository answers
with, is taken as well: its events are captured like those of a document, so that a history can be carried over.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from liveledger.domain.errors import InvalidInput
from liveledger.messages.checks import Check, Finding, Findings, anything, array, matching, record, text, time, uri
from liveledger_api.epcis.contexts import joined
from liveledger_api.epcis.events import check_event, context

_VERSION = matching(r"\d+(\.\d+)*", "version number")
_ATTRIBUTE = record({"id": uri, "attribute": anything}, required=("id",), extensible=True)
_ELEMENT = record(
    {"id": uri, "attributes": array(_ATTRIBUTE), "children": array(uri)}, required=("id",), extensible=True
)
_VOCABULARY = record({"type": uri, "vocabularyElementList": array(_ELEMENT)}, required=("type",), extensible=True)
_HEADER = record(
    {"epcisMasterData": record({"vocabularyList": array(_VOCABULARY)}, extensible=True)},
    extensible=True,
)
_HEAD: dict[str, Check] = {
    "@context": context,
    "id": text,  # nothing refers to it; GS1's own examples write blank nodes (_:document1)
    "type": text,
    "schemaVersion": _VERSION,
    "creationDate": time,
}
_LIST = array(anything)
_DOCUMENT = record(
    {
        **_HEAD,
        "instanceIdentifier": text,
        "sender": text,
        "receiver": text,
        "epcisHeader": _HEADER,
        "epcisBody": record({"eventList": _LIST}, required=("eventList",), others=True),
    },
    required=("@context", "type", "schemaVersion", "creationDate", "epcisBody"),
    extensible=True,
)
_RESULTS = record({"eventList": _LIST, "vocabularyList": array(_VOCABULARY)}, required=("eventList",), extensible=True)
_QUERY_BODY = record(
    {
        "queryResults": record(
            {"queryName": text, "subscriptionID": text, "resultsBody": _RESULTS},
            required=("queryName", "resultsBody"),
            extensible=True,
        )
    },
    required=("queryResults",),
    extensible=True,
)
_QUERY_DOCUMENT = record(
    {**_HEAD, "epcisBody": _QUERY_BODY}, required=("@context", "type", "epcisBody"), extensible=True
)


class ValidationException(InvalidInput):
    """The EPCIS content breaks the form of the standard; ``details["errors"]`` names every place."""

    code = "epcis-validation"


@dataclass(frozen=True, slots=True)
class FoundEvent:
    """One event of a body: where it stood, the event as it was sent, its JSON-LD context, and what breaks the form."""

    path: tuple[str | int, ...]
    event: dict[str, Any]
    context: Any
    findings: tuple[Finding, ...]


def read_document(body: Any) -> list[FoundEvent]:
    """The events of a document or of a bare event, each with its findings.

    Raises ValidationException when the envelope itself breaks the form, so that no event can be told from another.
    """
    if not isinstance(body, dict):
        raise _refused([Finding("", "the body is no JSON object")])
    kind = body.get("type")
    findings = Findings()
    if kind == "EPCISDocument":
        _DOCUMENT(body, findings)
        path: tuple[str | int, ...] = ("epcisBody", "eventList")
    elif kind == "EPCISQueryDocument":
        _QUERY_DOCUMENT(body, findings)
        path = ("epcisBody", "queryResults", "resultsBody", "eventList")
    elif not isinstance(kind, str):
        raise _refused([Finding("/type", "is missing or no text: a body is a document or one event, and says which")])
    else:
        return [read_event(body)]
    if findings.found:
        raise _refused(findings.found)
    events: Any = body
    for part in path:
        events = events[part]
    return [_found(event, (*path, i), body["@context"]) for i, event in enumerate(events)]


def read_event(body: Any) -> FoundEvent:
    """One bare event, which must bring its own ``@context``."""
    found = _found(body, (), None)
    if isinstance(body, dict) and "@context" not in body:
        missing = Finding("/@context", "is missing: an event that stands alone brings its JSON-LD context")
        return FoundEvent((), found.event, None, (*found.findings, missing))
    return found


def refuse_findings(found: list[FoundEvent]) -> None:
    """Raises ValidationException with the findings of all events, if there are any."""
    findings = [finding for event in found for finding in event.findings]
    if findings:
        raise _refused(findings)


def _found(event: Any, path: tuple[str | int, ...], outer: Any) -> FoundEvent:
    findings = Findings(path)
    check_event(event, findings)
    body = event if isinstance(event, dict) else {}
    return FoundEvent(path, body, joined(outer, body.get("@context")), tuple(findings.found))


def _refused(findings: list[Finding]) -> ValidationException:
    first = findings[0]
    more = f" (and {len(findings) - 1} more)" if len(findings) > 1 else ""
    return ValidationException(
        f"{first.path or 'the body'}: {first.message}{more}",
        hint="correct the places that are listed and send it again; nothing was written",
        path=first.path,
        errors=[finding.as_dict() for finding in findings],
    )
