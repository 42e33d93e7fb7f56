"""Late, repeated and reordered messages, and a poster that is killed: the stock of a clean run (O1, O4)."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from liveledger.bindings import stock_ledger
from liveledger.chain.contracts.ledger import final_height
from liveledger.chain.movements.posting import Poster
from liveledger.domain.movements import Kind
from tests.chain.trading.disorder import Plan, plan
from tests.chain.trading.test_killed import run_and_kill
from tests.support.trading import Trading

pytestmark = pytest.mark.network

ROOT = Path(__file__).resolve().parents[3]
LANE, COUNT, KILLS = 91, 600, 6


@pytest.mark.parametrize("seed", [pytest.param(1, marks=pytest.mark.slow), 20261124])
def test_disorder_leaves_the_stock_of_a_clean_run(trading: Trading, seed: int, tell: Callable[[str], None]) -> None:
    first = 32 if seed == 1 else 35
    skus = [trading.skus[f"SKU-{number:03}"] for number in range(first, first + 3)]
    for sku in skus:
        trading.new_lots(sku, "L1", "L2")
    lists = [",".join(map(str, numbers)) for numbers in (skus, trading.places)]
    home, lane = trading.ledger.home, LANE + first
    arguments = [str(home.root), home.name, str(lane), str(seed), str(COUNT), *lists]
    command = [sys.executable, "-m", "tests.chain.trading.disorder", *arguments]
    moments, kills = random.Random(seed), 0
    for _ in range(KILLS):
        kills += "done" not in run_and_kill(command, moments.uniform(0.0, 3.0))
    subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT, timeout=300)
    planned = plan(seed, COUNT, skus, trading.places)
    _is_on_chain_once(trading, planned, lane)
    _stock_is(trading, planned)
    late = sum(a != b for a, b in zip(planned.history, planned.deliveries, strict=False))
    assert kills > 0
    tell(
        f"disorder, seed {seed}: {COUNT} movements, {len(planned.deliveries)} deliveries, {late} out of place,"
        f" {kills} kills"
    )
    assert {message.movement.kind for message in planned.history} == set(Kind)


def _is_on_chain_once(trading: Trading, planned: Plan, lane: int) -> None:
    poster = Poster(trading.ledger, trading.sender(), lane=lane)
    found = [poster.status(message.message_id) for message in planned.history]
    assert all(status and status.block is not None for status in found)
    assert len({(status.sequence, status.position) for status in found if status}) == COUNT


def _stock_is(trading: Trading, planned: Plan) -> None:
    address, height = trading.ledger.manifest.address("StockLedger"), final_height(trading.ledger)
    for (sku, lot, place), lanes in planned.book.lanes.items():
        word = stock_ledger.decode_balance_of(
            trading.ledger.execution.call(address, stock_ledger.BalanceOf(sku, lot, place).calldata(), height)
        )
        assert [word >> 64 * lane & (2**64 - 1) for lane in range(4)] == lanes
    for sku, counters in planned.book.counters.items():
        found = stock_ledger.decode_counters_of(
            trading.ledger.execution.call(address, stock_ledger.CountersOf(sku).calldata(), height)
        )
        for name in ("received", "sold", "returned", "adjusted"):
            assert getattr(found, name) == counters.get(name, 0), (sku, name)
