"""A comparison as plain data and as text."""

from __future__ import annotations

from typing import Any

from liveledger.domain import gs1
from liveledger.domain.plain import field
from liveledger.reconcile.comparing import Held, Line, percent
from liveledger.reconcile.run import Outcome

_SENTENCES = {
    0: "within the first level",
    1: "level 1: noted, alarm",
    2: "level 2: count again within a day",
    3: "level 3: the place is flagged until a newer record is lower",
    4: "level 4: the place is flagged until an auditor records less",
}


def as_dict(name: str, outcome: Outcome) -> dict[str, Any]:
    """The comparison of the snapshot ``name``: totals, every line, corrections where they were asked for."""
    corrections = outcome.corrections
    return {
        "snapshot": name,
        "place_gln": gs1.gln_text(outcome.place_gln),
        **outcome.report.summary(),
        "alarm": outcome.report.level > 0,
        "lines": [_line(outcome, line) for line in outcome.report.lines],
        "proposed": None if corrections is None else len(corrections.messages),
        "left": None if corrections is None else list(corrections.left),
    }


def as_lines(name: str, outcome: Outcome) -> list[str]:
    """The lines that differ, totals and level."""
    report, totals = outcome.report, outcome.report.totals
    differing = [line for line in report.lines if line.difference]
    head = f"{'brand':>5} {'sku':<20} {'lot':<20} {'ledger':>15} {'snapshot':>15} {'difference':>10}"
    shown = [head, *(_text(outcome, line) for line in differing)] if differing else []
    proposed = outcome.corrections
    left = [] if proposed is None else [f"left open: {entry['reason']} (SKU {entry['sku']})" for entry in proposed.left]
    return [
        f"{name}: place {gs1.gln_text(outcome.place_gln)}, {len(report.lines)} lines, block {totals.at_block}",
        *shown,
        *left,
        f"SKUs that agree: {totals.skus_matching} of {totals.skus} ({percent(report.accuracy)})",
        f"units: {totals.ledger_units} on the ledger, {totals.snapshot_units} in the snapshot, "
        f"{totals.difference_units} differ ({percent(report.deviation)}): {_SENTENCES[report.level]}",
    ]


def _line(outcome: Outcome, line: Line) -> dict[str, Any]:
    brand, code, lot = outcome.codes[line.sku, line.lot]
    return {
        "sku": line.sku,
        "brand": brand,
        "code": code,
        "lot": lot,
        "ledger": _held(line.ledger),
        "snapshot": _held(line.snapshot),
        "difference": line.difference,
        "deviation_bps": line.deviation,
    }


def _held(held: Held) -> dict[str, int]:
    return {"available": held.available, "reserved": held.reserved}


def _text(outcome: Outcome, line: Line) -> str:
    brand, code, lot = outcome.codes[line.sku, line.lot]
    sides = (f"{side.available} + {side.reserved}" for side in (line.ledger, line.snapshot))
    ledger, snapshot = sides
    return (
        f"{brand:>5} {field(code)[:20]:<20} {field(lot):<20} {ledger:>15} {snapshot:>15} "
        f"{line.difference:>10} {percent(line.deviation):>9}"
    )
