"""What waits: bounded, shared, and gone when its account may send nothing any more."""

from __future__ import annotations

import itertools

import pytest

from liveledger.consensus.pool import waiting as module
from liveledger.consensus.pool.rules import Standing
from liveledger.consensus.pool.transaction import Transaction
from liveledger.consensus.pool.waiting import EXPIRY_SECONDS, NONCE_WINDOW, RETRY, Pool, Refused, Waiting
from tests.unit.pool.making import LISTED, address, made, standing, vote


@pytest.fixture
def pool() -> Pool:
    return Pool()


def admit(pool: Pool, transaction: Transaction, who: Standing | None = None, now: float = 0.0) -> Waiting:
    return pool.admit(transaction, who or standing(), LISTED, now=now, own=False)


def refusal(pool: Pool, transaction: Transaction, who: Standing | None = None) -> Refused:
    before = len(pool), pool.size, pool.shares()
    with pytest.raises(Refused) as caught:
        admit(pool, transaction, who)
    assert (len(pool), pool.size, pool.shares()) == before
    return caught.value


def test_what_is_admitted_is_found(pool: Pool) -> None:
    first, second = made(nonce=0), made(nonce=1)
    admit(pool, first)
    admit(pool, second)
    assert len(pool) == 2
    assert pool.size == len(first.raw) + len(second.raw)
    assert pool.shares() == {1: 2}
    assert pool.accounts() == [address(1)]
    assert pool.next_nonce(address(1), 0) == 2
    found = pool.find(second.hash)
    assert found
    assert found.transaction is second


def test_it_is_known_the_second_time(pool: Pool) -> None:
    admit(pool, made())
    said = refusal(pool, made())
    assert (said.reason, said.message, said.retry) == ("known", "already known", False)


@pytest.mark.parametrize(
    ("transaction", "who", "reason", "retry"),
    [
        (made(nonce=4), standing(nonce=5), "nonce-too-low", False),
        (made(nonce=NONCE_WINDOW), standing(), "nonce-too-high", True),
        (made(), standing(balance=49_999_999), "no-funds", True),
        (made(), standing(None), "no-member", True),
        (made(to=b"\x01" * 20), standing(), "unlisted-target", True),
    ],
)
def test_what_depends_on_the_state_may_come_again(
    pool: Pool, transaction: Transaction, who: Standing, reason: str, retry: bool
) -> None:
    said = refusal(pool, transaction, who)
    assert (said.reason, said.retry, said.abci_code >= RETRY) == (reason, retry, retry)


def test_a_higher_bid_replaces(pool: Pool) -> None:
    old = admit(pool, made())
    assert refusal(pool, made(maxFeePerGas=1_099, maxPriorityFeePerGas=2)).reason == "underpriced"
    assert refusal(pool, made(maxFeePerGas=2_000, maxPriorityFeePerGas=1)).reason == "underpriced"
    new = admit(pool, made(maxFeePerGas=1_100, maxPriorityFeePerGas=2))
    assert len(pool) == 1
    assert pool.find(old.transaction.hash) is None
    assert pool.queue(address(1)) == {0: new}


