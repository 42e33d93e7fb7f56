"""What the ABCI application says of its blocks: finality of live ones, the count of replayed ones, who signed."""

from __future__ import annotations

from typing import Any

import pytest

from liveledger.consensus._abci.tendermint.abci import types_pb2 as abci
from liveledger.consensus.metrics import BridgeMetrics
from liveledger.consensus.watch import BlockWatch
from tests.unit.consensus.engine import SetClock

MINE, OTHER, THIRD = b"\x01" * 20, b"\x02" * 20, b"\x03" * 20
SIGNED, ABSENT, FOR_NIL = 2, 1, 3


def decided(height: int, *, round_: int = 0, votes: list[tuple[bytes, int, int]] | None = None) -> Any:
    """A decided block of the time 1000.5 s."""
    given = [
        abci.VoteInfo(validator={"address": address, "power": power}, block_id_flag=flag)
        for address, power, flag in votes or []
    ]
    commit = abci.CommitInfo(round=round_, votes=given)
    return abci.RequestFinalizeBlock(
        height=height, time={"seconds": 1_000, "nanos": 500_000_000}, decided_last_commit=commit
    )


@pytest.fixture
def metrics() -> BridgeMetrics:
    return BridgeMetrics()


@pytest.fixture
def watch(metrics: BridgeMetrics) -> BlockWatch:
    return BlockWatch(metrics, SetClock(1_001.25), MINE)


def value(metrics: BridgeMetrics, name: str) -> float | None:
    return metrics.registry.get_sample_value(f"liveledger_{name}")


def test_a_block_that_was_judged_is_live(watch: BlockWatch, metrics: BridgeMetrics) -> None:
    watch.proposed(5, 1_000.5)
    watch.decided(decided(5))
    watch.committed()
    assert value(metrics, "finality_seconds_count") == 1
    assert value(metrics, "finality_seconds_sum") == pytest.approx(0.75)
    assert value(metrics, "clock_offset_seconds") == pytest.approx(0.75)
    assert value(metrics, "replayed_blocks_total") == 0


def test_a_block_that_was_never_judged_is_replayed(watch: BlockWatch, metrics: BridgeMetrics) -> None:
    watch.proposed(5, 1_000.5)
    watch.decided(decided(6, round_=3, votes=[(MINE, 10, SIGNED)]))
    watch.committed()
    assert value(metrics, "finality_seconds_count") == 0
    assert value(metrics, "replayed_blocks_total") == 1
    assert value(metrics, "lost_rounds_total") == 0


def test_the_commit_tells_who_signed(watch: BlockWatch, metrics: BridgeMetrics) -> None:
    watch.proposed(5, 1_000.5)
    watch.decided(decided(5, round_=2, votes=[(MINE, 10, SIGNED), (OTHER, 20, ABSENT), (THIRD, 30, FOR_NIL)]))
    names = ("validators", "voting_power", "total_power", "signed_power", "commit_round", "lost_rounds_total")
    assert [value(metrics, name) for name in names] == [3, 10, 60, 10, 2, 2]


def test_a_node_without_a_vote_has_no_power(watch: BlockWatch, metrics: BridgeMetrics) -> None:
    watch.decided(decided(1))
    watch.decided(decided(2, votes=[(OTHER, 20, SIGNED)]))
    assert (value(metrics, "voting_power"), value(metrics, "total_power")) == (0, 20)
