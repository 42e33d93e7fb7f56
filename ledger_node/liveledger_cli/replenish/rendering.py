"""What ``liveledger replenish`` shows on a terminal."""

from __future__ import annotations

from typing import Any

from liveledger_cli.common.timestamps import utc_text
from liveledger_oracles.replenishment.closing import HOUR_SECONDS
from liveledger_oracles.replenishment.planning import Pass, Spot


def pass_lines(made: Pass) -> list[str]:
    """What a pass proposed and ordered, and how long it took."""
    lines = [f"order {order.number}: overdue{_ended(made, order.number)}" for order in made.overdue]
    for proposal in made.proposals:
        where = f"SKU {proposal.spot.sku} at place {proposal.spot.place}"
        chosen = proposal.choice
        given = f"{chosen.quantity} from {chosen.kind.name.lower()} {chosen.source}" if chosen else proposal.said
        lines.append(f"{where}: {given}{_outcome(made, proposal.spot)}")
    lines += [f"SKU {one.spot.sku} at place {one.spot.place}: refused, {one.said}" for one in made.refused]
    if made.failure is not None:
        lines.append(f"ended before all was tried: {made.failure.message}")
    if made.hours is not None:
        hours = made.hours
        lines.append(
            f"{hours.count} orders closed in 28 days: {hours.mean:.1f} h on average, {hours.longest:.1f} h at most"
        )
    lines.append(f"block {made.block}, decided in {made.seconds:.2f} s, {len(made.ordered)} ordered")
    return lines


def _outcome(made: Pass, spot: Spot) -> str:
    if spot in made.ordered:
        return ", ordered"
    return ", sent and not final yet" if spot in made.unsettled else ""


def _ended(made: Pass, number: int) -> str:
    return ", ended" if number in made.expired else ""


def entries_lines(entries: list[dict[str, Any]]) -> list[str]:
    """A page of ``sku-orders/2``, a line an entry; a closed order says how long it took when the page has its start."""
    made = {entry["order"]: int(entry["time"]) for entry in entries if entry["entry"] == "made"}
    lines = []
    for entry in entries:
        closed = entry["entry"] == "ended" and entry["status"] == "closed" and entry["order"] in made
        took = f", {(int(entry['time']) - made[entry['order']]) / HOUR_SECONDS:.1f} h" if closed else ""
        lines.append(entry_text(entry) + took)
    return lines


def entry_text(entry: dict[str, Any]) -> str:
    """One entry of ``sku-orders/2`` on a line."""
    moment = utc_text(entry["time"])
    head = f"{entry['index']:>5}  {moment}  order {entry['order']}"
    if entry["entry"] == "ended":
        return f"{head}  {entry['status']}: {entry['shipped']} shipped, {entry['received']} received"
    return f"{head}  {entry['quantity']} from {entry['kind']} {entry['source']} to place {entry['to']}"
