"""Row 6: one validator's clock is off. The others live, the chain's time does not bend, and over a minute it stops."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from datetime import datetime

import pytest

from liveledger.consensus.application import MAX_CLOCK_ERROR_SECONDS
from liveledger.node import runstate
from liveledger.node.runstate import RunState
from tests.support.network import RunningNetwork, eventually
from tests.support.promises import World
from tests.support.tally import Tally
from tests.support.variants import start_variant

pytestmark = [pytest.mark.network, pytest.mark.faults, pytest.mark.timeout(900)]
VICTIM = 3
HONEST = (0, 1, 2)
SKEWED = "tests.simulators.skewed_node"
BLOCKS = 14
# Blocks come once a second; a round that failed and a machine that does other things are in it.
TOLERANCE_SECONDS = 20


@contextlib.contextmanager
def skewed(net: RunningNetwork, bridge: int, votes: int) -> Iterator[None]:
    """Node 3 with its clock off, and right again at the end."""
    net.stop(VICTIM)
    start_variant(net, VICTIM, SKEWED, str(bridge), str(votes), wait=False)
    try:
        yield
    finally:
        net.stop(VICTIM)
        net.start(VICTIM)


def voted(net: RunningNetwork, height: int) -> float | None:
    """Time of node 3's vote for a block, as the commit has it; None when it did not vote."""
    for row in net.comet(f"commit?height={height}")["signed_header"]["commit"]["signatures"]:
        if row["validator_address"] == net.network.nodes[VICTIM].address and row["signature"]:
            return seconds(row["timestamp"])
    return None


def seconds(text: str) -> float:
    """Unix time of CometBFT's text."""
    return datetime.fromisoformat(text[:19] + "+00:00").timestamp()


def header_times(net: RunningNetwork, first: int, last: int) -> list[float]:
    return [seconds(net.comet(f"header?height={height}")["header"]["time"]) for height in range(first, last + 1)]


@pytest.mark.parametrize("skew", [30, -30, 600, -600])
def test_votes_of_another_time(world: World, tally: Tally, skew: int) -> None:
    """The signer alone is off: the median of the votes is the chain's time, and one of four does not move it."""
    net = world.net
    with world.load(node=0), skewed(net, 0, skew):
        net.wait_height(net.height(), VICTIM)
        first = net.height()
        net.wait_height(first + BLOCKS)
        now = time.time()
        votes = [(height, at) for height in range(first, first + BLOCKS) if (at := voted(net, height)) is not None]
        times = header_times(net, first, first + BLOCKS)
    assert votes
    assert max(abs(at - times[height - first] - skew) for height, at in votes) < TOLERANCE_SECONDS, (votes, times)
    assert times == sorted(times)
    assert abs(now - times[-1]) < TOLERANCE_SECONDS
    tally.add(6, f"votes {skew:+d} s", len(votes), blocks=BLOCKS, chain_behind_s=now - times[-1])


@pytest.mark.parametrize("skew", [30, -30])
def test_a_node_half_a_minute_off_goes_on(world: World, tally: Tally, skew: int) -> None:
    net = world.net
    with world.load(node=0), skewed(net, skew, skew):
        net.wait_height(net.height(), VICTIM)
        first = net.height()
        net.wait_height(first + BLOCKS, VICTIM)
        assert RunState.read(net.home.node(VICTIM)).phase == runstate.RUNNING
        times = header_times(net, first, first + BLOCKS)
    assert times == sorted(times)
    tally.add(6, f"clock and votes {skew:+d} s: goes on", blocks=BLOCKS)


@pytest.mark.parametrize("skew", [600, -600])
def test_a_node_over_a_minute_off_stops_and_says_so(world: World, tally: Tally, skew: int) -> None:
    assert abs(skew) > MAX_CLOCK_ERROR_SECONDS
    net, home = world.net, world.net.home.node(VICTIM)
    with world.load(node=0), skewed(net, skew, skew):
        eventually("the end of the node", lambda: RunState.read(home).phase == runstate.FAILED)
        state = RunState.read(home)
        net.wait_blocks(BLOCKS // 2)
    assert "clock" in state.reason
    assert ("ahead" if skew > 0 else "behind") in state.reason
    assert "set the clock" in state.hint
    tally.add(6, f"clock {skew:+d} s: stops", reason=state.reason)
