"""The pool in the node, on an engine that a test scripts: what peers tell, what clients hand in, what a block gets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import pytest

from liveledger.bindings import stock_ledger
from liveledger.bindings.constants import CONSORTIUM_ADDRESS, CREATOR_ADDRESS, Parameter
from liveledger.consensus.block_rules import GAS_LIMIT, Head
from liveledger.consensus.engine_client import EngineUnavailable
from liveledger.consensus.metrics import BridgeMetrics
from liveledger.consensus.pool import keeper as module
from liveledger.consensus.pool.book import Book, Senders
from liveledger.consensus.pool.judging import ProposalJudge
from liveledger.consensus.pool.keeper import MALFORMED, TAKEN, PoolKeeper
from liveledger.consensus.pool.state import StateReader
from liveledger.consensus.pool.transaction import BadTransaction
from liveledger.consensus.pool.waiting import RETRY, Refused
from liveledger.domain.hashing import mapping_slot, uint_word
from liveledger.domain.movements import Kind, Movement, pack
from tests.unit.consensus.engine import GENESIS, ScriptedEngine, SetClock
from tests.unit.pool.making import CHAIN_ID, STOCK, address, made, signed, vote

T = TypeVar("T")
POST = stock_ledger.Post.SELECTOR
NEXT = Head(1, b"\xbb" * 32, 1_001)


class Desk:
    """A keeper and a judge on one scripted engine; account 1 is organisation 1's, account 2 organisation 2's."""

    def __init__(self) -> None:
        self.engine = ScriptedEngine()
        self.engine.listed = [STOCK]
        self.engine.member(address(1), 1)
        self.engine.member(address(2), 2)
        self.engine.known[NEXT.hash] = NEXT
        self.clock = SetClock(1_001.0)
        self.metrics = BridgeMetrics()
        engine: Any = self.engine
        book, senders = Book(StateReader(engine, CONSORTIUM_ADDRESS)), Senders(CHAIN_ID)
        self.keeper = PoolKeeper(book, senders, self.clock, self.metrics)
        self.judge = ProposalJudge(book, senders, self.metrics)

    def refused(self, reason: str) -> float | None:
        return self.metrics.registry.get_sample_value("liveledger_pool_refusals_total", {"reason": reason})


def run(work: Callable[[Desk], Coroutine[Any, Any, T]]) -> T:
    async def start() -> T:
        desk = Desk()
        desk.keeper.follow(GENESIS)
        await settled()
        return await work(desk)

    return asyncio.run(start())


def posts(seed: int, count: int) -> list[bytes]:
    """Batches of movements with great gas limits."""
    return [signed(seed, nonce, gas=16_000_000, data=POST) for nonce in range(count)]


def noise(seed: int, count: int) -> list[bytes]:
    """Batches of no movements that are as long as they may be: together they are far from the other bounds."""
    return [signed(seed, nonce, gas=6_000_000, data=POST + b"\x77" * 126_000) for nonce in range(count)]


async def settled() -> None:
    """Lets background work end: the scripted engine never waits."""
    for _ in range(20):
        await asyncio.sleep(0)


async def chosen(desk: Desk, head: Head = GENESIS) -> list[bytes]:
    return [one.raw for one in await desk.keeper.choose(head)]


def test_what_a_client_hands_in_is_told_and_enters_a_block() -> None:
    async def work(desk: Desk) -> None:
        assert await desk.keeper.submit(signed()) == made().hash
        assert desk.keeper.reap(0) == [signed()]
        assert await chosen(desk) == [signed()]
        assert desk.keeper.next_nonce(address(1), 0) == 1

    run(work)


def test_a_client_hears_why_it_is_refused() -> None:
    async def work(desk: Desk) -> None:
        for raw, reason in (
            (signed(3), "no-member"),
            (signed(to=b"\x01" * 20), "unlisted-target"),
            (signed(to=None, gas=60_000, data=b"\x00"), "creation"),
        ):
            with pytest.raises(Refused) as caught:
                await desk.keeper.submit(raw)
            assert caught.value.reason == reason
            assert desk.refused(reason) == 1
        with pytest.raises(BadTransaction):
            await desk.keeper.submit(b"\x02junk")
        assert desk.keeper.reap(0) == []

    run(work)


def test_what_is_handed_in_again_is_known_and_told_again() -> None:
    async def work(desk: Desk) -> None:
        await desk.keeper.submit(signed())
        assert desk.keeper.reap(0) == [signed()]
        desk.clock.time += 100
        with pytest.raises(Refused, match="already known"):
            await desk.keeper.submit(signed())
        assert desk.keeper.reap(0) == [signed()]

    run(work)


def test_an_unknown_account_is_looked_up_and_its_transaction_is_in_the_next_block() -> None:
    async def work(desk: Desk) -> None:
        assert desk.keeper.insert(signed()) == RETRY
        await settled()
        assert await chosen(desk) == [signed()]
        assert desk.keeper.insert(signed()) == TAKEN
        assert desk.keeper.insert(signed(1, 1)) == TAKEN  # known by now

    run(work)


def test_a_peer_waits_for_no_engine() -> None:
    async def work(desk: Desk) -> None:
        desk.engine.away = True
        assert desk.keeper.insert(signed()) == RETRY
        await settled()
        assert desk.keeper.insert(signed()) == RETRY
        await settled()
        desk.engine.away = False
        assert desk.keeper.insert(signed()) == RETRY  # its peer tells it again
        await settled()
        assert desk.keeper.insert(signed()) == TAKEN

    run(work)


def test_junk_of_a_peer_never_comes_again_but_what_the_state_refuses_may() -> None:
    async def work(desk: Desk) -> None:
        assert desk.keeper.insert(b"\x02junk") == MALFORMED
        assert desk.keeper.insert(signed(3)) == RETRY
        await settled()
        assert desk.keeper.insert(signed(3)) == RETRY
        assert desk.refused("no-member") == 2
        desk.engine.member(address(3), 1)
        desk.keeper.follow(NEXT)
        await settled()
        assert desk.keeper.insert(signed(3)) == RETRY  # refused by what was known of block 0, and looked up again
        await settled()
        assert desk.keeper.insert(signed(3)) == TAKEN

    run(work)


def test_strangers_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MAX_STRANGERS", 4)

    async def work(desk: Desk) -> None:
        for seed in range(10, 30):
            assert desk.keeper.insert(signed(seed)) == RETRY
        assert len(desk.keeper._strangers) == 4
        await settled()
        assert len(desk.keeper._strangers) == 0

    run(work)


def test_what_a_suspended_account_has_waiting_is_gone_with_the_next_block() -> None:
    async def work(desk: Desk) -> None:
        for nonce in range(3):
            await desk.keeper.submit(signed(1, nonce))
        await desk.keeper.submit(signed(2))
        desk.engine.member(address(1), 1, organisation_status=2)
        desk.keeper.follow(NEXT)
        await settled()
        assert desk.keeper.next_nonce(address(1), 0) == 0
        assert await chosen(desk, NEXT) == [signed(2)]

    run(work)


def test_a_block_holds_nothing_of_who_was_suspended_a_moment_ago() -> None:
    """Also when the check after the commit did not come through."""

    async def work(desk: Desk) -> None:
        await desk.keeper.submit(signed(1))
        desk.engine.member(address(1), 1, status=2)
        assert await chosen(desk, NEXT) == []

    run(work)


def test_what_goes_to_a_retired_contract_is_gone_with_the_next_block() -> None:
    async def work(desk: Desk) -> None:
        await desk.keeper.submit(signed(1))
        await desk.keeper.submit(signed(2, to=CONSORTIUM_ADDRESS))
        assert await desk.judge.refuse([signed(1)], GENESIS) is None
        desk.engine.retired = {STOCK}
        assert await chosen(desk, NEXT) == [signed(2, to=CONSORTIUM_ADDRESS)]
        refusal = await desk.judge.refuse([signed(1)], NEXT)
        assert refusal
        assert refusal.reason == "unlisted-target"
        with pytest.raises(Refused, match="no contract that the Directory lists"):
            await desk.keeper.submit(signed(1))

    run(work)


def test_what_is_in_a_block_waits_no_more() -> None:
    async def work(desk: Desk) -> None:
        await desk.keeper.submit(signed(1, 0))
        await desk.keeper.submit(signed(1, 1))
        desk.engine.nonces[address(1)] = 1
        assert await chosen(desk, NEXT) == [signed(1, 1)]

    run(work)


def test_a_block_without_the_state_is_not_built() -> None:
    async def work(desk: Desk) -> None:
        await desk.keeper.submit(signed())
        desk.engine.away = True
        with pytest.raises(EngineUnavailable):
            await desk.keeper.choose(NEXT)

    run(work)


def test_the_administrator_may_approve_contracts_until_the_handover() -> None:
    async def work(desk: Desk) -> None:
        approval = signed(5, to=CREATOR_ADDRESS, data=b"\x00", gas=60_000)
        desk.engine.balances[address(5)] = 10**12
        desk.engine.consortium[bytes(32)] = int.from_bytes(address(5))
        await desk.keeper.submit(approval)
        assert await chosen(desk) == [approval]
        desk.engine.consortium[bytes(32)] = int.from_bytes(b"\x4c\x4c" + bytes(17) + b"\x03")
        assert await chosen(desk, NEXT) == []

    run(work)


@pytest.mark.parametrize(
    ("raws", "reason"),
    [
        ([], None),
        ([signed(1), signed(2)], None),
        ([vote(1).raw], None),
        ([signed(1), signed(3)], "no-member"),
        ([signed(to=b"\x01" * 20)], "unlisted-target"),
        ([signed(to=None, data=b"\x00", gas=60_000)], "creation"),
        ([b"\x04" + signed()[1:]], "delegation"),
        ([b"\x03" + signed()[1:]], "blob-transaction"),
        ([b"junk"], "unknown-type"),
        (posts(1, 23), "organisation-share"),
        ([*posts(1, 12), *posts(2, 12)], None),
        ([signed(1, nonce, gas=16_000_000) for nonce in range(6)], None),
        ([signed(1, nonce, gas=16_000_000) for nonce in range(7)], "too-much-work"),
        ([vote(1, nonce, gas=16_000_000).raw for nonce in range(7)], "too-much-work"),
        (
            [signed(to=CONSORTIUM_ADDRESS, nonce=nonce, gas=16_000_000, data=POST) for nonce in range(7)],
            "too-much-work",
        ),
        (noise(1, 23), None),
        (noise(1, 24), "too-many-bytes"),
        ([b"junk" * 800_000], "too-many-bytes"),  # before anything of it is read
    ],
)
def test_a_vote_is_about_what_every_node_can_know(raws: list[bytes], reason: str | None) -> None:
    async def work(desk: Desk) -> None:
        refusal = await desk.judge.refuse(raws, GENESIS)
        assert (refusal.reason if refusal else None) == reason

    run(work)


@pytest.mark.parametrize(
    ("voted", "most"),
    [(0, 5_000), (1, 1_000), (1_000, 1_000), (5_000, 5_000), (6_000, 6_000), (10_000, 10_000), (2**256 - 1, 10_000)],
)
def test_a_vote_keeps_to_the_share_that_was_voted(voted: int, most: int) -> None:
    """Also to one that the contract would not take: no node stops, and all come to one verdict."""

    async def work(desk: Desk) -> None:
        desk.engine.governance[mapping_slot(uint_word(Parameter.ORGANISATION_SHARE), 6)] = voted
        mine = min(GAS_LIMIT * most // 10_000 // 16_000_000, 24)
        for count, good in ((mine, most >= 5_000), (mine + 1, False)):
            refusal = await desk.judge.refuse([*posts(1, count), *posts(2, 24 - count)], NEXT)
            assert (refusal is None) == good
            assert refusal is None or refusal.reason == ("organisation-share" if count < 25 else "too-much-work")

    run(work)


def test_whose_gas_a_block_holds_is_measured() -> None:
    async def work(desk: Desk) -> None:
        assert await desk.judge.refuse([*posts(1, 2), signed(2)], GENESIS) is None
        assert await desk.judge.refuse([signed(1), signed(3)], GENESIS) is not None  # a refused block says nothing
        gas = [
            desk.metrics.registry.get_sample_value("liveledger_organisation_gas_total", {"organisation": one})
            for one in "12"
        ]
        assert gas == [32_000_000, 50_000]

    run(work)


def test_a_vote_without_the_state_is_no() -> None:
    async def work(desk: Desk) -> None:
        desk.engine.away = True
        refusal = await desk.judge.refuse([signed()], NEXT)
        assert refusal
        assert refusal.reason == "state-unavailable"
        assert await desk.judge.refuse([], NEXT) is None

    run(work)


def test_a_vote_sees_the_state_of_the_block_before_and_no_older_one() -> None:
    async def work(desk: Desk) -> None:
        assert await desk.judge.refuse([signed()], GENESIS) is None
        desk.engine.member(address(1), 1, status=2)
        refusal = await desk.judge.refuse([signed()], NEXT)
        assert refusal
        assert refusal.reason == "no-member"

    run(work)


def test_a_block_with_a_reservation_is_short_and_has_it_first() -> None:
    async def work(desk: Desk) -> None:
        desk.keeper.learn(100_000_000, 0.7)
        for nonce in range(10):
            await desk.keeper.submit(signed(1, nonce, gas=12_000_000, data=POST))
        assert len(await chosen(desk)) == 8
        data = stock_ledger.Post(0, 1, bytes(32), pack([Movement(1, Kind.RESERVE, 1, 1, 5, 1_000)])).calldata()
        reservation = signed(2, 0, gas=200_000, data=data)
        await desk.keeper.submit(reservation)
        first, *rest = await chosen(desk)
        assert (first, len(rest)) == (reservation, 4)

    run(work)


def test_slow_blocks_make_smaller_ones() -> None:
    async def work(desk: Desk) -> None:
        for nonce in range(10):
            await desk.keeper.submit(signed(1, nonce, gas=12_000_000, maxFeePerGas=1_000, data=POST))
        assert len(await chosen(desk)) == 8
        desk.keeper.learn(GAS_LIMIT, 30.0)
        assert len(await chosen(desk)) == 2

    run(work)
