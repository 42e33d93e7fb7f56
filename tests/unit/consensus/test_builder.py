"""When a block is built: once, late enough to hold what came, early enough to be ready in time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from liveledger.consensus.block_rules import Head
from liveledger.consensus.block_source import PayloadAttributes
from liveledger.consensus.builder import Builder
from liveledger.consensus.clock import Clock
from liveledger.consensus.engine_client import EngineUnavailable
from liveledger.consensus.metrics import BridgeMetrics
from liveledger.consensus.payload import ExecutionPayload
from tests.unit.consensus import simulated_time
from tests.unit.consensus.engine import ScriptedEngine

PARENT = Head(0, b"\xaa" * 32, 1_000)


class SimulatedClock(Clock):
    """Begins at the second 1,000, and goes by the loop's simulated time."""

    def now(self) -> float:
        return 1_000 + asyncio.get_running_loop().time()


class Source(ScriptedEngine):
    """Notes when each block was begun; one takes ``takes`` seconds and fails while ``fails`` is above 0."""

    def __init__(self, clock: Clock, takes: float = 0.0, fails: int = 0) -> None:
        super().__init__()
        self.clock, self.takes, self.fails = clock, takes, fails
        self.begun: list[float] = []

    async def build(self, parent: Head, attributes: PayloadAttributes) -> ExecutionPayload:
        self.begun.append(self.clock.now())
        await asyncio.sleep(self.takes)
        self.fails -= 1
        if self.fails >= 0:
            raise EngineUnavailable("away")
        return await super().build(parent, attributes)


def build(source: Source, work: Callable[[Builder], Awaitable[ExecutionPayload]]) -> ExecutionPayload:
    async def run() -> ExecutionPayload:
        return await work(Builder(source, source.clock, BridgeMetrics(), bytes(20)))  # type: ignore[arg-type]

    return simulated_time.run(run())


def test_an_early_block_is_taken_and_begun_just_before_its_time() -> None:
    async def work(builder: Builder) -> ExecutionPayload:
        builder.start_early(PARENT, 1_001)
        payload = await builder.build(PARENT, 1_001)
        assert builder._clock.now() == pytest.approx(1_001, abs=1e-6)
        return payload

    source = Source(SimulatedClock())
    assert build(source, work).timestamp == 1_001
    assert source.begun == [pytest.approx(1_001 - 0.02, abs=1e-6)]


def test_the_next_one_begins_earlier_when_the_last_took_long() -> None:
    async def work(builder: Builder) -> ExecutionPayload:
        await builder.build(PARENT, 1_000)
        return await builder.build(PARENT, 1_001)

    source = Source(SimulatedClock(), takes=0.2)
    build(source, work)
    assert source.begun[1] == pytest.approx(1_001 - 2 * 0.2 - 0.02, abs=1e-6)


@pytest.mark.parametrize("timestamp", [1_001, 1_002])
def test_a_block_on_another_guess_is_dropped(timestamp: int) -> None:
    async def work(builder: Builder) -> ExecutionPayload:
        builder.start_early(Head(0, b"\xbb" * 32, 1_000), 1_001)
        return await builder.build(PARENT, timestamp)

    source = Source(SimulatedClock())
    assert build(source, work).timestamp == timestamp
    assert len(source.begun) == 1


def test_an_early_block_that_failed_is_built_again() -> None:
    async def work(builder: Builder) -> ExecutionPayload:
        builder.start_early(PARENT, 1_000)
        return await builder.build(PARENT, 1_000)

    source = Source(SimulatedClock(), fails=1)
    build(source, work)
    assert len(source.begun) == 2


def test_only_the_newest_early_block_goes_on() -> None:
    async def work(builder: Builder) -> ExecutionPayload:
        builder.start_early(PARENT, 1_001)
        builder.start_early(PARENT, 1_000)
        return await builder.build(PARENT, 1_000)

    source = Source(SimulatedClock())
    assert build(source, work).timestamp == 1_000
    assert len(source.begun) == 1


def test_what_fails_on_demand_is_told() -> None:
    with pytest.raises(EngineUnavailable):
        build(Source(SimulatedClock(), fails=2), lambda builder: builder.build(PARENT, 1_000))


def test_an_early_block_that_stayed_empty_is_built_again() -> None:
    async def work(builder: Builder) -> ExecutionPayload:
        builder.start_early(PARENT, 1_000)
        await asyncio.sleep(0.15)
        return await builder.build(PARENT, 1_000)

    source = Source(SimulatedClock())
    payload = build(source, work)
    assert not payload.transactions
    assert len(source.begun) == 2
