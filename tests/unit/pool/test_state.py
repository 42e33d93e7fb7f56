"""What the pool reads of the Directory after a start on a long chain: in steps, none of them twice."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from liveledger.bindings.constants import CONSORTIUM_ADDRESS
from liveledger.consensus.block_rules import Head
from liveledger.consensus.engine_client import EngineUnavailable
from liveledger.consensus.pool.state import StateReader
from tests.unit.consensus.engine import ScriptedEngine

LONG = Head(120_000, b"\x77" * 32, 1_000)
STOCK = b"\x55" * 20


class LongChain(ScriptedEngine):
    """Notes the spans of blocks whose events were asked for; a call in ``fails`` gets no answer."""

    def __init__(self) -> None:
        super().__init__()
        self.listed = [STOCK]
        self.known[LONG.hash] = LONG
        self.spans: list[tuple[int, int]] = []
        self.fails: set[int] = set()

    async def batch(self, calls: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
        for method, params in calls:
            if method == "eth_getLogs":
                span = int(params[0]["fromBlock"], 16), int(params[0]["toBlock"], 16)
                if span[0] in self.fails:
                    raise EngineUnavailable("too slow")
                self.spans.append(span)
        return await super().batch(calls)


def test_a_long_chain_is_read_in_steps() -> None:
    engine: Any = LongChain()
    scene = asyncio.run(StateReader(engine, CONSORTIUM_ADDRESS).scene(LONG))
    assert engine.spans == [(0, 49_999), (50_000, 99_999), (100_000, 120_000)]
    assert STOCK in scene.listed


def test_what_was_read_before_an_engine_stops_to_answer_is_kept() -> None:
    engine: Any = LongChain()
    reader = StateReader(engine, CONSORTIUM_ADDRESS)
    engine.fails = {50_000}
    with pytest.raises(EngineUnavailable):
        asyncio.run(reader.scene(LONG))
    engine.fails, engine.spans = set(), []
    assert STOCK in asyncio.run(reader.scene(LONG)).listed
    assert engine.spans == [(50_000, 99_999), (100_000, 120_000)]


def test_junk_for_events_is_a_refusal_and_reads_nothing() -> None:
    class Junk(LongChain):
        async def batch(self, calls: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
            if calls[0][0] == "eth_getLogs" and not self.spans:
                self.spans.append((0, 0))
                return [[{"topics": []}]]
            return await super().batch(calls)

    engine: Any = Junk()
    reader = StateReader(engine, CONSORTIUM_ADDRESS)
    with pytest.raises(EngineUnavailable, match="events cannot be read"):
        asyncio.run(reader.scene(LONG))
    assert STOCK in asyncio.run(reader.scene(LONG)).listed
    assert engine.spans == [(0, 0), (0, 49_999), (50_000, 99_999), (100_000, 120_000)]
