"""A lone validator whose engine dies around its votes goes on each time: nobody else could vote in its place."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import pytest

from tests.support.network import RunningNetwork

pytestmark = [pytest.mark.network, pytest.mark.slow]

TRIES = 30
# A vote falls into the tenths around a full second, since that is when blocks are made.
AROUND = (0.0, 0.35)


def test_geth_dies_around_the_votes(one: RunningNetwork, tell: Callable[[str], None]) -> None:
    dice = random.Random(20261130)
    for _ in range(TRIES):
        one.wait_blocks(1)
        time.sleep(1 - time.time() % 1 + dice.uniform(*AROUND))
        height = one.height()
        one.kill(process="geth")
        one.wait_height(height + 2)
        one.stop()  # the pauses between restarts begin anew
        one.start()
    log = (one.home.node().logs / "node.log").read_text()
    repeated = log.count("answered as before the restart")
    tell(f"geth killed {TRIES} times around a vote: the chain went on each time, {repeated} answers were repeated")
