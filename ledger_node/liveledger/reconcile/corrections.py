"""Movements that would bring the ledger's units to those of a snapshot: previewed, never posted here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from liveledger.domain import gs1
from liveledger.domain.hashing import hex_bytes
from liveledger.domain.movements import MAX_QUANTITY
from liveledger.reconcile.comparing import ALL_LOTS, Held, Line, Report
from liveledger.reconcile.names import Names

_SOURCE = "liveledger reconcile"


@dataclass(frozen=True, slots=True)
class Corrections:
    """Messages for `liveledger movement post`, and the lines that stay open with the reason why."""

    messages: tuple[dict[str, Any], ...]
    left: tuple[dict[str, Any], ...]

    def ndjson(self) -> bytes:
        """One message a line."""
        return b"".join(json.dumps(message, ensure_ascii=False).encode() + b"\n" for message in self.messages)


def propose(report: Report, now: dict[tuple[int, int], Held], names: Names, place_gln: int) -> Corrections:
    """What was found or lost in all: FOUND and LOST of a line's units, available and reserved together.

    Goods that are merely reserved on one side and not on the other are neither found nor lost; releasing them is up to
    the system that holds the order. ``now`` is what the place holds at present: no more than is available can be lost.
    """
    messages: list[dict[str, Any]] = []
    left: list[dict[str, Any]] = []
    for line in report.lines:
        change = line.snapshot.units - line.ledger.units
        if change == 0:
            reason = "reservations differ, the units do not" if line.difference else ""
        elif line.lot == ALL_LOTS:
            change, reason = 0, "the snapshot does not say which lot: count the lots"
        else:
            lost = min(max(0, -change), now.get((line.sku, line.lot), Held()).available)
            reason = f"{-change - lost} units more are lost than are available now" if lost < -change else ""
            change = change if change > 0 else -lost
        messages += _movements(report, line, change, names, place_gln)
        if reason:
            left.append({"sku": line.sku, "lot": line.lot, "reason": reason})
    return Corrections(tuple(messages), tuple(left))


def _movements(report: Report, line: Line, change: int, names: Names, place_gln: int) -> Iterator[dict[str, Any]]:
    """One message for each part of ``change`` (units, found if positive) that a movement can carry."""
    root, gln = hex_bytes(report.totals.snapshot_root), gs1.gln_text(place_gln)
    sku = names.sku(line.sku)
    lot = names.lot_code(line.sku, line.lot)
    number, rest = 0, abs(change)
    while rest:
        quantity = min(rest, MAX_QUANTITY)
        message = {
            "id": f"reconcile:{root[2:34]}:{line.sku}:{line.lot}:{number}",
            "kind": "found" if change > 0 else "lost",
            "brand": sku.brand,
            "sku": sku.code,
            "to" if change > 0 else "from": gln,
            "quantity": quantity,
            "at": datetime.fromtimestamp(report.totals.as_of, UTC).isoformat().replace("+00:00", "Z"),
            "document": f"reconcile:{root}",
            "reason": "count differs from the ledger",
            "source": _SOURCE,
        }
        yield message | ({"lot": lot} if lot else {})
        number, rest = number + 1, rest - quantity
