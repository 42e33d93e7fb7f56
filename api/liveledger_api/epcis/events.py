"""The form of the five EPCIS 2.0 event types (ISO/IEC 19987:2024, section 7.4), written as checks."""

from __future__ import annotations

from typing import Any

from liveledger.messages.checks import (
    Check,
    Findings,
    array,
    boolean,
    either,
    item,
    matching,
    number,
    record,
    text,
    time,
    uri,
    word,
)
from liveledger_api.epcis import vocabulary as words

_OFFSET = matching(r"[+-](0\d|1[0-3]):[0-5]\d|[+-]14:00", "offset from UTC, like +08:00")
_UNIT = matching(r"[A-Z0-9]{2,3}", "unit of UN/CEFACT Recommendation 20, like KGM")
_HEX = matching(r"[0-9A-Fa-f]+", "hexadecimal text")

_action = word(words.ACTIONS, "action", reserved=("",))
_business_step = word(words.BUSINESS_STEPS, "business step", words.LONG_WORDS)
_disposition = word(words.DISPOSITIONS, "disposition", words.LONG_WORDS)
_transaction_type = word(words.BUSINESS_TRANSACTIONS, "type of business transaction", words.LONG_WORDS)
_party_type = word(words.SOURCES_AND_DESTINATIONS, "type of source or destination", words.LONG_WORDS)
_place = record({"id": uri}, required=("id",), others=True)
_quantity = record({"epcClass": item, "quantity": number, "uom": _UNIT}, required=("epcClass",))
_transaction = record({"type": _transaction_type, "bizTransaction": uri}, required=("bizTransaction",))

