"""Rows 16 and 17: CometBFT tells direct peers once. Four nodes in a line, one message in five lost: all is final."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.test_kills import GAP_SECONDS, Gaps
from tests.faults.test_partitions import cabled
from tests.support.network import eventually
from tests.support.promises import World
from tests.support.tally import Tally
from tests.support.variants import FORGETFUL

pytestmark = [pytest.mark.network, pytest.mark.timeout(900)]
LINE = {frozenset(pair) for pair in ((0, 1), (1, 2), (2, 3))}
BLOCKS = 15


def test_four_in_a_line_that_lose_one_in_five(world: World, tally: Tally, tmp_path: Path) -> None:
    """Goods are traded at both ends; each of the four proposes, the far end too."""
    net = world.net
    with cabled(net, tmp_path, tally.random("line"), module=FORGETFUL) as cables:
        for node in range(net.size):
            net.wait_height(1, node)
        cables.keep(LINE)
        eventually("a line", lambda: [net.peers(node) for node in range(4)] == [1, 2, 2, 1])
        top = net.height()
        with world.load(node=0) as west, world.load(node=3) as east:
            with Gaps(net, list(range(net.size))).watching() as gaps:
                net.wait_height(top + BLOCKS)
            cables.relays.heal()
        for load in (west, east):
            load.settle(world.trading.ledger)
            assert load.acknowledged
    files = [net.home.node(node).run / "lost" for node in range(net.size)]
    lost = [len(path.read_text().splitlines()) for path in files if path.exists()]
    assert sum(lost) > 0
    assert gaps.longest < GAP_SECONDS
    tally.add(17, "four in a line, messages lost", sum(lost), blocks=gaps.blocks, longest_gap_s=gaps.longest)
