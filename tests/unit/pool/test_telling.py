"""What is told to the peers, and when: own at once, others' after a while, all again while it waits."""

from __future__ import annotations

import itertools

import pytest

from liveledger.consensus.pool import telling as module
from liveledger.consensus.pool.telling import FIRST_RELAY_SECONDS, MAX_REPEAT_SECONDS, REPEAT_SECONDS, Teller
from liveledger.consensus.pool.waiting import Pool, Waiting
from tests.unit.pool.making import LISTED, address, made, standing


def entered(pool: Pool, teller: Teller, nonce: int = 0, *, own: bool = True, now: float = 0.0) -> Waiting:
    waiting = pool.admit(made(1, nonce), standing(), LISTED, now=now, own=own)
    teller.enter(waiting)
    return waiting


def test_a_clients_is_told_at_once_and_a_peers_only_while_it_waits() -> None:
    pool = Pool()
    teller = Teller(pool)
    own, other = entered(pool, teller), entered(pool, teller, 1, own=False)
    assert teller.tell(0.0) == [own.transaction.raw]
    assert teller.tell(FIRST_RELAY_SECONDS - 0.1) == []
    assert teller.tell(FIRST_RELAY_SECONDS) == [other.transaction.raw]


def test_it_is_told_again_at_growing_intervals() -> None:
    pool = Pool()
    teller = Teller(pool)
    entered(pool, teller)
    times = [now / 10 for now in range(2_000) if teller.tell(now / 10)]
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert times[0] == 0.0
    assert gaps[:3] == [REPEAT_SECONDS, 2 * REPEAT_SECONDS, 4 * REPEAT_SECONDS]
    assert max(gaps) == MAX_REPEAT_SECONDS


def test_what_waits_no_more_is_not_told() -> None:
    pool = Pool()
    teller = Teller(pool)
    waiting = entered(pool, teller)
    pool.recheck(address(1), standing(nonce=1), LISTED)
    assert teller.tell(0.0) == []
    assert len(teller) == 0
    assert pool.find(waiting.transaction.hash) is None


def test_an_answer_is_bounded_and_the_rest_comes_next() -> None:
    pool = Pool()
    teller = Teller(pool)
    raws = [entered(pool, teller, nonce).transaction.raw for nonce in range(5)]
    size = len(raws[0])
    assert teller.tell(0.0, 2 * size + 1) == raws[:2]
    assert teller.tell(0.0, 1) == raws[2:3]  # one always goes
    assert teller.tell(0.0) == raws[3:]


def test_what_is_handed_in_again_is_told_now_but_not_as_often_as_one_likes() -> None:
    pool = Pool()
    teller = Teller(pool)
    waiting = entered(pool, teller)
    for _ in range(6):
        while not teller.tell(waiting.due):
            pass
    now = waiting.told_at + REPEAT_SECONDS / 2
    teller.hurry(waiting, now)
    assert teller.tell(now) == []
    now = waiting.told_at + REPEAT_SECONDS
    teller.hurry(waiting, now)
    teller.hurry(waiting, now)
    assert teller.tell(now) == [waiting.transaction.raw]
    assert teller.tell(now) == []


def test_each_of_a_backlog_is_looked_at_once_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of tens of thousands every second took a third of a processor."""
    pool = Pool()
    teller = Teller(pool)
    monkeypatch.setattr(module, "BURST_BYTES", 0)
    monkeypatch.setattr(module, "RATE_BYTES", module.HANDLING_BYTES)
    waiting = [entered(pool, teller, nonce, own=False) for nonce in range(5)]
    plans = 0
    plan = Teller._plan

    def counted(self: Teller, one: Waiting, due: float) -> None:
        nonlocal plans
        plans += 1
        plan(self, one, due)

    monkeypatch.setattr(Teller, "_plan", counted)
    told = [now / 10 for now in range(150) for _ in teller.tell(now / 10)]
    assert len(told) > len(waiting)
    assert plans <= 2 * len(told) + len(waiting)
    assert min(later - earlier for earlier, later in itertools.pairwise(told)) > 0.9


def test_handing_in_again_goes_round_no_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    pool = Pool()
    teller = Teller(pool)
    monkeypatch.setattr(module, "BURST_BYTES", 0)
    monkeypatch.setattr(module, "RATE_BYTES", 10)  # a transaction in a hundred seconds
    waiting = entered(pool, teller)
    assert teller.tell(0.0) == [waiting.transaction.raw]
    for second in range(1, 60):
        teller.hurry(waiting, float(second))
        assert teller.tell(float(second)) == []


def test_a_flood_is_not_multiplied(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is relayed of one organisation's has a rate; another's is told meanwhile."""
    pool = Pool()
    teller = Teller(pool)
    raw = max(len(made(1, nonce).raw) for nonce in range(7))
    monkeypatch.setattr(module, "BURST_BYTES", 2 * raw)
    monkeypatch.setattr(module, "RATE_BYTES", raw)
    monkeypatch.setattr(module, "HANDLING_BYTES", 0)
    for nonce in range(6):
        entered(pool, teller, nonce, own=False)
    other = pool.admit(made(2), standing(2), LISTED, now=0.0, own=False)
    teller.enter(other)
    assert len(teller.tell(FIRST_RELAY_SECONDS)) == 3
    assert other.told == 1
    assert len(teller.tell(FIRST_RELAY_SECONDS + 1.0)) == 1
    own = entered(pool, teller, 6, now=FIRST_RELAY_SECONDS + 1.0)
    assert teller.tell(FIRST_RELAY_SECONDS + 1.0) == [own.transaction.raw]