_error = record(
    {
        "declarationTime": time,
        "reason": word(words.ERROR_REASONS, "reason of an error", words.LONG_WORDS),
        "correctiveEventIDs": array(uri),
    },
    required=("declarationTime",),
    extensible=True,
)
_device: dict[str, Check] = dict.fromkeys(
    ("deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "bizRules"), uri
)
_metadata = record({"time": time, "startTime": time, "endTime": time, **_device}, extensible=True)
_numbers: dict[str, Check] = dict.fromkeys(
    ("value", "minValue", "maxValue", "meanValue", "sDev", "percRank", "percValue"), number
)
_report = record(
    {
        "type": word(words.MEASUREMENTS, "kind of measurement", words.LONG_MEASUREMENTS),
        "exception": word(words.SENSOR_ALERTS, "sensor alert", words.LONG_MEASUREMENTS),
        "time": time,
        "microorganism": uri,
        "chemicalSubstance": uri,
        "coordinateReferenceSystem": uri,
        "component": word(words.COMPONENTS, "component", words.LONG_WORDS),
        "stringValue": text,
        "booleanValue": boolean,
        "hexBinaryValue": _HEX,
        "uriValue": uri,
        "uom": text,
        **_numbers,
        **_device,
    },
    required=("type",),
    extensible=True,
)
_sensor = record(
    {"type": text, "sensorMetadata": _metadata, "sensorReport": array(_report, least=1)},
    required=("sensorReport",),
    extensible=True,
)


def _persistent(value: Any, findings: Findings) -> None:
    names = array(_disposition, least=1, unique=True)
    record({"set": names, "unset": names})(value, findings)
    if isinstance(value, dict) and not value:
        findings.add("sets nothing and unsets nothing")


def context(value: Any, findings: Findings) -> None:
    """A JSON-LD context: a URI, an object, or a list of both."""
    members = value if isinstance(value, list) else [value]
    for i, member in enumerate(members):
        if not isinstance(member, dict):
            uri(member, findings.below(i) if isinstance(value, list) else findings)


_HEAD: dict[str, Check] = {
    "@context": context,
    "type": text,
    "eventTime": time,
    "recordTime": time,
    "eventTimeZoneOffset": _OFFSET,
    "eventID": uri,
    "certificationInfo": either(uri, array(uri)),
    "errorDeclaration": _error,
}
_COMMON: dict[str, Check] = {
    **_HEAD,
    "persistentDisposition": _persistent,
    "bizStep": _business_step,
    "disposition": _disposition,
    "readPoint": _place,
    "bizLocation": _place,
    "bizTransactionList": array(_transaction),
    "sourceList": array(record({"type": _party_type, "source": uri}, required=("type", "source"))),
    "destinationList": array(record({"type": _party_type, "destination": uri}, required=("type", "destination"))),
    "sensorElementList": array(_sensor),
}
_REQUIRED = ("type", "eventTime", "eventTimeZoneOffset")
_ILMD: dict[str, Check] = {"ilmd": record({}, extensible=True)}
_CHILDREN: dict[str, Check] = {
    "parentID": item,
    "childEPCs": array(item),
    "childQuantityList": array(_quantity),
    "action": _action,
}
_EPCS: dict[str, Check] = {"epcList": array(item), "quantityList": array(_quantity), "action": _action}
_CHANGES: dict[str, Check] = {
    "inputEPCList": array(item, unique=True),
    "inputQuantityList": array(_quantity),
    "outputEPCList": array(item, unique=True),
    "outputQuantityList": array(_quantity),
    "transformationID": uri,
}
_ITEM_LISTS: dict[str, Check] = {
    **dict.fromkeys(("epcList", "childEPCs", "inputEPCList", "outputEPCList"), array(item)),
    **dict.fromkeys(
        ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList"),
        array(record({"epcClass": item}, required=("epcClass",), others=True)),
    ),
}

_FORMS: dict[str, Check] = {
    "ObjectEvent": record(
        {**_COMMON, **_EPCS, **_ILMD, "epcList": array(item, unique=True)},
        required=(*_REQUIRED, "action"),
        extensible=True,
    ),
    "AggregationEvent": record({**_COMMON, **_CHILDREN}, required=(*_REQUIRED, "action"), extensible=True),
    "AssociationEvent": record({**_COMMON, **_CHILDREN}, required=(*_REQUIRED, "action", "parentID"), extensible=True),
    "TransactionEvent": record(
        {**_COMMON, **_EPCS, "parentID": item, "bizTransactionList": array(_transaction, least=1)},
        required=(*_REQUIRED, "action", "bizTransactionList"),
        extensible=True,
    ),
    "TransformationEvent": record({**_COMMON, **_CHANGES, **_ILMD}, required=_REQUIRED, extensible=True),
}
EVENT_TYPES = tuple(_FORMS)
# An event type of somebody's own is named by a URI. Its fields are its own affair, but for those that name items.
_OWN_TYPE = record(
    {**_HEAD, "type": uri, "parentID": item, **_ITEM_LISTS},
    required=_REQUIRED,
    others=True,
)


def check_event(event: Any, findings: Findings) -> None:
    """Notes every breach of form of one event."""
    if not isinstance(event, dict):
        findings.add("is no object")
        return
    kind = event.get("type")
    if not isinstance(kind, str) or (kind not in _FORMS and ":" not in kind):
        known = f"{', '.join(EVENT_TYPES)}, nor the URI of an event type of your own"
        findings.below("type").add(f"{kind!r} is none of {known}" if "type" in event else "is missing")
        return
    if kind not in _FORMS:
        _OWN_TYPE(event, findings)
        return
    before = len(findings.found)
    _FORMS[kind](event, findings)
    if len(findings.found) == before:
        _check_what(kind, event, findings)


def _check_what(kind: str, event: dict[str, Any], findings: Findings) -> None:
    """What an event must name, by its type; called once every field is known to be of the right form."""
    if kind == "TransformationEvent":
        _check_transformation(event, findings)
    elif kind == "ObjectEvent":
        sensed = event.get("sensorElementList") and "readPoint" in event
        if "epcList" not in event and not event.get("quantityList") and not sensed:
            findings.add("names no item: epcList, quantityList, or sensorElementList with a readPoint is needed")
        if "ilmd" in event and event["action"] != "ADD":
            findings.below("ilmd").add("belongs to events with the action ADD only")
    elif event["action"] != "DELETE":
        children = kind != "TransactionEvent"
        names = ("childEPCs", "childQuantityList") if children else ("epcList", "quantityList")
        if not any(event.get(name) or (name == "epcList" and name in event) for name in names):
            findings.add(f"names no item: {names[0]} or {names[1]} is needed unless the action is DELETE")
    if kind == "AggregationEvent" and event["action"] != "OBSERVE" and "parentID" not in event:
        findings.below("parentID").add(f"is missing: the action {event['action']} changes what a parent holds")


def _check_transformation(event: dict[str, Any], findings: Findings) -> None:
    has_input = bool(event.get("inputEPCList") or event.get("inputQuantityList"))
    has_output = bool(event.get("outputEPCList") or event.get("outputQuantityList"))
    if "transformationID" in event:
        if not has_input and not has_output:
            findings.add("names neither an input nor an output")
    elif not (has_input and has_output):
        findings.add("needs at least one input and one output, or a transformationID that joins several events")
