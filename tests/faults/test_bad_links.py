"""Row 5: every link between the nodes goes through relays that delay, stall, reset and half open. Blocks go on."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from liveledger.node.network import Network
from tests.faults.test_kills import GAP_SECONDS, Gaps
from tests.simulators.relay import KINDS, Relays
from tests.support.network import RunningNetwork
from tests.support.promises import World
from tests.support.tally import Tally

pytestmark = [pytest.mark.network, pytest.mark.faults, pytest.mark.timeout(900)]
SECONDS = 75


@contextlib.contextmanager
def through_relays(net: RunningNetwork, relays: Relays) -> Iterator[None]:
    """Has every node dial the others through relays, by the addresses that the network's file gives."""
    straight = Network.load(net.home)
    detours = tuple(replace(member, consensus_p2p=relays.to(member.consensus_p2p)) for member in straight.nodes)
    net.stop()
    replace(straight, nodes=detours).save(net.home)
    try:
        net.start()
        yield
    finally:
        net.stop()
        straight.save(net.home)
        net.start()


def latencies(world: World, lane: int) -> list[float]:
    """Seconds from acknowledged to final, of the batches of a lane."""
    query = (
        "SELECT final_at - acknowledged_at FROM entry JOIN batch ON batch.entry = entry.id"
        " JOIN lane ON lane.id = batch.lane WHERE lane.number = ? AND final_at IS NOT NULL ORDER BY 1"
    )
    return [float(row[0]) for row in world.trading.outbox.db.execute(query, (lane,))]


def test_bad_links(world: World, tally: Tally) -> None:
    net, random = world.net, tally.random("links")
    with Relays(random) as relays, through_relays(net, relays):
        top = net.height()
        net.wait_height(top + 3)
        with world.load(node=0) as load, Gaps(net, list(range(net.size))).watching() as gaps:
            began = time.monotonic()
            relays.misbehave(SECONDS)
            lasted = time.monotonic() - began
            net.wait_height(net.height() + 3)
        load.settle(world.trading.ledger)
    assert set(relays.done) == set(KINDS)
    assert gaps.longest < GAP_SECONDS
    seen = latencies(world, load.lane)
    p50, p99 = seen[len(seen) // 2], seen[len(seen) * 99 // 100]
    figures = {"blocks": gaps.blocks, "seconds": lasted, "longest_gap_s": gaps.longest, "p50_s": p50, "p99_s": p99}
    tally.add(5, "bad links between all", sum(relays.done.values()), **figures, **dict(relays.done))
