"""Every address of the API as its description has it, and requests to it that are in form or junk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from liveledger.domain.gs1 import with_check_digit

GLN = with_check_digit("952123420001")
HEX = "0x" + "11" * 32
IN_FORM = {
    "brand": "1",
    "operator": "2",
    "organisation": "1",
    "location": GLN,
    "sku": "A",
    "place": GLN,
    "poster": "0x" + "11" * 20,
    "lane": "0",
    "sequence": "0",
    "index": "0",
    "feed": HEX,
    "agreement": HEX,
    "contract": "Consortium",
    "name": "movement",
    "version": "2",
    "item": "urn:epc:id:sgtin:9521234.056789.77",
    "job_id": "a",
    "event_id": "a",
    "block": "0",
    "message_id": "a",
    "key_id": "a",
}
# What no address takes for a number, a GLN, hex or a name of its own.
JUNK = ("-1", "x y", "\u202e", "0" * 300, "٣")


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one address: its path with names in braces, the names of its query, the statuses it declares."""

    method: str
    path: str
    query: tuple[str, ...]
    responses: dict[str, Any]

    def filled(self, values: dict[str, str]) -> str:
        """The path with ``values`` in place of its names."""
        return self.path.format(**{name: quote(value, safe="") for name, value in values.items()})

    def declares(self, status: int, media_type: str) -> bool:
        """Whether an answer of this status and media type is in the description."""
        content = self.responses.get(str(status), {}).get("content", {})
        return media_type.split(";")[0] in content


def operations(schema: dict[str, Any]) -> list[Operation]:
    """All of a description (OpenAPI)."""
    return [
        Operation(method.upper(), path, _query(operation), operation["responses"])
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    ]


def _query(operation: dict[str, Any]) -> tuple[str, ...]:
    return tuple(one["name"] for one in operation.get("parameters", ()) if one["in"] == "query")
