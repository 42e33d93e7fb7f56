"""Movements before their cause, on a real chain: they wait, come in when the cause has come, or are refused by name."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import replace

import pytest

from liveledger.chain.movements import recovery
from liveledger.chain.movements.batching import MovementMessage
from liveledger.chain.movements.message_forms import read_messages
from liveledger.chain.movements.posting import Offered, Poster
from liveledger.chain.movements.records import MessageStatus
from liveledger.chain.outbox.sender import Sender
from liveledger.chain.rpc import finality
from liveledger.chain.rpc.finality import ChainBehind
from liveledger.domain.errors import RuleViolation
from liveledger.domain.movements import Kind, Movement
from liveledger.domain.waiting import wait_until
from tests.support.network import eventually
from tests.support.trading import Trading, message, now

pytestmark = pytest.mark.network
PATIENCE = 600.0


class Clock:
    """This machine's time, moved on by tests."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        """Unix seconds."""
        return time.time() + self.ahead


def poster_on(trading: Trading, lane: int, clock: Clock) -> Poster:
    """A poster with patience."""
    sender = Sender(trading.ledger, trading.account, trading.outbox, clock=clock)
    return Poster(trading.ledger, sender, lane=lane, patience=PATIENCE)


def status(poster: Poster, name: str) -> MessageStatus:
    found = poster.status(name)
    assert found is not None
    return found


def settle(poster: Poster, name: str) -> MessageStatus:
    """The message's status once it is final or refused."""

    def settled() -> bool:
        poster.pump()
        found = status(poster, name)
        return bool(found.block or found.refusal)

    wait_until(settled, 60.0, lambda: AssertionError(status(poster, name)), pause=0.05)
    return status(poster, name)


def reserve(trading: Trading, name: str, sku: int) -> MovementMessage:
    place = trading.places[0]
    return message(name, Movement(sku, Kind.RESERVE, place, place, 1, now()))


def test_a_sale_before_its_goods_comes_in_after_them(trading: Trading) -> None:
    poster, sku = poster_on(trading, 31, Clock()), trading.skus["SKU-021"]
    assert poster.offer([trading.sell("early-1", sku, 3), trading.sell("early-2", sku, 2)]) == Offered(2, 2)
    poster.wait()
    found = status(poster, "early-1")
    assert found.parked is not None
    assert found.parked.startswith("SKU-021 at 6901234560000: the movement takes more than is available")
    assert found.parked.endswith("(StockOversell)")
    # Goods for one of the two: the first comes in, the other one goes on waiting.
    goods = trading.poster(32)
    goods.post([trading.receive("late-1", sku, 4)])
    goods.wait()
    assert settle(poster, "early-1").parked is None
    assert status(poster, "early-2").parked is not None
    goods.post([trading.receive("late-2", sku, 1)])
    goods.wait()
    assert settle(poster, "early-2").refusal is None


def test_in_the_middle_of_a_batch_it_waits_too(trading: Trading) -> None:
    poster, sku, other = poster_on(trading, 33, Clock()), trading.skus["SKU-022"], trading.skus["SKU-023"]
    poster.post([trading.receive("m-0", other, 5), trading.sell("m-early", sku, 1), trading.sell("m-1", other, 5)])
    poster.wait()
    assert [status(poster, name).block is not None for name in ("m-0", "m-early", "m-1")] == [True, False, True]
    assert status(poster, "m-early").parked is not None
    poster.post([trading.receive("m-late", sku, 1)])
    assert settle(poster, "m-early").refusal is None


def test_after_ten_minutes_it_is_refused_by_name(trading: Trading) -> None:
    clock = Clock()
    poster, sku = poster_on(trading, 34, clock), trading.skus["SKU-024"]
    sale = trading.sell("never", sku, 1)
    poster.offer([sale])
    clock.ahead = PATIENCE - 30
    poster.pump()
    assert status(poster, "never").parked is not None
    clock.ahead = PATIENCE + 1
    refusal = settle(poster, "never").refusal or ""
    assert refusal.startswith("SKU-024 at 6901234560000: the movement takes more than is available")
    assert refusal.endswith("(StockOversell); its cause did not come in time")
    # Its id is used up: the same message again is no new one.
    assert poster.offer([sale]) == Offered(0, 0)


def test_what_is_parked_after_its_sku_was_looked_at_is_looked_at_too(trading: Trading) -> None:
    """It was early at a block, and parked when what it waits for had come already and others had been tried on it."""
    poster, sku = poster_on(trading, 71, Clock()), trading.new_skus("parked-late")[0]
    poster.offer([trading.sell("much", sku, 10)])
    sale = trading.sell("little", sku, 3)
    early = poster._trial.run([sale], park=None)
    goods = trading.poster(72)
    goods.post([trading.receive("some", sku, 5)])
    goods.wait()
    look(poster)
    names, movements = read_messages([sale])
    with poster._lane.writing():
        poster._acknowledge(names, movements, early, None)
    assert status(poster, "little").parked is not None
    assert settle(poster, "little").refusal is None
    assert status(poster, "much").parked is not None


def look(poster: Poster) -> None:
    """A step in which parked messages are looked at."""
    time.sleep(recovery.LOOK_SECONDS)
    poster.pump()


