"""The movement message, version 4 (docs/messages.md): JSON, a JSON list, one a line (NDJSON), or a CSV table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from liveledger.domain import gs1
from liveledger.domain.errors import InvalidInput
from liveledger.domain.movements import MAX_QUANTITY, Kind
from liveledger.messages import fields as f
from liveledger.messages.checks import Check, Findings, record
from liveledger.messages.forms import Form
from liveledger.messages.rows import Columns, number, with_numbers
from liveledger.rules.stock_state import RULES

REQUIRED = ("id", "kind", "brand", "sku", "quantity", "at")
FIELDS = (
    *("id", "source", "organisation", "brand", "sku", "lot", "allocate", "kind", "from", "to", "quantity", "unit"),
    *("document", "line", "reason", "at"),
)
KINDS = {kind.name.lower(): kind for kind in Kind}
NOTES = ("document", "line", "reason", "source")
GLN_DIGITS = gs1.GLN_LENGTH

STAYS = frozenset(kind for kind, rule in RULES.items() if rule.same_place)
COMES_IN = frozenset(kind for kind, rule in RULES.items() if rule.takes is None)
# Goods are passed on by these kinds: which lot, the rule may say. What is written off or put aside is named.
FEFO = "fefo"
ALLOCATED = frozenset({Kind.RESERVE, Kind.SHIP, Kind.DELIVER, Kind.TRANSFER, Kind.SELL, Kind.GIFT})
GOES_OUT = frozenset(kind for kind, rule in RULES.items() if rule.gives is None)


@dataclass(frozen=True, slots=True)
class Message:
    """One movement as a member describes it; places are GLNs, ``at`` is in Unix seconds, ``document`` is what was sent.

    ``position`` is the place of the record in its request, from 0, ``row`` its row in a CSV file. ``lot`` and ``unit``
    are None where they were not stated; ``organisation`` is a number, a GLN's 13 digits, or None for the caller's own.
    ``allocate``: the lots are chosen by rule, first expired first out.
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
    lot: str | None = None
    unit: str | None = None
    organisation: int | str | None = None
    row: int | None = None
    allocate: bool = False


class InvalidMovement(InvalidInput):
    """A movement message breaks its form; ``details["errors"]`` names record and field."""

    code = "invalid-movement"


def movement_form(now: float, limit: int) -> Form[Message]:
    """How movement messages are read at ``now`` (Unix seconds), at most ``limit`` in a request."""
    fields = _fields(now)

    def check(value: Any, findings: Findings) -> None:
        before = len(findings.found)
        fields(value, findings)
        if len(findings.found) == before:
            _check_places(value, findings)
            _check_allocation(value, findings)

    return Form(check, _message, Columns(FIELDS, _from_cells), limit, InvalidMovement)


def organisation_of(cell: str) -> int | str:
    """An organisation in a cell: 13 digits are a GLN, fewer are a number."""
    return cell if len(cell) == GLN_DIGITS else number(cell)


def _fields(now: float) -> Check:
    return record(
        {
            "id": f.message_id,
            "kind": _kind,
            "organisation": f.optional(f.organisation),
            "brand": f.between(1, f.MAX_ORGANISATION, "organisation number"),
            "sku": f.sized_text(f.MAX_CODE_BYTES, "a SKU's code"),
            "lot": f.optional(f.sized_text(f.MAX_LOT_BYTES, "a lot's code")),
            "allocate": f.optional(_allocate),
            "from": f.optional(f.gln),
            "to": f.optional(f.gln),
            "quantity": f.between(1, MAX_QUANTITY, "quantity in base units"),
            "unit": f.optional(f.unit),
            "at": f.time_of_fact(now),
            **dict.fromkeys(NOTES, f.optional(f.note)),
        },
        required=REQUIRED,
    )


def _from_cells(row: dict[str, str]) -> dict[str, Any]:
    value = with_numbers(row, "brand", "quantity")
    return value | ({"organisation": organisation_of(row["organisation"])} if "organisation" in row else {})


def _kind(value: Any, findings: Findings) -> None:
    if not isinstance(value, str) or value not in KINDS:
        findings.add(f"{str(value)[:40]!r} is no kind of movement: {', '.join(KINDS)}")


def _check_places(value: dict[str, Any], findings: Findings) -> None:
    kind, source, target = KINDS[value["kind"]], value.get("from"), value.get("to")
    if (kind in COMES_IN) != (source is None):
        findings.below("from").add(
            f"{value['kind']} {'comes from outside' if kind in COMES_IN else 'takes from a place'}"
        )
    if kind in STAYS:
        if target not in (None, source):
            findings.below("to").add(f"{value['kind']} stays where it is")
    elif (kind in GOES_OUT) != (target is None):
        findings.below("to").add(f"{value['kind']} {'goes outside' if kind in GOES_OUT else 'gives to a place'}")


def _allocate(value: Any, findings: Findings) -> None:
    if value != FEFO:
        findings.add(f"{str(value)[:40]!r} is no way to choose lots: {FEFO}")


def _check_allocation(value: dict[str, Any], findings: Findings) -> None:
    if value.get("allocate") is None:
        return
    if value.get("lot") is not None:
        findings.below("allocate").add("a lot is named already")
    if KINDS[value["kind"]] not in ALLOCATED:
        kinds = ", ".join(sorted(kind.name.lower() for kind in ALLOCATED))
        findings.below("allocate").add(f"{value['kind']} names its lot; it is chosen for {kinds}")


def of_document(document: dict[str, Any]) -> Message:
    """The message of a document whose form was found to be right."""
    return _message(0, None, document)


def _message(position: int, row: int | None, value: dict[str, Any]) -> Message:
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
        target=source if kind in STAYS else target,
        quantity=value["quantity"],
        at=f.seconds(value["at"]),
        document=value,
        lot=value.get("lot"),
        unit=value.get("unit"),
        organisation=value.get("organisation"),
        row=row,
        allocate=value.get("allocate") is not None,
    )
