"""A pass proposes, orders, ends what is overdue, and says what it did, whatever happens to it."""

from __future__ import annotations

from liveledger.chain.outbox.sender import NotFinalYet
from liveledger.domain.errors import LiveLedgerError, RuleViolation, Unavailable
from liveledger.domain.orders import OrderStatus, SourceKind
from liveledger.rules.replenishment.formula import Choice
from liveledger.services.replenishment import OrderState
from liveledger_cli.replenish.rendering import entries_lines, pass_lines
from liveledger_oracles.replenishment.closing import OrderHours
from liveledger_oracles.replenishment.planning import (
    Pass,
    ReplenishmentMetrics,
    Spot,
    Stopwatch,
    carry_out,
    end_overdue,
    propose,
)

CHOICE = Choice(SourceKind.PLACE, 7, 40, 10, 123)


class Rule:
    """Gives an order for even places, and refuses the second order."""

    def __init__(self) -> None:
        self.orders: list[tuple[int, int, Choice]] = []
        self.expired: list[int] = []

    def choice(self, sku: int, place: int, block: int) -> Choice:
        if place % 2:
            raise RuleViolation("no", reason="ReplenishmentAboveThreshold")
        return CHOICE

    def expire(self, number: int) -> None:
        if number == 8:
            raise RuleViolation("no", reason="ReplenishmentOrderEnded")
        self.expired.append(number)

    def order(self, sku: int, place: int, choice: Choice) -> None:
        if self.orders:
            raise RuleViolation("no", reason="ReplenishmentNotTheChoice")
        self.orders.append((sku, place, choice))


def test_a_pass_proposes_and_orders_and_takes_its_time() -> None:
    ticks = iter([100.0, 101.0, 151.0, 154.5])
    watch, metrics, rule = Stopwatch(lambda: next(ticks)), ReplenishmentMetrics(), Rule()
    made = propose(rule, [Spot(1, 2), Spot(1, 3), Spot(1, 4)], 77)
    assert [proposal.reason for proposal in made.proposals] == ["", "ReplenishmentAboveThreshold", ""]
    assert watch.wait_for(lambda: True)
    carry_out(made, rule)
    watch.stop(made, metrics)
    assert (made.ordered, rule.orders) == ([Spot(1, 2)], [(1, 2, CHOICE)])
    assert [proposal.reason for proposal in made.refused] == ["ReplenishmentNotTheChoice"]
    assert made.as_dict()["decision_seconds"] == 4.5
    assert metrics.registry.get_sample_value("liveledger_replenishment_decision_seconds") == 4.5


def test_a_shadow_orders_nothing() -> None:
    made = propose(Rule(), [Spot(1, 2)], 77)
    assert made.as_dict()["ordered"] == []
    assert isinstance(made, Pass)


class Failing(Rule):
    """Fails at one place with one error."""

    def __init__(self, place: int, error: LiveLedgerError) -> None:
        super().__init__()
        self.place, self.error = place, error

    def order(self, sku: int, place: int, choice: Choice) -> None:
        if place == self.place:
            raise self.error
        super().order(sku, place, choice)


def test_an_order_that_is_not_final_in_time_does_not_keep_the_others() -> None:
    rule, metrics = Failing(2, NotFinalYet("slow")), ReplenishmentMetrics()
    made = propose(rule, [Spot(1, 2), Spot(1, 4)], 77)
    carry_out(made, rule)
    assert (made.unsettled, made.ordered, made.exit_code) == ([Spot(1, 2)], [Spot(1, 4)], 4)
    Stopwatch().stop(made, metrics)
    name, labels = "liveledger_replenishment_pass_orders", {"outcome": "unsettled"}
    assert metrics.registry.get_sample_value(name, labels) == 1


def test_other_trouble_ends_the_pass_which_says_what_it_did() -> None:
    rule = Failing(4, Unavailable("gone"))
    made = propose(rule, [Spot(1, 2), Spot(1, 4), Spot(1, 6)], 77)
    carry_out(made, rule)
    assert (made.ordered, made.exit_code, len(rule.orders)) == ([Spot(1, 2)], 4, 1)
    assert made.as_dict()["failure"]["code"] == "unavailable"
    assert "gone" in "\n".join(pass_lines(made))


def overdue(number: int) -> OrderState:
    return OrderState(number, SourceKind.SUPPLIER, OrderStatus.OPEN, 9, 2, 40, 1_000)


def test_overdue_orders_are_ended_and_the_rest_is_counted() -> None:
    rule, metrics, made = Rule(), ReplenishmentMetrics(), Pass(77)
    made.overdue = [overdue(7), overdue(8), overdue(9)]
    made.expired = end_overdue(made.overdue, rule)
    assert made.expired == rule.expired == [7, 9]
    made.hours = OrderHours(2, 6.5, 9.0)
    metrics.count(made)
    assert metrics.registry.get_sample_value("liveledger_replenishment_overdue_orders") == 1
    hours = "liveledger_replenishment_order_hours"
    assert metrics.registry.get_sample_value(hours, {"statistic": "mean"}) == 6.5
    text = pass_lines(made)
    assert text[:2] == ["order 7: overdue, ended", "order 8: overdue"]
    assert "6.5 h on average" in text[3]


def test_a_closed_order_says_how_long_it_took() -> None:
    made = {"index": "0", "entry": "made", "order": "5", "time": "0", "quantity": "9", "kind": "hub", "source": "2"}
    ended = {"index": "1", "entry": "ended", "order": "5", "time": "27000", "shipped": "9", "received": "9"}
    lines = entries_lines([made | {"to": "1"}, ended | {"status": "closed"}])
    assert lines[1].endswith("9 received, 7.5 h")
    assert not entries_lines([ended | {"status": "closed"}])[-1].endswith(" h")
    assert not entries_lines([made | {"to": "1"}, ended | {"status": "expired"}])[-1].endswith(" h")
