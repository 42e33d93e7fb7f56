"""The movement message: twelve fields of JSON, as JSON, a JSON list or one a line (NDJSON)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from liveledger.domain import gs1
from liveledger.domain.errors import InvalidInput
from liveledger.domain.movements import MAX_QUANTITY, Kind

from liveledger_api import jsonbody
from liveledger_api.epcis.checks import Check, Finding, Findings, matching, record, time

MAX_ORGANISATION = 4095
MAX_CODE_BYTES = 64
FIELDS = ("id", "kind", "brand", "sku", "from", "to", "quantity", "at", "document", "line", "reason", "source")
KINDS = {kind.name.lower(): kind for kind in Kind}

_STAYS = frozenset({Kind.RESERVE, Kind.RELEASE, Kind.HOLD, Kind.RESTOCK})
_COMES_IN = frozenset({Kind.RECEIVE, Kind.RETURN, Kind.FOUND})
_GOES_OUT = frozenset({Kind.DELIVER, Kind.LOST, Kind.SCRAP, Kind.SELL, Kind.SEND_BACK})


@dataclass(frozen=True, slots=True)
class Message:
    """One movement as a member describes it; places are GLNs, ``at`` is in Unix seconds, ``document`` is what was sent.

    ``position`` is the place of the record in its request, from 0.
    """

    position: int
    message_id: str
    kind: Kind
    brand: int
    sku: str
    source: int | None
    target: int | None
    quantity: int
    at: int
    document: dict[str, Any]


class InvalidMovement(InvalidInput):
    """A movement message breaks its form; ``details["errors"]`` names record and field."""

    code = "invalid-movement"


def read_messages(body: bytes, *, one_a_line: bool) -> list[Message]:
    """Reads a request's messages. Raises MalformedJson or InvalidMovement naming the record; ids must differ."""
    raw = _lines(body) if one_a_line else _values(body)
    findings = Findings()
    for i, value in enumerate(raw):
        _check(value, findings.below(i))
    if findings.found:
        raise refused(findings.found)
    messages = [_message(i, value) for i, value in enumerate(raw)]
    seen: dict[str, int] = {}
    for message in messages:
        first = seen.setdefault(message.message_id, message.position)
        if first != message.position:
            raise refused(
                [Finding(f"/{message.position}/id", f"{message.message_id!r} is the id of record {first} already")]
            )
    return messages


def refused(found: list[Finding]) -> InvalidMovement:
    """The error for findings whose paths begin with the record's position."""
    first = found[0]
    record_number, _, name = first.path.lstrip("/").partition("/")
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    return InvalidMovement(
        f"record {record_number or 0}{f', {name}' if name else ''}: {first.message}{more}",
        hint="nothing was written; correct the records that are listed and send all of them again",
        path=first.path,
        errors=[{"path": finding.path, "message": finding.message} for finding in found],
    )


def _values(body: bytes) -> list[Any]:
    value = jsonbody.parse(body)
    return value if isinstance(value, list) else [value]


def _lines(body: bytes) -> list[Any]:
    values = []
    for number, line in enumerate(body.splitlines(), 1):
        if line.strip():
            try:
                values.append(jsonbody.parse(line))
            except jsonbody.MalformedJson as error:
                raise jsonbody.MalformedJson(
                    f"line {number}: {error.message}", **error.details | {"line": number}
                ) from None
    return values


def _between(low: int, high: int, what: str) -> Check:
    def check(value: Any, findings: Findings) -> None:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            findings.add(f"{value!r} is no {what} ({low} … {high})"[:160])

    return check


def _kind(value: Any, findings: Findings) -> None:
    if not isinstance(value, str) or value not in KINDS:
        findings.add(f"{str(value)[:40]!r} is no kind of movement: {', '.join(KINDS)}")


def _gln(value: Any, findings: Findings) -> None:
    if value is None:
        return
    if not isinstance(value, str):
        findings.add("a GLN is written as text of 13 digits")
        return
    try:
        gs1.gln(value)
    except InvalidInput as error:
        findings.add(error.message)


def _code(value: Any, findings: Findings) -> None:
    if not isinstance(value, str) or not 1 <= len(value.encode()) <= MAX_CODE_BYTES:
        findings.add(f"a SKU's code is text of 1 … {MAX_CODE_BYTES} bytes")


def _note(value: Any, findings: Findings) -> None:
    if value is not None and (not isinstance(value, str) or len(value) > 256):
        findings.add("is no text of at most 256 characters")


_FORM = record(
    {
        "id": matching(r"[!-~]{1,128}", "id of 1 … 128 visible ASCII characters"),
        "kind": _kind,
        "brand": _between(1, MAX_ORGANISATION, "organisation number"),
        "sku": _code,
        "from": _gln,
        "to": _gln,
        "quantity": _between(1, MAX_QUANTITY, "quantity in base units"),
        "at": time,
        **dict.fromkeys(("document", "line", "reason", "source"), _note),
    },
    required=("id", "kind", "brand", "sku", "quantity", "at"),
)


def _check(value: Any, findings: Findings) -> None:
    before = len(findings.found)
    _FORM(value, findings)
    if len(findings.found) > before:
        return
    kind, source, target = KINDS[value["kind"]], value.get("from"), value.get("to")
    if (kind in _COMES_IN) != (source is None):
        findings.below("from").add(
            f"{value['kind']} {'comes from outside' if kind in _COMES_IN else 'takes from a place'}"
        )
    if kind in _STAYS:
        if target not in (None, source):
            findings.below("to").add(f"{value['kind']} stays where it is")
    elif (kind in _GOES_OUT) != (target is None):
        findings.below("to").add(f"{value['kind']} {'goes outside' if kind in _GOES_OUT else 'gives to a place'}")
    if not 0 <= datetime.fromisoformat(value["at"]).timestamp() < 1 << 32:
        findings.below("at").add("lies outside 1970 … 2106")


def _message(position: int, value: dict[str, Any]) -> Message:
    kind = KINDS[value["kind"]]
    source = gs1.gln(value["from"]) if value.get("from") else None
    target = gs1.gln(value["to"]) if value.get("to") else None
    return Message(
        position=position,
        message_id=value["id"],
        kind=kind,
        brand=value["brand"],
        sku=value["sku"],
        source=source,
        target=source if kind in _STAYS else target,
        quantity=value["quantity"],
        at=int(datetime.fromisoformat(value["at"]).timestamp()),
        document=value,
    )
