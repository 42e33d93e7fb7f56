"""The poster on a simulated node: what is asked before the outbox is locked, and which batches are waited for."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from liveledger.bindings.errors import Revert
from liveledger.chain.accounts.accounts import account_of
from liveledger.chain.contracts.succession import StockLine
from liveledger.chain.movements import forming, posting
from liveledger.chain.movements.batching import MovementMessage
from liveledger.chain.movements.posting import Offered, Poster, QueueFull
from liveledger.chain.outbox.outbox import Outbox
from liveledger.chain.outbox.sender import NotFinalYet, Sender
from liveledger.domain.errors import TooLarge
from liveledger.domain.movements import Kind, Movement
from tests.simulators.node import EVM_CHAIN_ID, SimulatedNode, simulated_connection

ACCOUNT = account_of(b"\x11" * 32)


class EmptyContract(SimulatedNode):
    """A node whose contract has empty storage and used no sequence number."""

    def _eth_call(self, message: dict[str, str], block: str, override: Any = None) -> str:
        return "0x" + "00" * (len(message["data"]) // 2 - 1 if override else 32)


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        """Now."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """A clock that stands still."""
    return Clock()


def poster_on(node: SimulatedNode, folder: Path, clock: Clock) -> Poster:
    """A poster on lane 0 of a fresh outbox."""
    connection = simulated_connection(node, folder)
    outbox = Outbox(folder / "outbox.db", evm_chain_id=EVM_CHAIN_ID, genesis=node.block_hash(0))
    ledger: Any = SimpleNamespace(
        execution=connection.execution,
        comet=connection.comet,
        manifest=SimpleNamespace(target=lambda _: b"\x22" * 20),
        stock_line=StockLine((b"\x22" * 20,)),
        follow=lambda _block: None,
    )
    return Poster(ledger, Sender(connection, ACCOUNT, outbox), clock=clock)


def message(name: str) -> MovementMessage:
    """One unit received."""
    return MovementMessage(name, Movement(kind=Kind.RECEIVE, sku=1, source=0, target=1, quantity=1, at=1), bytes(32))


@pytest.fixture
def node() -> SimulatedNode:
    """A node with a block."""
    node = EmptyContract()
    node.mine()
    return node


def test_the_node_is_not_asked_while_the_outbox_is_locked(
    node: SimulatedNode, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    poster = poster_on(node, tmp_path, clock)
    asked: list[str] = []
    perform = node.perform

    def watched(method: str, params: Any) -> Any:
        assert not poster.sender.outbox.db.in_transaction, method
        asked.append(method)
        return perform(method, params)

    monkeypatch.setattr(node, "perform", watched)
    assert poster.post([message("a")]) == 1
    poster.pump()
    assert poster.post([message("b"), message("a")]) == 1
    clock.now += 1
    poster.pump()
    assert {"eth_call", "eth_getTransactionCount"} <= set(asked)
    # Both were decided from the outbox, which is ahead of the chain.
    entries = poster.sender.outbox.pending(poster.sender.address, 10)
    assert [entry.nonce for entry in entries] == [0, 1]
    found = [poster.status(name) for name in ("a", "b")]
    assert [(status.sequence, status.position) for status in found if status] == [(0, 0), (1, 0)]


def test_only_messages_up_to_the_newest_are_waited_for(node: SimulatedNode, tmp_path: Path, clock: Clock) -> None:
    poster = poster_on(node, tmp_path, clock)
    assert poster.newest_open() is None
    poster.post([message("a")])
    newest = poster.newest_open()
    poster.pump()
    assert poster.newest_open() == newest
    node.mine()
    poster.post([message("b")])
    poster.wait(timeout=5.0, newest=newest)
    assert poster.newest_open() not in (None, newest)
    with pytest.raises(NotFinalYet, match="'b'"):
        poster.wait(timeout=0.0)


def test_a_node_that_is_away_keeps_nobody_from_acknowledging(
    node: SimulatedNode, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    poster = poster_on(node, tmp_path, clock)

    def away(method: str, _: Any) -> Any:
        raise AssertionError(f"{method} was asked")

    monkeypatch.setattr(node, "perform", away)
    assert poster.post([message("a"), message("b"), message("a")]) == 2
    assert poster.post([message("b")]) == 0


def test_what_comes_while_a_batch_is_on_its_way_gathers(node: SimulatedNode, tmp_path: Path, clock: Clock) -> None:
    poster = poster_on(node, tmp_path, clock)
    poster.post([message("a")])
    poster.pump()
    for name in "bcd":
        poster.post([message(name)])
        poster.pump()
    assert [where(poster, name) for name in "abcd"] == [(0, 0), (None, None), (None, None), (None, None)]
    clock.now += 1
    poster.pump()
    assert [where(poster, name) for name in "abcd"] == [(0, 0), (1, 0), (1, 1), (1, 2)]


def test_reservations_gather_no_longer_however_many_are_on_their_way(
    node: SimulatedNode, tmp_path: Path, clock: Clock
) -> None:
    """The next block takes them first; what else comes gathers for about a block."""
    movement = Movement(kind=Kind.RESERVE, sku=1, source=1, target=1, quantity=1, at=1)
    formed = {}
    for name, one in (("reserve", movement), ("receive", message("").movement)):
        (tmp_path / name).mkdir()
        poster = poster_on(node, tmp_path / name, clock)
        for number in range(8):
            poster.post([MovementMessage(f"{number}", one, bytes(32))])
            clock.now += 0.3
            poster.pump()
        formed[name] = len(poster.sender.outbox.pending(poster.sender.address, 10))
    assert formed == {"reserve": 8, "receive": 4}


def test_what_was_acknowledged_is_there_after_a_restart(node: SimulatedNode, tmp_path: Path, clock: Clock) -> None:
    first = poster_on(node, tmp_path, clock)
    first.post([message("a")])
    first.pump()
    first.post([message("b"), message("c")])
    second = poster_on(node, tmp_path, clock)
    clock.now += 1
    second.pump()
    assert [where(second, name) for name in "abc"] == [(0, 0), (1, 0), (1, 1)]
    # The first one sees what the second did, and forms nothing twice.
    clock.now += 1
    first.post([message("d")])
    first.pump()
    assert [where(first, name) for name in "abcd"] == [(0, 0), (1, 0), (1, 1), (2, 0)]


def test_an_order_does_not_wait_behind_counts(
    node: SimulatedNode, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forming, "MAX_OPEN", 2)
    poster = poster_on(node, tmp_path, clock)
    counts = [Movement(kind=Kind.FOUND, sku=sku, source=0, target=1, quantity=1, at=1) for sku in range(1, 1_001)]
    orders = [Movement(kind=Kind.SELL, sku=sku, source=1, target=0, quantity=1, at=1) for sku in (500, 2_000)]
    poster.post([MovementMessage(f"{at}", one, bytes(32)) for at, one in enumerate(counts + orders)])
    poster.pump()
    # With the count of its SKU, which it may rest on, and in their order.
    assert [where(poster, name) for name in ("499", "1000", "1001")] == [(0, 0), (0, 1), (0, 2)]
    assert where(poster, "0")[0] == 1
    assert where(poster, "999") == (None, None)


def test_counts_that_have_room_share_a_batch_with_orders(node: SimulatedNode, tmp_path: Path, clock: Clock) -> None:
    poster = poster_on(node, tmp_path, clock)
    facts = [(Kind.FOUND, 0, 1), (Kind.SELL, 1, 0), (Kind.FOUND, 0, 1)]
    movements = [
        Movement(kind=kind, sku=sku, source=source, target=target, quantity=1, at=1)
        for sku, (kind, source, target) in enumerate(facts, 1)
    ]
    poster.post([MovementMessage(f"{at}", one, bytes(32)) for at, one in enumerate(movements)])
    poster.pump()
    assert [where(poster, name) for name in "012"] == [(0, 0), (0, 1), (0, 2)]


def test_a_full_queue_takes_no_more(
    node: SimulatedNode, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posting, "MAX_WAITING", 3)
    poster = poster_on(node, tmp_path, clock)
    poster.post([message("a")])
    with pytest.raises(QueueFull):
        poster.post([message(name) for name in "bcd"])
    assert poster.status("b") is None
    with pytest.raises(QueueFull):
        poster_on(node, tmp_path, clock).wait_for_room(3, timeout=-1.0)
    with pytest.raises(TooLarge):
        poster.post([message(name) for name in "bcde"])
    poster.wait_for_room(2)
    assert poster.post([message("b"), message("c")]) == 2
    assert poster.sender.outbox.backlog()[0] == 3


def test_nothing_is_nothing(node: SimulatedNode, tmp_path: Path, clock: Clock) -> None:
    poster = poster_on(node, tmp_path, clock)
    assert poster.post([]) == 0
    assert poster.offer([]) == Offered(0, 0)
    assert poster.newest_open() is None


def test_two_posters_that_take_turns_form_everything_once(node: SimulatedNode, tmp_path: Path, clock: Clock) -> None:
    one, other = poster_on(node, tmp_path, clock), poster_on(node, tmp_path, clock)
    names = [f"{number}" for number in range(8)]
    for number, name in enumerate(names):
        (one, other)[number % 2].post([message(name)])
        (other, one)[number % 2].pump()
        clock.now += 0.2
    clock.now += 1
    one.pump()
    places = [where(other, name) for name in names]
    assert len(set(places)) == len(names)
    assert (None, None) not in places


PLANS = {
    "SELECT id FROM message NOT INDEXED WHERE id >= 5 AND lane = 1"
    " AND (refusal IS NOT NULL OR parked_until IS NOT NULL)": "INTEGER PRIMARY KEY",
    "SELECT first FROM arrival WHERE first >= 5 AND lane = 1 ORDER BY first": "INTEGER PRIMARY KEY",
    "SELECT entry FROM batch INDEXED BY batch_sequence CROSS JOIN entry ON entry.id = batch.entry"
    " WHERE lane = 1 AND live = 1 AND sequence < 9 ORDER BY sequence DESC LIMIT 64": "batch_sequence",
    "SELECT members FROM batch WHERE lane = 1 AND live = 1 AND last >= 5": "batch_last",
}


@pytest.mark.parametrize("query", PLANS)
def test_no_question_reads_what_is_done_long_ago(node: SimulatedNode, tmp_path: Path, clock: Clock, query: str) -> None:
    db = poster_on(node, tmp_path, clock).sender.outbox.db
    plan = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {query}")]
    assert PLANS[query] in plan[0]
    assert not any("SCAN" in step or "TEMP B-TREE" in step for step in plan), plan


def where(poster: Poster, name: str) -> tuple[int | None, int | None]:
    """Batch of a message and its place in it."""
    status = poster.status(name)
    assert status is not None
    return status.sequence, status.position


def test_movements_of_one_message_are_refused_together(node: SimulatedNode, tmp_path: Path, clock: Clock) -> None:
    """A message that was split by lots: what is not carried out goes with the part that the chain does not take."""
    poster: Any = poster_on(node, tmp_path, clock)
    names = ["m", "m 2", "m 3", "mm", "m!", "n 2"]
    poster.post([message(name) for name in names])
    poster.pump()
    (batch,) = poster._journal.open_batches()
    numbers = {name: batch.first + at for at, name in enumerate(names)}
    poster._recovery.give_back([batch], {numbers["m 2"]: Revert("StockOversell", {"index": 1})})
    refused = {name for name in names if poster.status(name).refusal}
    assert refused == {"m", "m 2", "m 3"}
    assert [int(number) for number in poster._lane.queue.every().ids] == [numbers[name] for name in ("mm", "m!", "n 2")]
