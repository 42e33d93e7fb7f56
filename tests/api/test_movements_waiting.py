"""What a request for movements waits for: only what was acknowledged before it. Nobody waits for others."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from liveledger.chain.movements.batching import MovementMessage
from liveledger.chain.movements.posting import Offered
from liveledger.chain.outbox.sender import NotFinalYet
from liveledger.domain.errors import RuleViolation
from liveledger.domain.movements import Kind, Movement
from liveledger.messages.movements import Message
from liveledger_api.movements.service import MovementService
from liveledger_api.store.schema import open_store


class ScriptedPoster:
    """A lane whose batch 3 is open; posts are refused until ``wait`` ended well."""

    def __init__(self, wait: Callable[[], None], *, newest: int | None = 3, refuses: bool = True) -> None:
        self.sender = SimpleNamespace(address=id(self).to_bytes(20))
        self.posted: set[str] = set()
        self.waited_for: list[int | None] = []
        self._wait = wait
        self._newest = newest
        self._refuses = refuses

    def newest_open(self) -> int | None:
        """The open batch."""
        return self._newest

    def refusals_of(self, ids: Sequence[str]) -> dict[str, None]:
        """The messages that were posted; none is refused."""
        return {name: None for name in ids if name in self.posted}

    def offer(self, messages: Sequence[MovementMessage], *, park: bool | None) -> Offered:
        """Refuses, or takes all."""
        assert park is None
        if self._refuses:
            raise RuleViolation("StockOversell()", reason="StockOversell")
        self.posted.update(message.message_id for message in messages)
        return Offered(len(messages), 0)

    def wait(self, *, timeout: float, newest: int | None = None) -> None:
        """Waits as scripted."""
        assert timeout > 0
        self.waited_for.append(newest)
        self._wait()
        self._refuses = False


def too_late() -> None:
    """The time is over."""
    raise NotFinalYet("batch 3 is not final")


def made(folder: Path, **posters: ScriptedPoster) -> MovementService:
    """A service whose accounts have scripted posters."""
    chain: Any = SimpleNamespace(ledger=None, sender=lambda label: posters[label].sender)
    anything: Any = None
    no_lots: Any = SimpleNamespace(lot_balances=lambda *_: [])
    service = MovementService(open_store(folder / "store.db"), chain, anything, no_lots, lane=1, max_movements=10)
    anything = service
    anything._posters = {(label, 1): poster for label, poster in posters.items()}
    anything._archive._journals = {(poster.sender.address, 1): poster for poster in posters.values()}
    anything._archive._organisation_of = lambda address: 1
    movement = Movement(kind=Kind.SELL, sku=1, source=1, target=0, quantity=1, at=1)
    anything._resolver = SimpleNamespace(sort_out=lambda messages, caller: ([(one, movement) for one in messages], []))
    return service


def message(name: str) -> Message:
    """A sale."""
    return Message(0, name, Kind.SELL, 1, "TEA", 1, None, 1, 1, {"id": name})


def test_a_refused_post_is_tried_again_after_what_came_before(tmp_path: Path) -> None:
    poster = ScriptedPoster(lambda: None)
    assert made(tmp_path, operator=poster).post([message("a")], "operator", dry_run=False)["accepted"] == 1
    assert (poster.waited_for, poster.posted) == ([3], {"a"})


def test_without_anything_open_the_violation_comes_at_once(tmp_path: Path) -> None:
    poster = ScriptedPoster(too_late, newest=None)
    with pytest.raises(RuleViolation, match="StockOversell"):
        made(tmp_path, operator=poster).post([message("a")], "operator", dry_run=False)
    assert poster.waited_for == []


def test_when_the_time_is_over_the_violation_is_told(tmp_path: Path) -> None:
    poster = ScriptedPoster(too_late)
    with pytest.raises(RuleViolation, match="StockOversell"):
        made(tmp_path, operator=poster).post([message("a")], "operator", dry_run=False)


@pytest.mark.parametrize("violates", [True, False])
def test_a_dry_run_that_is_late_tells_a_violation_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, violates: bool
) -> None:
    def try_now(*_: Any) -> None:
        if violates:
            raise RuleViolation("StockOversell()")

    monkeypatch.setattr(MovementService, "_try_now", try_now)
    with pytest.raises(RuleViolation if violates else NotFinalYet):
        made(tmp_path, operator=ScriptedPoster(too_late)).post([message("a")], "operator", dry_run=True)


def test_nobody_waits_for_a_request_that_waits(tmp_path: Path) -> None:
    waiting, go_on = threading.Event(), threading.Event()

    def wait() -> None:
        waiting.set()
        assert go_on.wait(30.0)

    slow = ScriptedPoster(wait)
    service = made(tmp_path, slow=slow, quick=ScriptedPoster(too_late, refuses=False))
    first = threading.Thread(target=lambda: service.post([message("a")], "slow", dry_run=False))
    first.start()
    assert waiting.wait(30.0)
    assert service.post([message("b")], "quick", dry_run=False)["accepted"] == 1
    slow._refuses = False
    assert service.post([message("c")], "slow", dry_run=False)["accepted"] == 1
    go_on.set()
    first.join(30.0)
    assert slow.posted == {"a", "c"}
