"""What the ledger holds when an order is made: the place that runs short, its sources, what is on its way.

Quantities are base units, times Unix seconds.
"""

from __future__ import annotations

from dataclasses import dataclass

from liveledger.rules.replenishment.terms import Way


@dataclass(frozen=True, slots=True)
class Flow:
    """What is on its way by orders, of a SKU at a place; ``day`` counts from 1970, ``ordered_at`` in Unix seconds."""

    incoming: int = 0
    outgoing: int = 0
    day_units: int = 0
    day: int = 0
    ordered_at: int = 0


@dataclass(frozen=True, slots=True)
class Source:
    """A place of the brand as a source: what it has, keeps and owes, and the way from it (None = no link).

    ``usable``: place and operator are active and the brand approved the operator. ``loops``: a transfer the other way
    is open, or was made or arrived within the cool-down. ``target`` None: no levels are set.
    """

    place: int
    region: int
    hub: bool
    available: int
    threshold: int
    outgoing: int
    way: Way | None
    usable: bool = True
    loops: bool = False
    target: int | None = None

    @property
    def reachable(self) -> bool:
        """Whether goods may come from here at all."""
        return self.way is not None and self.usable and not self.loops


@dataclass(frozen=True, slots=True)
class Shortage:
    """The place that may order: its levels (set at ``set_at``), stock and flow, at ``now`` (Unix seconds)."""

    place: int
    region: int
    threshold: int
    target: int
    available: int
    flow: Flow
    now: int
    set_at: int

    @property
    def position(self) -> int:
        """Available + ordered and not ended. What is in transit may be on its way to customers, and does not count."""
        return self.available + self.flow.incoming


@dataclass(frozen=True, slots=True)
class GivenBack:
    """How many cancelled orders of a SKU into a place gave back what they used on a day (since 1970)."""

    day: int = 0
    count: int = 0
