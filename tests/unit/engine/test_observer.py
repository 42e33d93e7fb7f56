"""What the supervisor measures beside the bridge: replies of the engines, disk, processes, the target of a replay."""

from __future__ import annotations

import asyncio
import os
import subprocess
from pathlib import Path

import httpx
import pytest
from prometheus_client import CollectorRegistry

from liveledger.domain.home import LedgerHome, NodeHome
from liveledger.domain.waiting import comes_true
from liveledger.node import cometbft, processes
from liveledger.node.node_metrics import NodeMetrics
from liveledger.node.observer import Observer
from liveledger.node.ports import node_ports

STATUS = {"result": {"sync_info": {"catching_up": True}}}
PEERS = {"result": {"n_peers": "3"}}


@pytest.fixture
def node(tmp_path: Path) -> NodeHome:
    home = LedgerHome(tmp_path).node()
    home.write_settings(node_ports(20_000, 0))
    return home


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


def engines(request: httpx.Request) -> httpx.Response:
    """Both engines, well."""
    answers = {"/status": STATUS, "/net_info": PEERS}
    return httpx.Response(200, json=answers.get(request.url.path, {"jsonrpc": "2.0", "id": 1, "result": "0x2"}))


def ask(observer: Observer, handler: httpx.MockTransport) -> None:
    async def once() -> None:
        async with httpx.AsyncClient(transport=handler) as http:
            await observer.ask(http)

    asyncio.run(once())


def test_peers_and_answers(node: NodeHome, registry: CollectorRegistry) -> None:
    observer = Observer(node, NodeMetrics(registry))
    ask(observer, httpx.MockTransport(engines))
    assert registry.get_sample_value("liveledger_peers", {"network": "consensus"}) == 3
    assert registry.get_sample_value("liveledger_catching_up") == 1
    assert registry.get_sample_value("liveledger_engine_answers", {"process": "geth"}) == 1


@pytest.mark.parametrize("body", [b"", b"[]", b'{"result": null}', b'{"error": {"code": -1}}'])
def test_an_engine_that_talks_nonsense_does_not_answer(
    node: NodeHome, registry: CollectorRegistry, body: bytes
) -> None:
    observer = Observer(node, NodeMetrics(registry))
    ask(observer, httpx.MockTransport(lambda _: httpx.Response(200, content=body)))
    for process in ("geth", "cometbft"):
        assert registry.get_sample_value("liveledger_engine_answers", {"process": process}) == 0


def test_disk_by_part(node: NodeHome, registry: CollectorRegistry) -> None:
    (node.geth / "chaindata").mkdir(parents=True)
    (node.geth / "chaindata" / "000001.sst").write_bytes(os.urandom(1 << 20))
    with (node.geth / "preallocated").open("wb") as file:
        file.truncate(1 << 30)
    asyncio.run(Observer(node, NodeMetrics(registry)).measure_disk())
    used = registry.get_sample_value("liveledger_disk_used_bytes", {"part": "geth"})
    assert used is not None
    assert 1 << 20 <= used < 1 << 24
    assert registry.get_sample_value("liveledger_disk_used_bytes", {"part": "logs"}) == 0
    assert (registry.get_sample_value("liveledger_disk_size_bytes") or 0) > 0


def test_own_usage() -> None:
    used = processes.usage(os.getpid())
    assert used is not None
    assert used.resident_bytes > 1 << 20
    assert used.cpu_seconds > 0
    assert used.open_files > 0


def test_engines_are_found_by_name_among_the_children(tmp_path: Path) -> None:
    # A geth of another test may be a child of this process, a CometBFT never is.
    program = tmp_path / "cometbft"
    program.symlink_to("/bin/sleep")
    with subprocess.Popen([str(program), "600"]) as child:
        try:
            assert comes_true(lambda: "cometbft" in processes.engine_pids(os.getpid()), 20.0, pause=0.01)
            assert processes.engine_pids(os.getpid())["cometbft"] == child.pid
        finally:
            child.kill()
    assert processes.usage(child.pid) is None
    assert "cometbft" not in processes.engine_pids(os.getpid())


@pytest.mark.parametrize(
    ("line", "target"),
    [
        (b'{"_msg":"ABCI Replay Blocks","appHeight":0,"storeHeight":42,"stateHeight":42}', 42),
        (b'{"_msg":"Block Sync Rate","height":100,"max_peer_height":1300,"blocks/s":88.5}', 1300),
        (b'{"_msg":"Block Sync Rate","height":100}', None),
        (b"Block Sync Rate, cut off", None),
        (b'{"_msg":"finalized block","height":7}', None),
    ],
)
def test_the_target_of_a_replay(line: bytes, target: int | None) -> None:
    assert cometbft.replay_target(line) == target
