"""What the API says of itself: requests by status, refusals by code with a line each, the outbox and the index."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import structlog

from liveledger.chain.movements.batching import MovementMessage, Movements
from liveledger.chain.movements.journal import Journal
from liveledger.chain.outbox.outbox import Attempt, Outbox
from liveledger.chain.rpc.transport import NodeUnreachable
from liveledger.domain.movements import Kind, Movement
from liveledger_api.loops import Loops
from liveledger_api.metrics import Standing
from liveledger_api.standing import Standings
from tests.api.support import World

STANDING = Standing(
    outbox_pending=3,
    outbox_oldest_seconds=7.5,
    index_height=40,
    index_lag_blocks=None,
    index_lag_seconds=None,
    up_to_date=False,
    failing_workers=1,
    movements_parked=4,
)


def test_requests_and_refusals_are_counted(world: World) -> None:
    world.client.get("/health/live")
    with structlog.testing.capture_logs() as lines:
        world.client.get("/events/ni%3Anothing")
        world.client.get("/health/live", headers={"Host": "evil.example.com"})
        world.client.post("/capture", content=b"x" * 200_001)
        world.client.get("/nowhere")
    shown = world.client.get("/metrics")
    assert shown.headers["content-type"].startswith("text/plain")
    assert 'liveledger_api_requests_total{method="GET",status="200"} 1.0' in shown.text
    assert 'liveledger_api_requests_total{method="POST",status="413"} 1.0' in shown.text
    assert 'liveledger_api_refusals_total{code="not-local"} 1.0' in shown.text
    refused = [(line["event"], line["status"], line["code"]) for line in lines]
    assert ("request_refused", 400, "not-local") in refused
    assert ("request_refused", 413, "too-large") in refused
    assert ("request_refused", 404, "no-such-resource") in refused
    assert all(line["reason"] and line["path"] for line in lines)
    assert len(lines) == 4


def test_a_made_up_method_is_no_label(world: World) -> None:
    world.client.request("BREW", "/health/live")
    assert 'liveledger_api_requests_total{method="other",status="405"} 1.0' in world.client.get("/metrics").text


def test_what_is_unknown_while_the_node_is_away_is_absent(world: World) -> None:
    world.parts.metrics.follow(lambda: STANDING)
    text = world.client.get("/metrics").text
    assert "liveledger_outbox_pending 3.0" in text
    assert "liveledger_movements_parked 4.0" in text
    assert "liveledger_index_up_to_date 0.0" in text
    assert "liveledger_index_lag_blocks" not in text


class Chain:
    """A ledger whose blocks are a second apart."""

    def __init__(self, final: int) -> None:
        self.final = final
        self.execution: Any = self
        self.comet: Any = self

    def height(self) -> int:
        """CometBFT's height."""
        if self.final < 0:
            raise NodeUnreachable("away")
        return self.final

    block_number = height

    def block(self, number: int) -> Any:
        """A block by number."""
        return SimpleNamespace(time=1_000 + number)


def standing(chain: Chain, outbox: Outbox, indexed: int) -> Standing:
    """The figures with an index at ``indexed``."""
    follower: Any = SimpleNamespace(height=indexed, loop=SimpleNamespace(error=None))
    ledger: Any = chain
    return Standings(ledger, outbox, follower, Loops(), 5)()


def test_the_standing_of_index_and_outbox(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox.db", evm_chain_id=7, genesis=b"\1" * 32)
    level = standing(Chain(10), outbox, 10)
    assert (level.outbox_pending, level.outbox_oldest_seconds) == (0, 0.0)
    assert (level.index_lag_blocks, level.index_lag_seconds, level.up_to_date) == (0, 0.0, True)
    with outbox.transaction():
        for nonce, account in enumerate((b"\1" * 20, b"\2" * 20)):
            entry = outbox.add(account, "key", nonce, b"\3" * 20, b"", 21_000, 1_000.0 + nonce)
            outbox.add_attempt(Attempt(bytes(31) + bytes([nonce]), entry, 1, 1, 3), b"raw")
    journals = [Journal(outbox, bytes([number]) * 20, number) for number in range(2)]
    movements = Movements.of_messages([MovementMessage("m", Movement(1, Kind.SELL, 1, 0, 1, 1), bytes(32))])
    with outbox.transaction():
        for journal in journals:
            added = journal.add(["m"], movements, 1_000.0)
            assert added is not None
            journal.park(int(added.ids[0]), "StockOversell()", 2_000.0)
        journals[1].unpark([int(added.ids[0])])
    assert level.movements_parked == 0
    behind = standing(Chain(30), outbox, 10)
    assert behind.movements_parked == 1
    assert behind.outbox_pending == 2
    assert behind.outbox_oldest_seconds > 1_000_000
    assert (behind.index_lag_blocks, behind.index_lag_seconds, behind.up_to_date) == (20, 20.0, False)
    away = standing(Chain(-1), outbox, 10)
    assert (away.index_lag_blocks, away.up_to_date) == (None, False)
    outbox.close()