def test_an_organisation_has_its_share(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SHARE", 3)
    for nonce in range(3):
        admit(pool, made(1, nonce))
    assert refusal(pool, made(1, 3)).reason == "share"
    admit(pool, made(2))  # another account of the same organisation: of what that one has, not of others'
    assert pool.shares() == {1: 3}
    admit(pool, made(3), standing(2))
    admit(pool, vote(4), standing(1))  # a vote has room of its own
    admit(pool, made(1, 1, maxFeePerGas=2_000, maxPriorityFeePerGas=2))  # what replaces takes no more


def test_votes_have_a_share_too(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GOVERNANCE_SHARE", 1)
    admit(pool, vote(1))
    assert refusal(pool, vote(1, 1)).reason == "share"
    admit(pool, vote(3), standing(2))


@pytest.mark.parametrize("first", [0, 1], ids=["runnable", "behind a gap"])
def test_an_account_does_not_shut_its_organisations_votes_out(
    pool: Pool, monkeypatch: pytest.MonkeyPatch, first: int
) -> None:
    """Its newest make room for whoever of its organisation has less, until they have as much."""
    monkeypatch.setattr(module, "GOVERNANCE_SHARE", 8)
    for nonce in range(first, first + 8):
        admit(pool, vote(1, nonce))
    assert refusal(pool, vote(1, first + 8)).reason == "share"
    for nonce in range(4):
        admit(pool, vote(2, nonce))
        assert set(pool.queue(address(1))) == set(range(first, first + 7 - nonce))
    assert refusal(pool, vote(2, 4)).reason == "share"
    admit(pool, vote(3))  # of the two that have four each, one gives way
    assert pool.shares() == {1: 8}


def test_many_accounts_do_not_either(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SHARE", 9)
    for seed, nonce in itertools.product((1, 2, 3), range(3)):
        admit(pool, made(seed, nonce))
    admit(pool, vote(3, 3))  # counted elsewhere, and stays
    admit(pool, made(4))
    assert sorted(len(pool.queue(address(seed))) for seed in (1, 2, 3, 4)) == [1, 2, 3, 4]
    assert 3 in pool.queue(address(3))


def test_room_is_made_by_bytes_where_bytes_ran_out(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    few, many = [made(1, nonce, data=bytes(1_000), gas=100_000) for nonce in range(3)], [made(2, n) for n in range(5)]
    for one in (*few, *many):
        admit(pool, one)
    monkeypatch.setattr(module, "SHARE_BYTES", pool.size)
    admit(pool, made(3, data=bytes(500), gas=100_000))
    assert (len(pool.queue(address(1))), len(pool.queue(address(2)))) == (2, 5)
    assert refusal(pool, made(4, data=bytes(2_000), gas=200_000)).reason == "share"  # nobody would have as much then


def test_another_group_of_the_same_nonce_takes_no_room_that_is_not_there(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "GOVERNANCE_SHARE", 1)
    admit(pool, vote(1))
    admit(pool, made(1, 1))
    assert refusal(pool, vote(1, 1, maxFeePerGas=2_000, maxPriorityFeePerGas=2)).reason == "share"


def test_little_waits_behind_a_gap(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BEHIND_A_GAP", 3)
    for nonce in (0, 1, 3, 5, 9):
        admit(pool, made(1, nonce))
    said = refusal(pool, made(1, 4))
    assert (said.reason, said.retry) == ("nonce-too-high", True)
    assert "nonce 2 is missing" in said.message
    admit(pool, made(1, 5, maxFeePerGas=2_000, maxPriorityFeePerGas=2))
    admit(pool, made(1, 2))
    for nonce in (4, 6, 7):
        admit(pool, made(1, nonce))
    assert pool.next_nonce(address(1), 0) == 8


def test_shares_are_counted_in_bytes_too(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SHARE_BYTES", 1_000)
    assert refusal(pool, made(data=bytes(1_000), gas=100_000)).reason == "share"


def test_in_a_full_pool_the_largest_gives_way(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_WAITING", 4)
    for nonce in range(3):
        admit(pool, made(1, nonce), standing(1))
    admit(pool, made(2), standing(2))
    assert refusal(pool, made(1, 3), standing(1)).reason == "full"
    admit(pool, made(3), standing(3))
    assert pool.shares() == {1: 2, 2: 1, 3: 1}
    assert set(pool.queue(address(1))) == {0, 1}  # its newest went
    admit(pool, vote(4), standing(4))
    assert pool.shares() == {1: 1, 2: 1, 3: 1, 4: 1}


def test_in_a_full_pool_an_account_gives_way_to_its_own_organisation(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_WAITING", 5)
    for nonce in range(4):
        admit(pool, made(1, nonce), standing(1))
    admit(pool, made(2), standing(2))
    admit(pool, made(3), standing(1))
    assert [len(pool.queue(address(seed))) for seed in (1, 2, 3)] == [3, 1, 1]


def test_what_is_replaced_by_a_vote_may_be_what_makes_room(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_WAITING", 2)
    admit(pool, made(1, 0))
    admit(pool, made(1, 1))
    admit(pool, vote(1, 1, maxFeePerGas=2_000, maxPriorityFeePerGas=2))
    assert (len(pool), set(pool.queue(address(1)))) == (2, {0, 1})


def test_in_a_full_pool_what_ran_out_decides(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many tiny ones do not push out the few large ones of others, where it is room for one more that is missing."""
    monkeypatch.setattr(module, "MAX_WAITING", 5)
    admit(pool, made(1, data=bytes(5_000), gas=300_000), standing(1))
    for nonce in range(4):
        admit(pool, made(2, nonce), standing(2))
    assert refusal(pool, made(2, 4), standing(2)).reason == "full"
    admit(pool, made(3), standing(3))
    assert pool.shares() == {1: 1, 2: 3, 3: 1}


def test_what_a_suspended_account_has_waiting_is_gone(pool: Pool) -> None:
    for nonce in range(3):
        admit(pool, made(1, nonce))
    admit(pool, made(2), standing(2))
    assert pool.recheck(address(1), standing(None), LISTED) == 3
    assert pool.accounts() == [address(2)]
    assert pool.shares() == {2: 1}


def test_what_its_account_cannot_pay_is_gone(pool: Pool) -> None:
    admit(pool, made(1, 0))
    admit(pool, made(1, 1, gas=100_000))
    assert pool.recheck(address(1), standing(balance=50_000_000), LISTED) == 1
    assert set(pool.queue(address(1))) == {0}


def test_what_is_in_a_block_waits_no_more(pool: Pool) -> None:
    for nonce in range(3):
        admit(pool, made(1, nonce))
    assert pool.recheck(address(1), standing(nonce=2), LISTED) == 0
    assert set(pool.queue(address(1))) == {2}


def test_what_waits_too_long_is_gone(pool: Pool) -> None:
    admit(pool, made(1, 0), now=0)
    admit(pool, made(1, 1), now=5)
    assert pool.expire(EXPIRY_SECONDS + 1) == 1
    assert set(pool.queue(address(1))) == {1}


def test_what_is_dropped_is_forgotten(pool: Pool) -> None:
    waiting = admit(pool, made())
    pool.drop(waiting.transaction.hash)
    pool.drop(waiting.transaction.hash)
    assert (len(pool), pool.size, pool.shares(), pool.accounts()) == (0, 0, {}, [])
