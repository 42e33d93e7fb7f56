"""What ``liveledger replenish`` shows on a terminal."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from liveledger_oracles.replenishment.planning import Pass


def pass_text(made: Pass) -> str:
    """What a pass proposed and ordered, and how long it took."""
    lines = []
    for proposal in made.proposals:
        where = f"SKU {proposal.spot.sku} at place {proposal.spot.place}"
        chosen = proposal.choice
        given = f"{chosen.quantity} from {chosen.kind.name.lower()} {chosen.source}" if chosen else proposal.reason
        lines.append(f"{where}: {given}{', ordered' if proposal.spot in made.ordered else ''}")
    lines += [f"SKU {one.spot.sku} at place {one.spot.place}: refused, {one.reason}" for one in made.refused]
    lines.append(f"block {made.block}, decided in {made.seconds:.2f} s, {len(made.ordered)} ordered")
    return "\n".join(lines)


def entry_text(entry: dict[str, Any]) -> str:
    """One entry of ``sku-orders/1`` on a line."""
    moment = datetime.fromtimestamp(int(entry["time"]), UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    head = f"{entry['index']:>5}  {moment}  order {entry['order']}"
    if entry["entry"] == "ended":
        return f"{head}  {entry['status']}: {entry['shipped']} shipped, {entry['received']} received"
    return f"{head}  {entry['quantity']} from {entry['kind']} {entry['source']} to place {entry['to']}"
