"""The MQTT gateway's metrics: what waits and what is dead, of every interface that is listed."""

from __future__ import annotations

import socket
from pathlib import Path

import httpx
import pytest
from prometheus_client import CollectorRegistry

from liveledger.domain.errors import ConfigurationError
from liveledger_oracles.gateways.mqtt.inbox import Inbox
from liveledger_oracles.gateways.mqtt.metrics import InboxCollector, served
from tests.oracles.erp.test_inbox import VERDICT, junk, opened, taken


def gauges(inbox: Inbox) -> dict[tuple[str, str], float]:
    """Value by metric and interface, with one interface that never sent anything."""
    registry = CollectorRegistry()
    registry.register(InboxCollector(inbox.sizes, ["wms-7", "till"]))
    samples = [sample for family in registry.collect() for sample in family.samples]
    return {(sample.name.split("_")[2], sample.labels["interface"]): sample.value for sample in samples}


def test_what_waits_and_what_is_dead_of_each_interface(tmp_path: Path) -> None:
    inbox = opened(tmp_path)
    nothing = {(name, interface): 0.0 for name in ("pending", "dead") for interface in ("wms-7", "till")}
    assert gauges(inbox) == nothing
    for name in ("a", "b", "c"):
        inbox.take(taken(name))
    inbox.take(taken("d", interface="shop"))
    inbox.refuse(junk(b"{"), b"{")
    # Of an interface that is no longer listed something is left.
    waiting = {("pending", "wms-7"): 3.0, ("pending", "shop"): 1.0, ("dead", "wms-7"): 1.0, ("dead", "shop"): 0.0}
    assert gauges(inbox) == nothing | waiting
    first, second, third = (one for one in inbox.oldest("movements", 9) if one.interface == "wms-7")
    inbox.settle([first, second], [(third, VERDICT)])
    assert gauges(inbox) == nothing | waiting | {("pending", "wms-7"): 0.0, ("dead", "wms-7"): 2.0}


@pytest.mark.network
def test_they_are_served_on_loopback_as_long_as_the_bridge_runs(tmp_path: Path) -> None:
    inbox = opened(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = int(probe.getsockname()[1])
        with (
            pytest.raises(ConfigurationError, match="metrics_port"),
            served(InboxCollector(inbox.sizes, ["till"]), port),
        ):
            pytest.fail("the port is taken")
    with served(InboxCollector(inbox.sizes, ["till"]), port):
        text = httpx.get(f"http://127.0.0.1:{port}/metrics", trust_env=False).text
    assert 'liveledger_erp_dead_messages{interface="till"} 0.0' in text
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{port}/metrics", trust_env=False)
    with served(InboxCollector(inbox.sizes, ["till"]), None):
        pass
