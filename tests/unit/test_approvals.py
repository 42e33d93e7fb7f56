"""Approvals in plain Python: what holds when, what a word says, and what is typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveledger.bindings.constants import ApprovedAct
from liveledger.domain.errors import InvalidInput
from liveledger.rules import approvals as rules
from liveledger.rules.approvals import ACTS, USUAL, Approval
from liveledger_cli.member.operators import last_second, parse_acts

UINT64 = (1 << 64) - 1


@given(st.integers(0, 31), st.integers(0, UINT64), st.booleans(), st.booleans(), st.integers(0, UINT64))
def test_a_word_says_what_was_put_into_it(acts: int, until: int, places: bool, skus: bool, since: int) -> None:
    word = acts | until << 8 | places << 72 | skus << 73 | 7 << 80 | since << 112
    assert (rules.acts_of(word), rules.until_of(word), rules.since_of(word)) == (ApprovedAct(acts), until, since)
    assert (rules.is_for_some_places(word), rules.is_for_some_skus(word)) == (places, skus)
    assert rules.page_key(word, (3, 5), rules.SKUS, 9) == 3 << 80 | 5 << 64 | 7 << 32 | 2 << 16 | 9


@given(st.integers(0, 31), st.booleans())
def test_what_is_outside_is_not_granted(acts: int, outside: bool) -> None:
    told = acts | outside << 74
    for act in ApprovedAct:
        assert rules.grants(told, act) is (bool(acts & act) and not outside)


def test_an_end_is_the_last_second() -> None:
    approval = Approval(ApprovedAct.MOVE, until=1_000, since=900)
    assert approval.lets(ApprovedAct.MOVE, 1_000)
    assert not approval.lets(ApprovedAct.MOVE, 1_001)
    assert not approval.lets(ApprovedAct.PLAN, 950)
    assert Approval().lets(ApprovedAct.REGISTER_LOTS, UINT64)
    assert not Approval().lets(ApprovedAct.RETRIEVE, 1)
    # What it does not let do any more ended with it; what it never let do, when it was said.
    assert (approval.ended(1_001), approval.ended(1_000)) == (1_000, 900)


def test_lists_that_are_empty_are_not_lists_that_are_not_there() -> None:
    some, every = Approval(places=frozenset(), skus=frozenset({7})), Approval()
    assert (some.is_for_place(3), some.is_for_place(0), every.is_for_place(3)) == (False, True, True)
    assert (some.is_for_sku(7), some.is_for_sku(8), every.is_for_sku(8)) == (True, False, True)


def test_acts_are_typed_by_their_names() -> None:
    assert parse_acts("move,plan,order,register-lots") == USUAL
    assert parse_acts("retrieve") == ApprovedAct.RETRIEVE
    assert set(ACTS.values()) == set(ApprovedAct)
    for junk in ("", "MOVE", "move,", "move;plan", "31", "\0"):
        with pytest.raises(InvalidInput, match="nothing that a brand could approve"):
            parse_acts(junk)


@pytest.mark.parametrize(
    ("text", "second"),
    [
        (None, 0),
        ("2030-12-31", 1_924_991_999),
        ("2030-12-31T23:59:59Z", 1_924_991_999),
        ("2031-01-01T07:59:59+08:00", 1_924_991_999),
        ("1924991999", 1_924_991_999),
    ],
)
def test_a_day_is_whole(text: str | None, second: int) -> None:
    assert last_second(text) == second


@pytest.mark.parametrize("junk", ["", "soon", "2030-13-01", "2030-12-31T23:59:59", "-1", "9" * 40])
def test_junk_is_no_end(junk: str) -> None:
    with pytest.raises(InvalidInput):
        last_second(junk)
