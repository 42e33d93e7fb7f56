"""Batches are signed with the gas that they need: small ones do not take the room of great ones."""

from __future__ import annotations

import pytest

from liveledger.chain.movements import forming
from liveledger.domain.movements import Kind, Movement
from tests.support.trading import Trading, message, now

pytestmark = pytest.mark.network
SMALL, SPLIT, RESERVED = 40, 41, 42


def limits(trading: Trading, lane: int) -> list[tuple[int, int, int]]:
    """Gas limit, gas used and status of each batch that was sent on a lane."""
    rows = trading.outbox.db.execute(
        "SELECT gas, gas_used, status FROM entry WHERE key LIKE ? ORDER BY id", (f"post:{lane}:%",)
    )
    return [(int(gas), int(used), int(status)) for gas, used, status in rows]


def test_a_batch_has_the_gas_that_it_needs_and_little_more(trading: Trading) -> None:
    poster, (sku, other) = trading.poster(SMALL), trading.new_skus("GAS-0", "GAS-1")
    for number in range(3):  # the last one when all its slots are in use, or were and are zero again
        poster.post([trading.receive(f"g-{number}", sku, 5)])
        poster.wait()
        poster.post([trading.sell(f"g-{number}-s", sku, 5), trading.receive(f"g-{number}-o", other, 1)])
        poster.wait()
    found = limits(trading, SMALL)
    assert len(found) == 6
    assert all(status == 1 and used < gas < 600_000 for gas, used, status in found)


def test_reservations_have_gas_for_words_that_are_there(trading: Trading) -> None:
    """Blocks take them by their limits: signed as if every word were new, two batches filled a block's half."""
    poster, (sku, *others) = trading.poster(RESERVED), trading.new_skus(*(f"GAS-R{number}" for number in range(20)))
    poster.post([trading.receive(f"r-{one}", one, 5) for one in (sku, *others)])
    poster.wait()
    for few in ([sku], [sku, *others]):
        place = trading.places[0]
        poster.post(
            [message(f"r-{len(few)}-{one}", Movement(one, Kind.RESERVE, place, place, 1, now())) for one in few]
        )
        poster.wait()
    (_, (gas, used, status), (many, needed, done)) = limits(trading, RESERVED)
    assert (status, done) == (1, 1)
    assert used < gas < 300_000
    assert needed < many < 3 * needed


def test_a_batch_that_runs_out_of_gas_is_signed_anew_with_more(
    trading: Trading, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forming, "GAS_MARGIN_PERCENT", 25)
    poster, skus = trading.poster(SPLIT), trading.new_skus("OUT-0", "OUT-1", "OUT-2")
    names = [f"out-{number}" for number in range(30)]
    poster.post([trading.receive(name, skus[number % 3], 1) for number, name in enumerate(names)])
    poster.wait()
    failed, *done = limits(trading, SPLIT)
    assert failed[2] == 0
    assert [status for _, _, status in done] == [1] * len(done)
    assert sum(gas for gas, _, _ in done) >= 4 * failed[0]
    for name in names:
        status = poster.status(name)
        assert status is not None
        assert status.block is not None
        assert status.refusal is None
