"""The order of a block: votes, reservations, organisations in turn, oldest first, nonces in order."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveledger.bindings import stock_ledger
from liveledger.consensus.block_rules import GAS_LIMIT
from liveledger.consensus.pool import choosing as module
from liveledger.consensus.pool.choosing import (
    BUILD_SECONDS,
    FIRST_GAS,
    LEAST_GAS,
    RESERVING_BLOCKS,
    RESERVING_BUILD_SECONDS,
    Tempo,
    base_fee_after,
    choose,
    executable,
)
from liveledger.consensus.pool.rules import BIG_BLOCK_GAS, MAX_WORK, WORK_FACTOR, overworked, work
from liveledger.consensus.pool.transaction import Group, Transaction
from liveledger.consensus.pool.waiting import Waiting
from liveledger.domain.transactions import MAX_TX_GAS
from tests.unit.pool.making import made, standing

_PLAIN = made(data=stock_ledger.Post.SELECTOR)
_ORDER = itertools.count()


def waiting(sender: int, nonce: int, gas: int, group: Group = Group.REST, size: int = 100) -> Waiting:
    fields = {"sender": sender.to_bytes(20), "nonce": nonce, "gas": gas, "group": group, "raw": bytes(size)}
    transaction: Transaction = replace(_PLAIN, **fields)  # type: ignore[arg-type]
    return Waiting(transaction, 0, next(_ORDER), 0.0, own=False)


def line(sender: int, count: int, gas: int, group: Group = Group.REST) -> list[Waiting]:
    return [waiting(sender, nonce, gas, group) for nonce in range(count)]


def senders(chosen: Sequence[Transaction]) -> list[int]:
    return [int.from_bytes(one.sender) for one in chosen]


def test_groups_go_in_their_order() -> None:
    lines = [(1, line(1, 2, 100_000)), (2, line(2, 2, 100_000, Group.RESERVATIONS))]
    lines.append((3, line(3, 2, 100_000, Group.GOVERNANCE)))
    assert senders(choose(lines, gas=LEAST_GAS)) == [3, 3, 2, 2, 1, 1]


def test_a_flood_of_votes_leaves_room() -> None:
    lines = [(1, line(1, 500, 1_000_000, Group.GOVERNANCE)), (2, line(2, 80, 1_000_000))]
    chosen = choose(lines, gas=100_000_000)
    assert senders(chosen) == [1] * 25 + [2] * 75  # a quarter, and what the others leave
    assert senders(choose(lines[:1], gas=100_000_000)) == [1] * 100


def test_an_honest_vote_is_in_the_first_round_of_a_flood_of_votes() -> None:
    lines = [(number, line(number, 50, MAX_TX_GAS, Group.GOVERNANCE)) for number in (1, 2, 3)]
    lines.append((9, line(9, 1, 300_000, Group.GOVERNANCE)))
    for first in range(10):
        assert senders(choose(lines, gas=LEAST_GAS, first=first))[0] == 9


def test_reservations_take_half() -> None:
    lines = [(1, line(1, 500, 1_000_000, Group.RESERVATIONS)), (2, line(2, 500, 1_000_000))]
    chosen = choose(lines, gas=100_000_000)
    assert senders(chosen) == [1] * 50 + [2] * 50


def test_organisations_have_equal_gas_whatever_their_size() -> None:
    """Over several blocks: what one could not use for the size of its transactions is made good later."""
    plans = {1: (2_000, 200_000), 2: (60, MAX_TX_GAS), 3: (900, 1_000_000)}
    left = {number: line(number, *plan) for number, plan in plans.items()}
    gas, credits = dict.fromkeys(plans, 0), {}  # type: ignore[var-annotated]
    for block in range(20):
        chosen = choose(list(left.items()), gas=LEAST_GAS, first=block % 4, credits=credits)
        for number in plans:
            mine = [one for one in chosen if int.from_bytes(one.sender) == number]
            gas[number] += sum(one.gas for one in mine)
            left[number] = left[number][len(mine) :]
    assert max(gas.values()) - min(gas.values()) <= 2 * MAX_TX_GAS


def test_the_turns_go_on_where_they_ended() -> None:
    lines = [(number, line(number, 5, MAX_TX_GAS)) for number in (1, 2, 3)]
    assert [senders(choose(lines, gas=LEAST_GAS, first=first)) for first in (0, 1, 2, 3)] == [[1], [2], [3], [1]]


def test_within_an_organisation_accounts_go_in_turn_and_nonces_stay_in_order() -> None:
    a, b, c, d = waiting(1, 0, 50_000), waiting(2, 0, 50_000), waiting(1, 1, 50_000), waiting(3, 0, 50_000)
    chosen = choose([(1, [d]), (1, [a, c]), (1, [b])], gas=LEAST_GAS)
    assert chosen == [one.transaction for one in (a, b, d, c)]


@pytest.mark.parametrize("gas", [30_000, 300_000, 2_000_000, 4_000_000, MAX_TX_GAS])
@pytest.mark.parametrize("group", [Group.GOVERNANCE, Group.REST])
def test_an_act_is_in_the_first_block_whatever_its_own_organisation_floods(gas: int, group: Group) -> None:
    lines = [(1, line(1, 1_024, gas, group)), (1, line(2, 1, 300_000, Group.GOVERNANCE))]
    assert 2 in senders(choose(lines, gas=LEAST_GAS))


def test_an_account_that_had_its_turn_goes_behind_in_the_next_block_too() -> None:
    """Sixty accounts with small acts do not keep a large one of their organisation out."""
    left = {sender: line(sender, 100, 400_000, Group.GOVERNANCE) for sender in range(1, 61)}
    left[99] = line(99, 1, 6_000_000, Group.GOVERNANCE)
    left |= {98: line(98, 500, 1_000_000)}
    found, credits, turns = [], {}, {}  # type: ignore[var-annotated]
    for _ in range(4):
        lines = [(2 if sender == 98 else 1, entries) for sender, entries in left.items()]
        chosen = senders(choose(lines, gas=LEAST_GAS, credits=credits, turns=turns))
        found.append(99 in chosen)
        for sender in chosen:
            left[sender] = left[sender][1:]
    assert found == [False, True, False, False]
    assert len(turns[1, Group.GOVERNANCE].starts) <= 61


def test_turns_of_those_who_wait_no_more_are_forgotten() -> None:
    turns: dict[tuple[int, Group], module.Turns] = {}
    for sender in range(1, 50):
        choose([(1, line(sender, 1, 50_000)), (1, line(77, 1, 50_000))], gas=LEAST_GAS, turns=turns)
    assert len(turns[1, Group.REST].starts) <= 3
    choose([(2, line(5, 1, 50_000))], gas=LEAST_GAS, turns=turns)
    assert {number for number, _ in turns} == {2}


def test_what_is_after_something_too_big_waits() -> None:
    big, after, other = waiting(1, 0, 20_000_000), waiting(1, 1, 50_000), waiting(2, 0, 50_000)
    assert choose([(1, [big, after]), (2, [other])], gas=10_000_000) == [other.transaction]


def slow(sender: int, count: int, gas: int, group: Group = Group.REST) -> list[Waiting]:
    """Calls of anything but ``post``."""
    found = line(sender, count, gas, group)
    for one in found:
        one.transaction = replace(one.transaction, posts=False)
    return found


def test_one_transaction_always_fits_beside_movements() -> None:
    assert work(slow(1, 1, MAX_TX_GAS)[0].transaction) <= module.BLOCK_WORK // 2


@pytest.mark.parametrize("group", [Group.GOVERNANCE, Group.REST])
@pytest.mark.parametrize("gas", [30_000, 1_000_000, MAX_TX_GAS])
def test_whatever_floods_movements_have_half_of_the_work(group: Group, gas: int) -> None:
    lines = [(1, slow(1, 20_000, gas, group)), (2, line(2, 3_000, 1_000_000))]
    chosen = choose(lines, gas=BIG_BLOCK_GAS)
    assert overworked(chosen) is None
    assert sum(work(one) for one in chosen if not one.posts) <= MAX_WORK // 2
    assert sum(one.gas for one in chosen if one.posts) > MAX_WORK * 2 // 5


def test_small_ones_are_bounded_in_number() -> None:
    assert len(choose([(1, line(1, 20_000, 21_000))], gas=BIG_BLOCK_GAS)) < MAX_WORK // 50_000


def test_organisations_share_in_turn_the_work_that_movements_leave() -> None:
    lines = [(number, slow(number, 200, 1_000_000)) for number in (1, 2)]
    chosen = senders(choose(lines, gas=BIG_BLOCK_GAS))
    assert len(chosen) == MAX_WORK * 9 // 10 // (1_000_000 * WORK_FACTOR + 50_000)
    assert abs(chosen.count(1) - chosen.count(2)) <= 1


def test_bytes_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_BLOCK_BYTES", 1_000)
    entries = [waiting(1, nonce, 21_000, size=100) for nonce in range(50)]
    assert sum(len(one.raw) for one in choose([(1, entries)], gas=LEAST_GAS)) == 900


@given(
    st.lists(
        st.tuples(
            st.integers(1, 4),
            st.lists(st.tuples(st.integers(21_000, MAX_TX_GAS), st.sampled_from(list(Group))), max_size=12),
        ),
        max_size=8,
    ),
    st.integers(LEAST_GAS, BIG_BLOCK_GAS),
    st.integers(0, 5),
)
def test_a_block_is_within_its_gas_and_in_the_order_of_nonces(
    accounts: list[tuple[int, list[tuple[int, Group]]]], gas: int, first: int
) -> None:
    lines = [
        (organisation, [waiting(sender, nonce, each, group) for nonce, (each, group) in enumerate(entries)])
        for sender, (organisation, entries) in enumerate(accounts)
    ]
    chosen = choose(lines, gas=gas, first=first)
    assert sum(one.gas for one in chosen) <= gas
    for sender in range(len(accounts)):
        nonces = [one.nonce for one in chosen if int.from_bytes(one.sender) == sender]
        assert nonces == list(range(len(nonces)))
    assert bool(chosen) == any(entries for _, entries in accounts)


def queue(*entries: Waiting) -> dict[int, Waiting]:
    return {entry.transaction.nonce: entry for entry in entries}


def test_a_gap_a_low_bid_and_an_empty_purse_end_a_line() -> None:
    entries = [waiting(1, nonce, 50_000) for nonce in (3, 4, 6)]
    assert executable(queue(*entries), standing(nonce=3), 7, GAS_LIMIT) == entries[:2]
    assert executable(queue(*entries), standing(nonce=2), 7, GAS_LIMIT) == []
    assert executable(queue(*entries), standing(nonce=3), 1_001, GAS_LIMIT) == []
    assert executable(queue(*entries), standing(nonce=3, balance=99_999_999), 7, GAS_LIMIT) == entries[:1]
    assert executable(queue(*entries), standing(nonce=3), 7, 50_000) == entries[:1]


@pytest.mark.parametrize(
    ("base_fee", "used", "expected"),
    [(7, 0, 7), (1_000, 0, 875), (1_000, GAS_LIMIT, 1_125), (7, GAS_LIMIT, 8), (1_000, GAS_LIMIT // 2, 1_000)],
)
def test_the_base_fee_follows_eip_1559(base_fee: int, used: int, expected: int) -> None:
    assert base_fee_after(base_fee, used) == expected


def test_a_slow_block_makes_the_next_one_small_at_once() -> None:
    tempo = Tempo()
    tempo.learn(FIRST_GAS, 5 * BUILD_SECONDS)
    assert tempo.gas == LEAST_GAS
    for _ in range(10):
        tempo.learn(tempo.gas, 0.01)
    assert tempo.gas == BIG_BLOCK_GAS
    tempo.learn(21_000, 60.0)  # says nothing of the engine's speed
    assert tempo.gas == BIG_BLOCK_GAS
    tempo.learn(BIG_BLOCK_GAS, 60.0)
    assert tempo.gas == LEAST_GAS


def test_blocks_are_short_while_reservations_come_and_some_blocks_after() -> None:
    tempo = Tempo()
    tempo.learn(FIRST_GAS, BUILD_SECONDS)
    short = int(FIRST_GAS * RESERVING_BUILD_SECONDS / BUILD_SECONDS)
    assert tempo.budget(reserves=False) == FIRST_GAS
    assert [tempo.budget(reserves=True)] + [tempo.budget(reserves=False) for _ in range(RESERVING_BLOCKS - 1)] == [
        short
    ] * RESERVING_BLOCKS
    assert tempo.budget(reserves=False) == FIRST_GAS


def test_a_short_block_is_measured_by_several_and_is_no_larger_than_any_other() -> None:
    """One that took long by chance does not make the next one tiny; one that may not be large is not."""
    tempo = Tempo()
    for seconds in (0.35, 0.7, 1.4, 0.35):
        tempo.learn(FIRST_GAS, seconds)
    measured = int(4 * FIRST_GAS * RESERVING_BUILD_SECONDS / 2.8)
    assert tempo.budget(reserves=True) == min(measured, tempo.gas) == measured
    tempo.learn(FIRST_GAS, 60.0)
    assert tempo.budget(reserves=True) == tempo.gas == LEAST_GAS


def test_room_is_given_step_by_step() -> None:
    tempo = Tempo()
    tempo.learn(10_000_000, 0.001)
    assert tempo.gas == 2 * FIRST_GAS
