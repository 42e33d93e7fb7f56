"""Who may put what into a block."""

from __future__ import annotations

import pytest

from liveledger.bindings import stock_ledger
from liveledger.bindings.constants import CONSORTIUM_ADDRESS, DIRECTORY_ADDRESS, GOVERNANCE_ADDRESS
from liveledger.consensus.block_rules import GAS_LIMIT
from liveledger.consensus.pool.choosing import MAX_BLOCK_BYTES
from liveledger.consensus.pool.rules import (
    BIG_BLOCK_GAS,
    MAX_BYTES,
    MAX_WORK,
    NO_ORGANISATION,
    Standing,
    forbidden,
    oversized,
    overweight,
    overworked,
    share_of,
    size,
    work,
)
from liveledger.domain.transactions import MAX_TX_BYTES
from tests.unit.pool.making import LISTED, STOCK, made, standing

ADMINISTRATOR = Standing(1, NO_ORGANISATION, 0, 10**15)


@pytest.mark.parametrize("target", [STOCK, CONSORTIUM_ADDRESS, DIRECTORY_ADDRESS, GOVERNANCE_ADDRESS])
def test_a_member_calls_what_is_listed(target: bytes) -> None:
    for who in (standing(1), ADMINISTRATOR):
        assert forbidden(made(to=target), who, LISTED) is None


def test_nobody_calls_anything_else() -> None:
    for who in (standing(1), ADMINISTRATOR):
        for target in (b"\x77" * 20, CONSORTIUM_ADDRESS[:19] + b"\xee"):
            refusal = forbidden(made(to=target), who, LISTED)
            assert refusal
            assert refusal.reason == "unlisted-target"


def test_a_stranger_calls_nothing() -> None:
    refusal = forbidden(made(), standing(None), LISTED)
    assert refusal
    assert refusal.reason == "no-member"


def test_members_create_nothing() -> None:
    creation = made(to=None, data=b"\x00", gas=60_000)
    refusal = forbidden(creation, standing(1), LISTED)
    assert refusal
    assert refusal.reason == "creation"
    refusal = forbidden(creation, ADMINISTRATOR, LISTED)
    assert refusal is not None
    assert refusal.reason == "creation"


def test_an_organisation_has_its_share_of_a_big_block_only() -> None:
    half = GAS_LIMIT // 2
    assert overweight([(1, half), (2, half)]) is None
    assert overweight([(1, BIG_BLOCK_GAS)]) is None
    assert overweight([(1, 1), (2, BIG_BLOCK_GAS), (1, 1)]) is not None
    refusal = overweight([(1, half), (2, half), (1, 1)])
    assert refusal
    assert refusal.reason == "organisation-share"
    assert "organisation 1 " in refusal.message


def test_the_share_is_what_was_voted_within_its_bounds() -> None:
    shares = [(1, GAS_LIMIT * 6 // 10), (2, GAS_LIMIT * 4 // 10)]
    assert overweight(shares, 6_000) is None
    assert overweight(shares, 5_999) is not None
    assert [share_of(word) for word in (0, 1, 999, 1_000, 6_000, 10_000, 10_001, 2**256 - 1)] == [
        *(5_000, 1_000, 1_000, 1_000, 6_000),
        *(10_000, 10_000, 10_000),
    ]


def test_the_work_of_a_block_is_bounded() -> None:
    post, other = made(data=stock_ledger.Post.SELECTOR, gas=16_000_000), made(gas=16_000_000)
    assert post.posts
    assert not other.posts
    assert not made(to=CONSORTIUM_ADDRESS, data=stock_ledger.Post.SELECTOR).posts
    assert overworked([post] * 24) is None
    assert overworked([other] * 6) is None
    assert overworked([made(gas=21_000)] * (MAX_WORK // work(made(gas=21_000)))) is None
    for many in ([other] * 7, [post] * 25, [made(gas=21_000)] * 8_000):
        refusal = overworked(many)
        assert refusal
        assert refusal.reason == "too-much-work"


def test_the_bytes_of_a_block_are_bounded() -> None:
    raw = bytes(126_000)
    most = MAX_BYTES // size(raw)
    assert oversized([raw] * most) is None
    small = [bytes(92)] * (MAX_BYTES // 100)
    assert oversized(small) is None
    for many in ([raw] * (most + 1), [*small, b""]):
        refusal = oversized(many)
        assert refusal
        assert refusal.reason == "too-many-bytes"


def test_honest_blocks_stay_below_the_bytes_that_a_vote_lets_pass() -> None:
    assert MAX_BLOCK_BYTES + MAX_TX_BYTES < MAX_BYTES
