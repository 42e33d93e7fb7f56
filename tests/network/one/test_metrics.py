"""A running node's metrics say what its engines say, and the network's status adds up."""

from __future__ import annotations

import functools
import json

import pytest

from liveledger.node.binaries import pinned_versions, pins_folder
from tests.api.ledger import run_cli
from tests.support.network import RunningNetwork, eventually
from tests.support.scraping import scrape

pytestmark = pytest.mark.network


def test_metrics_of_a_running_node(one: RunningNetwork) -> None:
    one.wait_height(4)
    for engine in ("geth", "cometbft"):
        name = f"liveledger_engine_answers {engine}"
        eventually(f"{engine} is observed", functools.partial(lambda sample: scrape(one).get(sample) == 1, name))
    eventually("the disk is measured", lambda: scrape(one).get("liveledger_disk_used_bytes logs", 0) > 0)
    seen = scrape(one)
    assert 4 <= seen["liveledger_height"] <= one.height() + 1
    powers = [seen[f"liveledger_{name}_power"] for name in ("voting", "signed", "total")]
    assert powers == [10, 10, 10]
    assert seen["liveledger_validators"] == 1
    assert seen["liveledger_finality_seconds_count"] >= 2
    assert seen["liveledger_execute_seconds_count"] >= seen["liveledger_finality_seconds_count"]
    assert seen["liveledger_build_seconds_count"] >= 2
    assert seen["liveledger_peers consensus"] == seen["liveledger_pool_transactions"] == 0
    assert seen["liveledger_disk_used_bytes geth"] > 0
    for process in ("bridge", "geth", "cometbft"):
        assert seen[f"liveledger_process_resident_bytes {process}"] > 1 << 20
        assert seen[f"liveledger_process_cpu_seconds_total {process}"] > 0


def test_a_replay_is_counted_and_its_target_named(one: RunningNetwork) -> None:
    one.wait_height(6)
    one.stop()
    height = newest_stored(one)
    one.start()
    seen = scrape(one)
    assert seen["liveledger_target_height"] >= height
    one.wait_height(height + 2)
    assert scrape(one)["liveledger_finality_seconds_count"] >= 1


def newest_stored(net: RunningNetwork) -> int:
    """The newest height that a stopped node's log names."""
    lines = (net.home.node().logs / "cometbft.log").read_text().splitlines()
    return max(int(json.loads(line)["height"]) for line in lines if '"finalized block"' in line)


def test_the_status_of_one_validator(one: RunningNetwork) -> None:
    one.wait_height(3)
    status = json.loads(run_cli(one.home, "network", "status", "--json").stdout)
    assert (status["validators"], status["total_power"], status["may_fail"]) == ("1", "10", "0")
    assert status["fault_tolerant"] is False
    assert status["healthy"] is True
    assert status["seconds_since_block"] < 60
    assert status["last_proposer"] == "node0"
    version = status["nodes"][0]["version"]
    assert {name: version[name] for name in ("cometbft", "geth")} == pinned_versions(pins_folder())
    assert version["rules"] == status["nodes"][0]["consensus"]["rules_version"]
    assert "not fault tolerant" in run_cli(one.home, "network", "status").stdout
