"""Which items an EPCIS event names: the fields that decide in which lists it stands (docs/formats.md)."""

from __future__ import annotations

from typing import Any

_LISTS = ("epcList", "childEPCs", "inputEPCList", "outputEPCList")
_QUANTITIES = ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList")
# Members of an event that may name items; its own id does where none of them names any.
NAMING = ("parentID", *_LISTS, *_QUANTITIES)


def named_by(event: dict[str, Any]) -> list[Any]:
    """What an event names: whatever stands in those fields, and its own eventID where there is nothing.

    A field of another type than it should have names nothing. Entries need not be texts.
    """
    named = [event["parentID"]] if "parentID" in event else []
    for name in _LISTS:
        named += _list(event, name)
    quantities = (entry for name in _QUANTITIES for entry in _list(event, name))
    named += [entry["epcClass"] for entry in quantities if isinstance(entry, dict) and "epcClass" in entry]
    return named or [event.get("eventID")]


def _list(event: dict[str, Any], name: str) -> list[Any]:
    value = event.get(name)
    return value if isinstance(value, list) else []
