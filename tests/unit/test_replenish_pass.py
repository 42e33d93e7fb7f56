"""What is overdue is ended before the rule is asked; without leave nothing is sent."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest

from liveledger.domain.errors import RuleViolation
from liveledger.domain.orders import OrderStatus, SourceKind
from liveledger.rules.replenishment.formula import Choice
from liveledger.services.replenishment import OrderState
from liveledger_cli.replenish import suggest
from liveledger_oracles.replenishment.planning import Pass, Spot, Stopwatch

NOW = 1_800_000_000
CHOICE = Choice(SourceKind.HUB, 4, 90, 0)


class World:
    """One spot whose only supply is an order past its deadline; another order still has time."""

    def __init__(self) -> None:
        self.orders = [self._order(5, NOW - 1), self._order(6, NOW)]
        self.ordered: list[tuple[int, int]] = []
        self.asked: list[str] = []

    def _order(self, number: int, deadline: int) -> OrderState:
        return OrderState(number, SourceKind.SUPPLIER, OrderStatus.OPEN, 9, 2, 40, deadline)

    def time(self, block: int) -> int:
        return NOW

    def open_orders(self, spots: Any, block: int) -> list[OrderState]:
        assert list(spots) == [(1, 2)]
        return list(self.orders)

    def choice(self, sku: int, place: int, block: int) -> Choice:
        if len(self.orders) > 1:
            raise RuleViolation("no", reason="ReplenishmentAboveThreshold")
        return CHOICE

    def expire(self, number: int) -> None:
        self.orders = [order for order in self.orders if order.number != number]

    def order(self, sku: int, place: int, choice: Choice) -> None:
        self.ordered.append((sku, place))

    @contextmanager
    def writing(self) -> Iterator[Any]:
        yield self


def run(world: World, monkeypatch: pytest.MonkeyPatch, *, send: bool) -> Pass:
    monkeypatch.setattr(suggest, "ReplenishmentReader", lambda opened: world)
    monkeypatch.setattr(suggest, "final_height", lambda opened: 7)
    monkeypatch.setattr(suggest, "closed_hours", lambda home, skus, now: None)
    opened: Any = SimpleNamespace(home=None)
    agree = lambda what: not world.asked.append(what)  # type: ignore[func-returns-value]  # noqa: E731
    runner: Any = suggest.Runner(opened, Stopwatch(), send, agree, world.writing)
    made: Pass = runner.run([Spot(1, 2)])
    return made


def test_overdue_orders_are_ended_first(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    made = run(world, monkeypatch, send=True)
    assert ([order.number for order in made.overdue], made.expired) == ([5], [5])
    assert world.ordered == [(1, 2)]
    assert world.asked == ["end 1 orders past their deadline", "make 1 orders"]


def test_a_shadow_reports_them(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    made = run(world, monkeypatch, send=False)
    assert ([order.number for order in made.overdue], made.expired) == ([5], [])
    assert (world.ordered, world.asked, made.proposals[0].reason) == ([], [], "ReplenishmentAboveThreshold")
