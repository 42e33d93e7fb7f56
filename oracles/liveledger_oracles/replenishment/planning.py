"""One pass of the oracle: reads a finalised block, asks the rule for every spot, and orders what it gives.

Without a key it is a shadow: it proposes and sends nothing. The decision time runs from the reading of the block to
the last order that is final; of a shadow, to the last proposal. Orders whose deadline passed are ended first: they
would count as goods on their way for ever.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from prometheus_client import CollectorRegistry, Gauge

from liveledger.chain.outbox.sender import NotFinalYet
from liveledger.domain.errors import LiveLedgerError, RuleViolation
from liveledger.rules.replenishment.formula import Choice
from liveledger.services.replenishment import OrderState
from liveledger_oracles.replenishment.closing import OrderHours

Clock = Callable[[], float]


class Chooser(Protocol):
    """Asks the rule; ``chain.replenishment.ReplenishmentReader`` is one."""

    def choice(self, sku: int, place: int, block: int) -> Choice:
        """What the rule gives after a block. Raises RuleViolation."""


class Orderer(Protocol):
    """Orders; ``chain.replenishment.ReplenishmentWriter`` is one."""

    def order(self, sku: int, place: int, choice: Choice) -> None:
        """Makes an order and waits until it is final. Raises RuleViolation, NotFinalYet."""

    def expire(self, number: int) -> None:
        """Ends an order whose deadline has passed, and waits. Raises RuleViolation, NotFinalYet."""


class ReplenishmentMetrics:
    """What a pass counts."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self.registry = registry or CollectorRegistry()
        self.decision = Gauge(
            "liveledger_replenishment_decision_seconds",
            "From the reading of the finalised block to the last final order of a pass",
            registry=self.registry,
        )
        # A gauge, for every pass begins at nothing: a counter would be re-created each time.
        self.orders = Gauge(
            "liveledger_replenishment_pass_orders",
            "Orders of the newest pass by what came of them",
            ["outcome"],
            registry=self.registry,
        )
        self.overdue = Gauge(
            "liveledger_replenishment_overdue_orders",
            "Orders past their deadline that the pass found and did not end",
            registry=self.registry,
        )
        self.hours = Gauge(
            "liveledger_replenishment_order_hours",
            "From order to close, over the orders closed in the last 28 days",
            ["statistic"],
            registry=self.registry,
        )

    def count(self, made: Pass) -> None:
        """Notes what came of a pass."""
        self.decision.set(made.seconds)
        self.overdue.set(len(made.overdue) - len(made.expired))
        for outcome, rows in (
            ("final", made.ordered),
            ("refused", made.refused),
            ("unsettled", made.unsettled),
            ("expired", made.expired),
        ):
            self.orders.labels(outcome).set(len(rows))
        if made.hours is not None:
            self.hours.labels("mean").set(made.hours.mean)
            self.hours.labels("longest").set(made.hours.longest)


@dataclass(frozen=True, slots=True)
class Spot:
    """A SKU at a place, by their numbers on the chain."""

    sku: int
    place: int


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the rule gave for a spot, or why it gave nothing.

    ``reason`` is the contract's name of it, ``said`` a sentence.
    """

    spot: Spot
    choice: Choice | None
    reason: str = ""
    said: str = ""

    @classmethod
    def refused(cls, spot: Spot, choice: Choice | None, refusal: RuleViolation) -> Proposal:
        """A spot for which the contract gave this reason."""
        return cls(spot, choice, str(refusal.details.get("reason", refusal.stable_code)), refusal.message)

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
            "sentence": self.said,
        }


@dataclass
class Pass:
    """One pass: the block that it read, what it proposed and ordered, and how long it took (seconds).

    ``overdue`` are orders past their deadline, ``expired`` the numbers of those that it ended; ``unsettled`` is what
    was sent and was not final in time (it goes on being sent), ``failure`` what ended the pass before all was tried.
    """

    block: int
    proposals: list[Proposal] = field(default_factory=list)
    ordered: list[Spot] = field(default_factory=list)
    refused: list[Proposal] = field(default_factory=list)
    unsettled: list[Spot] = field(default_factory=list)
    overdue: list[OrderState] = field(default_factory=list)
    expired: list[int] = field(default_factory=list)
    failure: LiveLedgerError | None = None
    hours: OrderHours | None = None
    seconds: float = 0.0

    @property
    def exit_code(self) -> int:
        """0 when all that was tried came to an end: ordered, or refused by the rule."""
        if self.failure is not None:
            return self.failure.exit_code
        return NotFinalYet.exit_code if self.unsettled else 0

    def as_dict(self) -> dict[str, Any]:
        """Plain data for ``--json``."""
        return {
            "block": self.block,
            "proposals": [proposal.as_dict() for proposal in self.proposals],
            "ordered": [{"sku": spot.sku, "place": spot.place} for spot in self.ordered],
            "refused": [proposal.as_dict() for proposal in self.refused],
            "unsettled": [{"sku": spot.sku, "place": spot.place} for spot in self.unsettled],
            "overdue": [str(order.number) for order in self.overdue],
            "expired": [str(number) for number in self.expired],
            "failure": self.failure.as_dict() if self.failure else None,
            "closed_order_hours": self.hours.as_dict() if self.hours else None,
            "decision_seconds": round(self.seconds, 3),
        }


def propose(chooser: Chooser, spots: Sequence[Spot], block: int) -> Pass:
    """What the rule gives for each spot after ``block``."""
    made = Pass(block)
    for spot in spots:
        try:
            made.proposals.append(Proposal(spot, chooser.choice(spot.sku, spot.place, block)))
        except RuleViolation as refusal:
            made.proposals.append(Proposal.refused(spot, None, refusal))
    return made


def carry_out(made: Pass, orderer: Orderer) -> None:
    """Orders what was proposed, one after the other.

    An order changes what the next one may take: where the contract now refuses, the proposal is kept as refused and
    the next pass decides anew. One that is not final in time does not keep the others; any other trouble ends the pass,
    which still says what it did.
    """
    for proposal in made.proposals:
        if proposal.choice is None or made.failure is not None:
            continue
        try:
            orderer.order(proposal.spot.sku, proposal.spot.place, proposal.choice)
        except RuleViolation as refusal:
            made.refused.append(Proposal.refused(proposal.spot, proposal.choice, refusal))
        except NotFinalYet:
            made.unsettled.append(proposal.spot)
        except LiveLedgerError as trouble:
            made.failure = trouble
        else:
            made.ordered.append(proposal.spot)


def end_overdue(overdue: Sequence[OrderState], orderer: Orderer) -> list[int]:
    """Ends orders past their deadline; the numbers of those that are ended for sure.

    Whatever keeps one from being ended (somebody else was first, the node is away), it is left to the next pass, and
    counts as overdue until then.
    """
    ended = []
    for order in overdue:
        try:
            orderer.expire(order.number)
        except LiveLedgerError:
            continue
        ended.append(order.number)
    return ended


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
        metrics.count(made)
