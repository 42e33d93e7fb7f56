"""One transaction that does not fit voids a block: it is found, dropped, and the block goes without it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from liveledger.consensus.block_rules import Head
from liveledger.consensus.block_source import PayloadAttributes
from liveledger.consensus.engine_client import EngineRefused
from liveledger.consensus.packing import Packer
from liveledger.consensus.payload import ExecutionPayload
from liveledger.consensus.pool.choosing import BUILD_SECONDS
from liveledger.consensus.pool.transaction import Transaction
from tests.unit.consensus.engine import GENESIS, SetClock
from tests.unit.consensus.test_payload import example
from tests.unit.pool.making import made

LIST = [made(1, nonce) for nonce in range(40)]
ATTRIBUTES = PayloadAttributes(1_001, bytes(20))


class Source:
    """Refuses every list that holds a misfit; each block takes ``takes`` seconds."""

    def __init__(self, clock: SetClock, misfits: Sequence[Transaction], takes: float = 0.0) -> None:
        self.clock, self.misfits, self.takes = clock, {one.raw for one in misfits}, takes
        self.built = 0
        self.stale = False

    async def build(self, _: bytes, __: PayloadAttributes, transactions: Sequence[bytes]) -> ExecutionPayload:
        self.built += 1
        self.clock.time += self.takes
        if self.stale or self.misfits & set(transactions):
            raise EngineRefused("nonce too high", -32000)
        return example(transactions=tuple(transactions))


class Pool:
    def __init__(self) -> None:
        self.dropped: list[Transaction] = []
        self.learnt: list[tuple[int, float]] = []

    async def choose(self, _: Head) -> list[Transaction]:
        return [one for one in LIST if one not in self.dropped]

    def give_up(self, transaction: Transaction, reason: str) -> None:
        assert reason == "nonce too high"
        self.dropped.append(transaction)

    def learn(self, gas: int, seconds: float) -> None:
        self.learnt.append((gas, seconds))


def pack(source: Any, pool: Any) -> ExecutionPayload:
    return asyncio.run(Packer(source, pool, source.clock).build(GENESIS, ATTRIBUTES))


def test_a_block_holds_the_list_in_its_order() -> None:
    source, pool = Source(SetClock(0), [], takes=0.25), Pool()
    assert pack(source, pool).transactions == tuple(one.raw for one in LIST)
    assert source.built == 1
    assert pool.learnt == [(40 * 50_000, 0.25)]


@pytest.mark.parametrize("at", [0, 1, 19, 20, 38, 39])
def test_the_misfit_is_found_and_the_next_block_holds_what_came_after(at: int) -> None:
    source, pool = Source(SetClock(0), [LIST[at]]), Pool()
    assert pack(source, pool).transactions == tuple(one.raw for one in LIST[:at])
    assert pool.dropped == [LIST[at]]
    assert source.built <= 9
    assert len(pack(source, pool).transactions) == 39


def test_a_slow_search_ends_in_time_and_drops_what_may_be_the_misfit() -> None:
    source, pool = Source(SetClock(0), [LIST[30]], takes=0.6), Pool()
    block = pack(source, pool)
    assert source.built <= 4
    assert LIST[30] in pool.dropped
    assert block.transactions == tuple(one.raw for one in LIST[: len(block.transactions)])


def test_an_engine_that_builds_not_even_an_empty_block_is_said() -> None:
    source, pool = Source(SetClock(0), []), Pool()
    source.stale = True
    with pytest.raises(EngineRefused):
        pack(source, pool)
    assert pool.dropped == []


@pytest.mark.parametrize(("takes", "learnt"), [(0.1, []), (BUILD_SECONDS + 0.1, [(40 * 50_000, BUILD_SECONDS + 0.1)])])
def test_a_build_that_is_given_up_tells_something_only_when_it_took_long(
    takes: float, learnt: list[tuple[int, float]]
) -> None:
    class Stuck(Source):
        async def build(self, _: bytes, __: PayloadAttributes, ___: Sequence[bytes]) -> ExecutionPayload:
            self.clock.time += takes
            raise asyncio.CancelledError

    source, pool = Stuck(SetClock(0), []), Pool()
    with pytest.raises(asyncio.CancelledError):
        pack(source, pool)
    assert pool.learnt == [(gas, pytest.approx(seconds)) for gas, seconds in learnt]
