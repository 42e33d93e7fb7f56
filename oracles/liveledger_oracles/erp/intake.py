"""Which messages of the broker are taken in: pure decisions on topic and bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from liveledger_oracles.erp.settings import Interface

NOT_LISTED = "(not listed)"
_MAX_ID = 128


@dataclass(frozen=True, slots=True)
class Taken:
    """A message to forward: one line of JSON as it was sent, save that line ends between its values are spaces."""

    interface: str
    kind: str
    message_id: str
    line: bytes


@dataclass(frozen=True, slots=True)
class Refused:
    """A message that is not forwarded. ``kept``: it came from a listed interface, so its text is kept for its owner."""

    interface: str
    kind: str
    code: str
    reason: str
    kept: bool


class Intake:
    """Knows the white list. What it lets pass may still be refused by the API, which knows the whole form."""

    def __init__(self, interfaces: Sequence[Interface], *, max_bytes: int) -> None:
        self._interfaces = {one.name: one for one in interfaces}
        self._max_bytes = max_bytes

    def look(self, topic: str, payload: bytes) -> Taken | Refused:
        """Decides on one message; ``topic`` is ``stock/<interface>/<kind>``."""
        levels = topic.split("/")
        interface = self._interfaces.get(levels[1]) if len(levels) == 3 and levels[0] == "stock" else None
        if interface is None:
            return Refused(NOT_LISTED, "", "unknown-interface", "the topic names no interface of the white list", False)
        kind = levels[2]
        if kind not in interface.kinds:
            reason = f"the interface sends {' and '.join(interface.kinds)} only"
            return Refused(interface.name, "", "other-kind", reason, False)
        if len(payload) > self._max_bytes:
            reason = f"{len(payload)} bytes, the limit is {self._max_bytes}"
            return Refused(interface.name, kind, "too-large", reason, False)
        return self._read(interface, kind, payload)

    def _read(self, interface: Interface, kind: str, payload: bytes) -> Taken | Refused:
        def refused(code: str, reason: str) -> Refused:
            return Refused(interface.name, kind, code, reason, True)

        try:
            value = orjson.loads(payload)
        except orjson.JSONDecodeError as error:
            return refused("malformed-json", str(error))
        if not isinstance(value, dict):
            return refused("malformed-json", "a message is one JSON object")
        message_id = value.get("id")
        if not isinstance(message_id, str) or not 1 <= len(message_id) <= _MAX_ID:
            return refused("missing-field", "id is missing or no text of 1 … 128 characters")
        stated = value.get("organisation")
        if stated is not None and not _is_own(stated, interface):
            return refused("other-organisation", f"{str(stated)[:40]} is not the interface's organisation")
        # Within JSON's strings no line end stands bare: between values it is white space, like a blank.
        line = payload.replace(b"\r", b" ").replace(b"\n", b" ")
        return Taken(interface.name, kind, message_id, line)


def _is_own(stated: Any, interface: Interface) -> bool:
    """A number is compared where the white list has one; otherwise the API, which knows the ledger, decides."""
    if isinstance(stated, int) and not isinstance(stated, bool):
        return interface.number is None or stated == interface.number
    return bool(stated == interface.organisation)
