"""Fields of events that a saved bundle no longer shows; what is left is proven as before (docs/epcis.md)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from liveledger.domain.errors import InvalidInput
from liveledger.verifier import disclosures, shape
from liveledger.verifier.bundle import Bundle
from liveledger.verifier.disclosures import Disclosure

VIEW = "item-events/2"


def withhold(data: bytes, shown: Collection[str]) -> dict[str, Any]:
    """The bundle ``data`` with all fields of its events withheld but those of the members called ``shown``.

    What it withholds already stays withheld. Nothing is checked but the form: verify what comes out. Raises Refusal
    (step 1) for bytes that are no bundle, InvalidInput for a bundle of another view.
    """
    view = Bundle.parse(data).question.get("view")
    if view != VIEW:
        raise InvalidInput(f"the bundle answers {view}", hint=f"only events of {VIEW} have fields that can be withheld")
    value: dict[str, Any] = shape.parse_json(data)
    written = value["evidence"]["disclosures"]
    fewer = [entry and disclosures.fewer_as_json(entry, frozenset(shown)) for entry in written]
    answer = value["answer"] if isinstance(value["answer"], dict) else {}
    events = answer.get("events")
    if not isinstance(events, list) or len(events) != len(fewer) or not all(isinstance(one, dict) for one in events):
        raise shape.refuse(f"the answer does not have {len(fewer)} events")
    for event, entry in zip(events, fewer, strict=True):
        if entry is not None:
            read = Disclosure.read(entry, "event")
            event["event"], event["withheld"] = read.event, list(read.withheld)
    value["evidence"]["disclosures"] = fewer
    return value
