"""EPCIS events of our own writing, one of each type."""

from __future__ import annotations

import copy
from typing import Any

CONTEXT = [
    "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
    {"shop": "https://shop.example.com/epcis/"},
]
PALLET = "urn:epc:id:sscc:6901234.1000000017"
TEAPOT = "urn:epc:id:sgtin:6901234.005678.1001"
TEACUP = "urn:epc:id:sgtin:6901234.005679.2001"
LOT = "urn:epc:class:lgtin:6901234.005680.L77"

_WHEN = {"eventTime": "2026-11-10T08:00:00+08:00", "eventTimeZoneOffset": "+08:00"}
_WHERE = {"readPoint": {"id": "urn:epc:id:sgln:6901234.00001.0"}}

OBJECT: dict[str, Any] = {
    "type": "ObjectEvent",
    **_WHEN,
    "action": "ADD",
    "bizStep": "commissioning",
    "disposition": "active",
    "epcList": [TEAPOT, TEACUP],
    "quantityList": [{"epcClass": LOT, "quantity": 12.5, "uom": "KGM"}],
    **_WHERE,
    "ilmd": {"shop:harvest": "2026-04-05"},
    "bizTransactionList": [{"type": "po", "bizTransaction": "urn:epc:id:gdti:6901234.00001.55"}],
    "sourceList": [{"type": "owning_party", "source": "urn:epc:id:pgln:6901234.00000"}],
    "destinationList": [{"type": "location", "destination": "urn:epc:id:sgln:6901234.00002.0"}],
    "persistentDisposition": {"set": ["completeness_verified"]},
    "sensorElementList": [
        {
            "sensorMetadata": {"startTime": "2026-11-10T06:00:00Z", "endTime": "2026-11-10T07:00:00Z"},
            "sensorReport": [{"type": "Temperature", "minValue": 2.5, "maxValue": 6, "meanValue": 4.1, "uom": "CEL"}],
        }
    ],
    "shop:note": {"shop:shelf": 7},
}
AGGREGATION: dict[str, Any] = {
    "type": "AggregationEvent",
    **_WHEN,
    "action": "ADD",
    "parentID": PALLET,
    "childEPCs": [TEAPOT],
    "childQuantityList": [{"epcClass": LOT, "quantity": 3}],
    "bizStep": "packing",
    **_WHERE,
}
ASSOCIATION: dict[str, Any] = {
    "type": "AssociationEvent",
    **_WHEN,
    "action": "DELETE",
    "parentID": PALLET,
    **_WHERE,
}
TRANSACTION: dict[str, Any] = {
    "type": "TransactionEvent",
    **_WHEN,
    "action": "OBSERVE",
    "bizTransactionList": [{"bizTransaction": "https://shop.example.com/orders/9"}],
    "epcList": [TEACUP],
    **_WHERE,
}
TRANSFORMATION: dict[str, Any] = {
    "type": "TransformationEvent",
    **_WHEN,
    "inputQuantityList": [{"epcClass": LOT, "quantity": 2, "uom": "KGM"}],
    "outputEPCList": [TEAPOT],
    "bizStep": "https://shop.example.com/steps/blending",
    **_WHERE,
}
SENSED: dict[str, Any] = {
    "type": "ObjectEvent",
    **_WHEN,
    "action": "OBSERVE",
    "bizStep": "sensor_reporting",
    **_WHERE,
    "sensorElementList": [{"sensorReport": [{"type": "Temperature", "value": 4.5, "uom": "CEL"}]}],
}
# One item: its EPC URI, its one form, and a Digital Link as a shop prints it; and two events that name it.
SPELLINGS = (
    "urn:epc:id:sgtin:9521234.056789.77",
    "https://id.gs1.org/01/09521234567899/21/77",
    "http://shop.example.com/p/01/9521234567899/10/L1/21/77?17=271231",
)
SPELLED: tuple[dict[str, Any], ...] = (
    {
        "type": "ObjectEvent",
        **_WHEN,
        "eventID": "urn:uuid:item-1",
        "action": "OBSERVE",
        "bizStep": "receiving",
        "epcList": [SPELLINGS[0]],
    },
    {
        "type": "ObjectEvent",
        **_WHEN,
        "eventID": "urn:uuid:item-2",
        "action": "OBSERVE",
        "bizStep": "retail_selling",
        "epcList": [SPELLINGS[2], SPELLINGS[0]],
    },
)
ALL = (OBJECT, AGGREGATION, ASSOCIATION, TRANSACTION, TRANSFORMATION, SENSED)


def alone(event: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A deep copy that stands alone, with its context; a change to None takes the field away."""
    changed = {"@context": CONTEXT, **copy.deepcopy(event), **changes}
    return {name: value for name, value in changed.items() if value is not None}


def document(*events: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """An EPCISDocument around events."""
    return {
        "@context": CONTEXT,
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-11-11T00:00:00Z",
        "epcisBody": {"eventList": copy.deepcopy(list(events))},
        **changes,
    }
