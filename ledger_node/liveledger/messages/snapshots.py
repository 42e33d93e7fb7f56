"""The stock snapshot message, version 1 (docs/messages.md): twelve mandatory fields."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from liveledger.domain import gs1
from liveledger.domain.documents import MAX_SAFE_INTEGER
from liveledger.domain.errors import InvalidInput
from liveledger.messages import fields as f
from liveledger.messages.checks import Check, Findings, record
from liveledger.messages.forms import Form
from liveledger.messages.rows import Columns, with_numbers

REQUIRED = (
    *("id", "source", "organisation", "sku", "gtin", "place", "channel"),
    *("quantity", "available", "reserved", "lot", "at"),
)
FIELDS = (*REQUIRED, "brand")
# In a table the lot takes two columns.
CSV_COLUMNS = tuple(part for name in FIELDS for part in (("lot", "expiry") if name == "lot" else (name,)))
MAX_CHANNEL_BYTES = 64


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a system says that a place holds of a SKU's lot, at ``at`` (Unix seconds); quantities in the SKU's unit.

    ``organisation`` and ``place`` are GLNs, ``gtin`` has 14 digits. ``lot`` is None where it was not stated; ``expiry``
    is YYYYMMDD, 0 = none. ``brand`` is None where code and GTIN are to say whose SKU it is. ``document`` is as sent.
    """

    position: int
    row: int | None
    message_id: str
    source: str
    organisation: str
    brand: int | None
    sku: str
    gtin: str
    place: int
    channel: str
    quantity: int
    available: int
    reserved: int
    lot: str | None
    expiry: int
    at: int
    document: dict[str, Any]

    @property
    def number(self) -> int:
        """Number of its record, from 1, as people count."""
        return self.position + 1


class InvalidSnapshot(InvalidInput):
    """A snapshot message breaks its form; ``details["errors"]`` names record and field."""

    code = "invalid-snapshot"


def snapshot_form(now: float, limit: int) -> Form[Snapshot]:
    """How snapshot messages are read at ``now`` (Unix seconds), at most ``limit`` in a request."""
    fields = _fields(now)

    def check(value: Any, findings: Findings) -> None:
        before = len(findings.found)
        fields(value, findings)
        if len(findings.found) == before and value["available"] + value["reserved"] > value["quantity"]:
            findings.below("quantity").add(
                f"{value['quantity']} is less than {value['available']} available and {value['reserved']} reserved"
            )

    return Form(check, _snapshot, Columns(CSV_COLUMNS, _from_cells), limit, InvalidSnapshot)


def _fields(now: float) -> Check:
    quantity = f.between(0, MAX_SAFE_INTEGER, "quantity in the SKU's unit")
    lot = record(
        {"code": f.sized_text(f.MAX_LOT_BYTES, "a lot's code"), "expiry": f.optional(f.day)},
        required=("code", "expiry"),
    )
    return record(
        {
            "id": f.message_id,
            "source": f.filled_note,
            "organisation": f.gln,
            "sku": f.sized_text(f.MAX_CODE_BYTES, "a SKU's code"),
            "gtin": f.gtin,
            "place": f.gln,
            "channel": f.sized_text(MAX_CHANNEL_BYTES, "a channel"),
            "quantity": quantity,
            "available": quantity,
            "reserved": quantity,
            "lot": f.optional(lot),
            "at": f.time_of_fact(now),
            "brand": f.optional(f.between(1, f.MAX_ORGANISATION, "organisation number")),
        },
        required=REQUIRED,
    )


def _from_cells(row: dict[str, str]) -> dict[str, Any]:
    """An empty lot is one that was not stated; an expiry without a lot is left for the form to refuse."""
    value = with_numbers(row, "quantity", "available", "reserved", "brand")
    expiry = value.pop("expiry", None)
    code = value.pop("lot", None)
    if code is None:
        return value | ({"lot": None} if expiry is None else {"lot": {"expiry": expiry}})
    return value | {"lot": {"code": code, "expiry": expiry}}


def _snapshot(position: int, row: int | None, value: dict[str, Any]) -> Snapshot:
    lot = value["lot"] or {"code": None, "expiry": None}
    return Snapshot(
        position=position,
        row=row,
        message_id=value["id"],
        source=value["source"],
        organisation=value["organisation"],
        brand=value.get("brand"),
        sku=value["sku"],
        gtin=gs1.gtin14(value["gtin"]),
        place=gs1.gln(value["place"]),
        channel=value["channel"],
        quantity=value["quantity"],
        available=value["available"],
        reserved=value["reserved"],
        lot=lot["code"],
        expiry=int((lot["expiry"] or "0").replace("-", "")),
        at=f.seconds(value["at"]),
        document=value,
    )
