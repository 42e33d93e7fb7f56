"""Which messages of the broker are taken in: pure decisions on topic and bytes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from liveledger_oracles.gateways.mqtt.settings import KINDS, Interface

NOT_LISTED = "(not listed)"
_MAX_ID = 128
# What is kept of a message that is too large.
HEAD_BYTES = 1024
_ID = re.compile(rb'"id"\s*:\s*"([!#-\[\]-~]{1,128})"')


@dataclass(frozen=True, slots=True)
class Taken:
    """A message to forward: one line of JSON as it was sent, save that line ends between its values are spaces."""

    interface: str
    kind: str
    message_id: str
    line: bytes


@dataclass(frozen=True, slots=True)
class Refused:
    """A message that is not forwarded. ``kept`` is what is kept of it for its owner: on one line where it is JSON.

    None where it came from no listed interface. What is ``whole`` and has an id can be sent later, for the list may be
    put right. ``kind`` is "" where the topic names none that there is.
    """

    interface: str
    kind: str
    code: str
    reason: str
    kept: bytes | None
    message_id: str | None = None
    whole: bool = True


class Intake:
    """Knows the white list. What it lets pass may still be refused by the API, which knows the whole form."""

    def __init__(self, interfaces: Sequence[Interface], *, max_bytes: int) -> None:
        self._interfaces = {one.name: one for one in interfaces}
        self._max_bytes = max_bytes

    def lists(self, topic: str) -> bool:
        """Whether a topic is of an interface of the white list."""
        return self._interface(topic.split("/")) is not None

    def _interface(self, levels: Sequence[str]) -> Interface | None:
        return self._interfaces.get(levels[1]) if len(levels) == 3 and levels[0] == "stock" else None

    def look(self, topic: str, payload: bytes) -> Taken | Refused:
        """Decides on one message; ``topic`` is ``stock/<interface>/<kind>``."""
        levels = topic.split("/")
        interface = self._interface(levels)
        if interface is None:
            return Refused(NOT_LISTED, "", "unknown-interface", "the topic names no interface of the white list", None)
        kind = levels[2]
        if len(payload) > self._max_bytes:
            reason = f"{len(payload)} bytes, the limit is {self._max_bytes}"
            head = payload[:HEAD_BYTES]
            return Refused(interface.name, _known(kind), "too-large", reason, head, _id_in(head), whole=False)
        found = self._read(interface, kind, payload)
        if kind in interface.kinds:
            return found
        reason = f"the interface sends {' and '.join(interface.kinds)} only"
        kept, message_id = (found.line if isinstance(found, Taken) else found.kept), found.message_id
        whole = kind in KINDS and message_id is not None
        return Refused(interface.name, _known(kind), "other-kind", reason, kept, message_id, whole)

    def _read(self, interface: Interface, kind: str, payload: bytes) -> Taken | Refused:
        def refused(code: str, reason: str, message_id: str | None = None) -> Refused:
            return Refused(interface.name, kind, code, reason, line, message_id)

        # Within JSON's strings no line end stands bare: between values it is white space, like a blank.
        line = payload.replace(b"\r", b" ").replace(b"\n", b" ")
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
            return refused("other-organisation", f"{str(stated)[:40]} is not the interface's organisation", message_id)
        return Taken(interface.name, kind, message_id, line)


def _known(kind: str) -> str:
    """The kind of a topic if there is one: nobody makes up rows of the counts."""
    return kind if kind in KINDS else ""


def _id_in(head: bytes) -> str | None:
    """What the beginning of a message that is not read calls it."""
    found = _ID.search(head)
    return None if found is None else found[1].decode()


def _is_own(stated: Any, interface: Interface) -> bool:
    """A number is compared where the white list has one; otherwise the API, which knows the ledger, decides."""
    if isinstance(stated, int) and not isinstance(stated, bool):
        return interface.number is None or stated == interface.number
    return bool(stated == interface.organisation)
