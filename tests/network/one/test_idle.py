"""An idle chain keeps the time: its clock neither runs away nor falls behind."""

from __future__ import annotations

import time

import pytest

from tests.support.network import RunningNetwork

pytestmark = [pytest.mark.network, pytest.mark.slow, pytest.mark.timeout(1500)]
IDLE_BLOCKS = 1_000
ALLOWED_DRIFT_SECONDS = 2


def test_a_thousand_idle_blocks_drift_by_two_seconds_at_most(one: RunningNetwork) -> None:
    target = one.height() + IDLE_BLOCKS
    drifts = []
    while one.height() < target:
        stamp = int(one.rpc("eth_getBlockByNumber", "latest", False)["timestamp"], 16)
        drifts.append(time.time() - stamp)
        time.sleep(1)
    # A block is at most a block time old when it is looked at, besides what the chain drifts.
    assert min(drifts) >= 0
    assert drifts[-1] <= ALLOWED_DRIFT_SECONDS + 1
    assert sorted(drifts)[len(drifts) // 2] <= ALLOWED_DRIFT_SECONDS
