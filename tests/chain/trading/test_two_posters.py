"""Two accounts of one operator sell the same last unit in the same block: one sale is final, the other one refused."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from liveledger.bindings import stock_ledger
from liveledger.bindings.constants import Role
from liveledger.chain.accounts.accounts import load_or_create_account
from liveledger.chain.movements.posting import Offered, Poster
from liveledger.chain.movements.records import MessageStatus
from liveledger.chain.outbox.sender import Outcome, Sender
from liveledger.chain.rpc.finality import final_height
from liveledger.rules.stock_state import lanes_of
from tests.support.network import eventually
from tests.support.trading import Trading

pytestmark = pytest.mark.network
PATIENCE = 600.0
LANE = 61
# Both transactions are sent right after a block, a second before the next; a slow machine may miss it now and then.
ROUNDS = 20


@dataclass
class Clock:
    """This machine's time, moved on by tests."""

    ahead: float = 0.0

    def __call__(self) -> float:
        """Unix seconds."""
        return time.time() + self.ahead


def tills(trading: Trading, patience: float, clock: Clock) -> list[Poster]:
    """Two posters of the brand, each with an account of its own."""
    accounts = [load_or_create_account(trading.ledger.home, f"till-{number}") for number in range(2)]
    trading.administrator.register_accounts([(account, trading.brand, Role.POST_MOVEMENTS) for account in accounts])
    senders = [Sender(trading.ledger, account, trading.outbox, clock=clock) for account in accounts]
    return [Poster(trading.ledger, sender, lane=LANE, patience=patience) for sender in senders]


def status(poster: Poster, name: str) -> MessageStatus:
    found = poster.status(name)
    assert found is not None
    return found


def lanes(trading: Trading, sku: int, block: int) -> tuple[int, ...]:
    """The four lanes of the first place after a block."""
    call = stock_ledger.BalanceOf(sku, 0, trading.places[0]).calldata()
    answer = trading.ledger.execution.call(trading.ledger.manifest.address("StockLedger"), call, block)
    return lanes_of(int.from_bytes(answer))


def wait_block(trading: Trading) -> None:
    """Waits until a block has just become final."""
    height = final_height(trading.ledger)
    eventually("another block", lambda: final_height(trading.ledger) > height)


def sell_the_last_unit(trading: Trading, both: Sequence[Poster], sku: int, name: str) -> list[Outcome]:
    """Both acknowledge a sale of the one unit on the same state, then send: what came of both transactions."""
    wait_block(trading)
    height = final_height(trading.ledger)
    for poster in both:
        assert poster.offer([trading.sell(f"{name}-{poster.sender.account.address}", sku, 1)]) == Offered(1, 0)
    assert final_height(trading.ledger) - height <= 1, "the offers are long"
    assert lanes(trading, sku, height)[0] == 1
    wait_block(trading)
    for poster in both:
        poster.pump()
    keys = [poster.sender.outbox.pending(poster.sender.address, 1)[0].key for poster in both]
    for poster in both:
        poster.wait()
    outcomes = [poster.sender.outcome(key) for poster, key in zip(both, keys, strict=True)]
    return [outcome for outcome in outcomes if outcome is not None]


def refused(poster: Poster, name: str) -> bool:
    """Whether a sale is refused after another step of its poster."""
    poster.pump()
    return status(poster, name).refusal is not None


def require_one_winner(
    trading: Trading, both: Sequence[Poster], sku: int, name: str, *, patience: float, clock: Clock
) -> None:
    """One sale is final; the other one is parked as long as there is patience, then refused by name."""
    states = [status(poster, f"{name}-{poster.sender.account.address}") for poster in both]
    (final,) = [state for state in states if state.block is not None]
    (late,) = [poster for poster, state in zip(both, states, strict=True) if state is not final]
    loser = f"{name}-{late.sender.account.address}"
    assert (final.refusal, final.parked) == (None, None)
    if patience:
        assert str(status(late, loser).parked).endswith("(StockOversell)")
        assert status(late, loser).refusal is None
        clock.ahead += patience + 1
        eventually("the sale is refused", lambda: refused(late, loser))
    ending = "(StockOversell); its cause did not come in time" if patience else "(StockOversell)"
    assert str(status(late, loser).refusal).endswith(ending)
    assert (status(late, loser).block, status(late, loser).parked) == (None, None)
    assert lanes(trading, sku, final_height(trading.ledger)) == (0, 0, 0, 0)


@pytest.mark.parametrize("patience", [0.0, PATIENCE])
def test_the_last_unit_is_sold_once(trading: Trading, patience: float) -> None:
    clock = Clock()
    both = tills(trading, patience, clock)
    for number in range(ROUNDS):
        name = f"last-{patience:.0f}-{number}"
        (sku,) = trading.new_skus(name)
        trading.poster(LANE).post([trading.receive(f"in-{name}", sku, 1)])
        trading.poster(LANE).wait()
        before = final_height(trading.ledger)
        outcomes = sell_the_last_unit(trading, both, sku, name)
        assert sorted(outcome.status for outcome in outcomes) == [0, 1]
        require_one_winner(trading, both, sku, name, patience=patience, clock=clock)
        seen = {lanes(trading, sku, block) for block in range(before, final_height(trading.ledger) + 1)}
        assert seen == {(1, 0, 0, 0), (0, 0, 0, 0)}, "never another balance at any block"
        if outcomes[0].block == outcomes[1].block:
            return
    pytest.fail(f"the two sales were never in the same block, {ROUNDS} times")
