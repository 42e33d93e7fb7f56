"""One pass of the oracle: reads a finalised block, asks the rule for every spot, and orders what it gives.

Without a key it is a shadow: it proposes and sends nothing. The decision time runs from the reading of the block to
the last order that is final; of a shadow, to the last proposal.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from liveledger.domain.errors import RuleViolation
from liveledger.rules.replenishment import Choice
from prometheus_client import CollectorRegistry, Counter, Gauge

Clock = Callable[[], float]


class Chooser(Protocol):
    """Asks the rule; ``chain.replenishment.ReplenishmentReader`` is one."""

    def choice(self, sku: int, place: int, block: int) -> Choice:
        """What the rule gives after a block. Raises RuleViolation."""


class Orderer(Protocol):
    """Orders; ``chain.replenishment.ReplenishmentWriter`` is one."""

    def order(self, sku: int, place: int, choice: Choice) -> None:
        """Makes an order and waits until it is final. Raises RuleViolation."""


class ReplenishmentMetrics:
    """What a pass counts."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self.registry = registry or CollectorRegistry()
        self.decision = Gauge(
            "liveledger_replenishment_decision_seconds",
            "From the reading of the finalised block to the last final order of a pass",
            registry=self.registry,
        )
        self.orders = Counter(
            "liveledger_replenishment_orders", "Orders by what came of them", ["outcome"], registry=self.registry
        )


@dataclass(frozen=True, slots=True)
class Spot:
    """A SKU at a place, by their numbers on the chain."""

    sku: int
    place: int


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the rule gave for a spot, or why it gave nothing (``reason`` is the contract's name of it)."""

    spot: Spot
    choice: Choice | None
    reason: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Plain data for ``--json``."""
        chosen = self.choice
        return {
            "sku": self.spot.sku,
            "place": self.spot.place,
            "kind": chosen.kind.name.lower() if chosen else None,
            "source": chosen.source if chosen else None,
            "quantity": chosen.quantity if chosen else None,
            "position": chosen.position if chosen else None,
            "score": chosen.score if chosen else None,
            "reason": self.reason,
        }


@dataclass
class Pass:
    """One pass: the block that it read, what it proposed and ordered, and how long it took (seconds)."""

    block: int
    proposals: list[Proposal] = field(default_factory=list)
    ordered: list[Spot] = field(default_factory=list)
    refused: list[Proposal] = field(default_factory=list)
    seconds: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """Plain data for ``--json``."""
        return {
            "block": self.block,
            "proposals": [proposal.as_dict() for proposal in self.proposals],
            "ordered": [{"sku": spot.sku, "place": spot.place} for spot in self.ordered],
            "refused": [proposal.as_dict() for proposal in self.refused],
            "decision_seconds": round(self.seconds, 3),
        }


def propose(chooser: Chooser, spots: Sequence[Spot], block: int) -> Pass:
    """What the rule gives for each spot after ``block``."""
    made = Pass(block)
    for spot in spots:
        try:
            made.proposals.append(Proposal(spot, chooser.choice(spot.sku, spot.place, block)))
        except RuleViolation as refusal:
            made.proposals.append(Proposal(spot, None, str(refusal.details.get("reason", refusal.stable_code))))
    return made


def carry_out(made: Pass, orderer: Orderer) -> None:
    """Orders what was proposed, one after the other.

    An order changes what the next one may take: where the contract now refuses, the proposal is kept as refused and
    the next pass decides anew.
    """
    for proposal in made.proposals:
        if proposal.choice is None:
            continue
        try:
            orderer.order(proposal.spot.sku, proposal.spot.place, proposal.choice)
        except RuleViolation as refusal:
            reason = str(refusal.details.get("reason", refusal.stable_code))
            made.refused.append(Proposal(proposal.spot, proposal.choice, reason))
        else:
            made.ordered.append(proposal.spot)


class Stopwatch:
    """Measures a pass from the reading of its block, without the time that a person takes to agree."""

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._started = clock()
        self._waited = 0.0

    def wait_for(self, question: Callable[[], bool]) -> bool:
        """A person's answer; its time does not count."""
        asked = self._clock()
        answer = question()
        self._waited += self._clock() - asked
        return answer

    def stop(self, made: Pass, metrics: ReplenishmentMetrics) -> None:
        """Notes the decision time and what came of the pass."""
        made.seconds = self._clock() - self._started - self._waited
        metrics.decision.set(made.seconds)
        metrics.orders.labels("final").inc(len(made.ordered))
        metrics.orders.labels("refused").inc(len(made.refused))