def test_a_chain_that_stands_still_judges_nothing(trading: Trading, monkeypatch: pytest.MonkeyPatch) -> None:
    """On an old state a fact of today is in the future, and goods that came since are not there."""
    clock = Clock()
    poster, sku = poster_on(trading, 73, clock), trading.new_skus("stands-still")[0]
    poster.offer([trading.sell("waits", sku, 1)])
    monkeypatch.setattr(finality, "STALE_SECONDS", 3)
    supervisor = trading.network.pid()
    os.kill(supervisor, signal.SIGSTOP)
    try:
        eventually("an old block", lambda: is_behind(trading))
        with pytest.raises(ChainBehind, match="s old"):
            poster.offer([trading.receive("now", sku, 1)])
        clock.ahead = PATIENCE + 1
        look(poster)
        assert status(poster, "waits").parked is not None
    finally:
        os.kill(supervisor, signal.SIGCONT)
    eventually("a new block", lambda: not is_behind(trading))
    assert settle(poster, "waits").refusal is not None
    assert poster.offer([trading.receive("now", sku, 1)]) == Offered(1, 0)


def is_behind(trading: Trading) -> bool:
    """Whether the newest final block is old."""
    try:
        finality.recent_height(trading.ledger)
    except ChainBehind:
        return True
    return False


def test_a_reservation_gets_its_answer_now(trading: Trading) -> None:
    poster, sku = poster_on(trading, 35, Clock()), trading.skus["SKU-025"]
    with pytest.raises(RuleViolation, match="StockOversell"):
        poster.offer([reserve(trading, "now", sku)])
    with pytest.raises(RuleViolation, match="StockOversell"):
        poster.offer([trading.sell("not-parked", sku, 1)], park=False)
    assert poster.status("now") is None
    # In a batch it gets its answer, too, and what was not to wait does not.
    poster.post([reserve(trading, "now-posted", sku)])
    poster.post([trading.sell("not-parked", sku, 1)], park=False)
    poster.wait()
    assert [bool(status(poster, name).refusal) for name in ("now-posted", "not-parked")] == [True, True]


def test_a_reservation_waits_if_its_sender_says_so(trading: Trading) -> None:
    poster, (sku,) = poster_on(trading, 41, Clock()), trading.new_skus("RESERVED")
    assert poster.offer([reserve(trading, "offered", sku)], park=True) == Offered(1, 1)
    poster.post([reserve(trading, "posted", sku)], park=True)
    poster.wait()
    assert poster.parked() == 2
    poster.post([trading.receive("reserved-goods", sku, 2)])
    assert [settle(poster, name).refusal for name in ("offered", "posted")] == [None, None]


def test_it_waits_over_a_restart(trading: Trading) -> None:
    sku = trading.skus["SKU-026"]
    poster_on(trading, 36, Clock()).offer([trading.sell("kept", sku, 1)])
    again = poster_on(trading, 36, Clock())
    assert status(again, "kept").parked is not None
    again.post([trading.receive("kept-goods", sku, 1)])
    assert settle(again, "kept").refusal is None


def test_more_than_a_hundred_that_are_stuck_hold_nobody_up(trading: Trading) -> None:
    poster, (sku,) = poster_on(trading, 37, Clock()), trading.new_skus("STUCK")
    sales = [trading.sell(f"stuck-{number}", sku, 1) for number in range(300)]
    poster.post(sales)
    poster.wait()
    assert poster.parked() == 300
    goods = trading.poster(38)
    goods.post([trading.receive("stuck-goods", sku, 150)])
    goods.wait()
    assert [settle(poster, f"stuck-{number}").refusal for number in (0, 149)] == [None, None]
    poster.wait()
    assert poster.parked() == 150
    assert [poster.status(f"stuck-{number}").parked is None for number in (149, 150)] == [True, False]  # type: ignore[union-attr]


def test_a_whole_request_may_be_early(trading: Trading) -> None:
    poster, (sku, other) = poster_on(trading, 74, Clock()), trading.new_skus("early-all", "early-some")
    sales = [trading.sell(f"whole-{number}", (sku, other)[number % 2], 1) for number in range(140)]
    assert poster.offer(sales) == Offered(140, 140)
    # One that no cause could help names itself, and keeps all out.
    unknown = message("whole-bad", replace(trading.sell("x", sku, 1).movement, source=999))
    later = trading.sell("whole-later", other, 1)
    with pytest.raises(RuleViolation) as caught:
        poster.offer([later, unknown])
    assert (caught.value.details["message_id"], poster.status("whole-later")) == ("whole-bad", None)
    goods = trading.poster(75)
    goods.post([trading.receive("whole-goods", sku, 70), trading.receive("whole-others", other, 69)])
    goods.wait()
    assert settle(poster, "whole-138").refusal is None
    assert settle(poster, "whole-137").refusal is None
    assert status(poster, "whole-139").parked is not None


def test_lots_in_any_order_come_in_together(trading: Trading) -> None:
    poster, (sku,) = poster_on(trading, 39, Clock()), trading.new_skus("LOTS")
    first, second = trading.new_lots(sku, "L1", "L2")
    lots = [second, first] * 150
    sales = [trading.sell(f"lots-{number}", sku, 1) for number in range(len(lots))]
    poster.post([with_lot(sale, lot) for sale, lot in zip(sales, lots, strict=True)])
    poster.wait()
    assert poster.parked() == len(lots)
    goods = trading.poster(40)
    goods.post([with_lot(trading.receive(f"lots-goods-{lot}", sku, 150), lot) for lot in (second, first)])
    goods.wait()
    for number in range(len(lots)):
        assert settle(poster, f"lots-{number}").refusal is None
    assert poster.parked() == 0


def with_lot(message: MovementMessage, lot: int) -> MovementMessage:
    """The same movement of a lot."""
    return replace(message, movement=replace(message.movement, lot=lot))
