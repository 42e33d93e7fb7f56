"""One ledger on hosts of its own: cards, package, joining; partitions heal to one chain; a stranger is kept out."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator

import pytest

from liveledger.node.network import Network
from tests.docs.blocks import command_blocks
from tests.docs.running import Desk
from tests.house.tree import ROOT
from tests.support.hosts import Host, Lan, everywhere, lan
from tests.support.network import eventually

pytestmark = [pytest.mark.network, pytest.mark.timeout(600)]
FOUNDERS = 4
PAGE = command_blocks(ROOT / "docs/hosts.md")
# Its blocks: the firewall, then one after the other.
CARD, COMPOSE, JOIN, LOOK, EXPORT, LATE = range(1, 7)
# Several rounds of consensus: time enough for a side that could commit to do so.
WATCH_SECONDS = 8


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lan]:
    """Four founders' hosts that make blocks, and a fifth that has nothing yet."""
    with lan(tmp_path_factory.mktemp("hosts"), FOUNDERS + 1) as hosts:
        found_hosts(hosts)
        yield hosts


def _founders(net: Lan) -> list[Host]:
    return net.hosts[:FOUNDERS]


def desk_of(host: Host) -> Desk:
    return Desk(host.root, host.root, ("ip", "netns", "exec", host.namespace))


def _follow(hosts: list[Host], number: int) -> None:
    """Every host runs block ``number`` of the page, at once, with its own address and name in place of the page's."""
    block = PAGE[number]
    values = [{"10.77.0.1": host.address, "org1": _name(host), "org1.json": f"{_name(host)}.json"} for host in hosts]
    running = [desk_of(host).start([block], own) for host, own in zip(hosts, values, strict=True)]
    for one in running:
        one.result()


def found_hosts(net: Lan) -> None:
    """What docs/hosts.md says, block by block."""
    first, founders = net.host(1), _founders(net)
    _follow(founders, CARD)
    for host in founders[1:]:
        shutil.copy(host.root / f"{_name(host)}.json", first.root)
    _follow([first], COMPOSE)
    for host in founders[1:]:
        shutil.copy(first.root / "package.json", host.root)
    # Only with more than two thirds of the power does the first block come: nobody waits before all are started.
    _follow(founders, JOIN)


def _name(host: Host) -> str:
    return "org" + host.address.rpartition(".")[2]


def _assert_one_chain(hosts: list[Host], up_to: int) -> None:
    """Every host has the same app hash, and geth the block that it names, at every height."""
    for host in hosts:
        host.wait_height(up_to)
    for height in range(2, up_to + 1):
        hashes = {host.app_hash(height) for host in hosts}
        assert len(hashes) == 1, f"height {height} has several app hashes"
        blocks = {host.rpc("eth_getBlockByNumber", hex(height - 1), False)["hash"] for host in hosts}
        assert blocks == {"0x" + hashes.pop()}


def _wait_for_peers(host: Host) -> None:
    """Waits until CometBFT counts every other founder among its peers."""
    eventually("all peers", lambda: host.comet("net_info")["n_peers"] == str(FOUNDERS - 1))


def _settled(hosts: list[Host]) -> int:
    """The highest height once no vote is under way any more: what was decided before the cut may still be committed."""
    time.sleep(3)
    return max(host.height() for host in hosts)


def test_founders_on_four_hosts_make_one_chain(net: Lan) -> None:
    for host in _founders(net):
        host.wait_height(4)
    _assert_one_chain(_founders(net), 4)
    _follow(_founders(net), LOOK)
    reports = everywhere(_founders(net), lambda _: ("network", "status"))
    for host, report in zip(_founders(net), reports, strict=True):
        assert [node["consensus"]["power"] for node in report["nodes"]] == ["10"]
        network = Network.load(host.home)
        assert [member.host for member in network.nodes] == [other.address for other in _founders(net)]
        assert (network.member(0).name, len(network.local), network.joined) == (_name(host), 1, ())
        _wait_for_peers(host)


def test_every_host_exports_the_same_package(net: Lan) -> None:
    answers = everywhere(_founders(net), lambda _: ("network", "export", "--out", "again.json"))
    assert len({answer["fingerprint"] for answer in answers}) == 1
    assert len({(host.root / "again.json").read_bytes() for host in _founders(net)}) == 1


def test_contracts_are_deployed_on_one_host_and_used_on_another(net: Lan) -> None:
    first, other = net.host(1), net.host(3)
    first.cli("deploy")
    assert not other.home.manifest.exists()
    assert other.try_cli("sku", "show", "1", "NONE").returncode == 3
    assert other.home.manifest.read_bytes() == first.home.manifest.read_bytes()
    height = first.height()
    for host in (first, other):
        host.wait_height(height + 2)
    anchors = everywhere([first, other], lambda _: ("trust", "export", "--height", str(height), "--out", "trust.json"))
    assert anchors[0]["fingerprint"] == anchors[1]["fingerprint"]


@pytest.mark.parametrize("damage", ["{", '{"format": "liveledger-manifest/1", "chain_id": "x"}'])
def test_a_manifest_put_aside_is_taken_from_the_directory(net: Lan, damage: str) -> None:
    other = net.host(3)
    good = other.home.manifest.read_bytes()
    other.home.manifest.write_text(damage)
    refused = other.try_cli("sku", "show", "1", "NONE")
    assert (refused.returncode, "put it aside" in refused.stderr) == (4, True)
    other.home.manifest.unlink()
    other.try_cli("sku", "show", "1", "NONE")
    assert other.home.manifest.read_bytes() == good


def test_two_and_two_commit_nothing_and_heal_to_one_chain(net: Lan) -> None:
    founders = _founders(net)
    net.cut_middle()
    try:
        height = _settled(founders)
        time.sleep(WATCH_SECONDS)
        assert max(host.height() for host in founders) == height
    finally:
        net.heal()
    _assert_one_chain(founders, height + 3)


def test_the_one_that_is_cut_off_commits_nothing_and_catches_up(net: Lan) -> None:
    founders = _founders(net)
    alone, rest = founders[3], founders[:3]
    net.cut(4)
    try:
        height = _settled([alone])
        majority = max(host.height() for host in rest)
        for host in rest:
            host.wait_height(majority + 5)
        time.sleep(1)
        assert alone.height() == height
    finally:
        net.heal()
    _assert_one_chain(founders, majority + 7)
    for host in founders:
        _wait_for_peers(host)


def test_a_fifth_host_joins_and_is_kept_out_until_it_is_admitted(net: Lan) -> None:
    fifth, first = net.host(5), net.host(1)
    (first.root / "package.json").unlink()
    _follow([first], EXPORT)
    shutil.copy(first.root / "package.json", fifth.root)
    missing = fifth.try_cli("node", "join", "package.json")
    assert missing.returncode == 4
    assert "node card --host" in missing.stderr
    desk_of(fifth).run([PAGE[LATE]], {"package.json": "package.json --state compact"})
    network = Network.load(fifth.home)
    assert [member.host for member in network.nodes] == [host.address for host in _founders(net)]
    with fifth.start_cli("node", "start") as running:
        try:
            for host in _founders(net):
                eventually("the refusal", lambda host=host: _refused(host, fifth.address))
            assert fifth.height() == 0
            _wait_for_peers(first)
        finally:
            running.terminate()
            running.communicate(timeout=60)


def _refused(host: Host, address: str) -> bool:
    lines = (json.loads(line) for line in host.log().splitlines() if '"peer refused"' in line)
    return any(f"/addr/{address}:" in line["path"] and line["reason"] == "no member's address" for line in lines)
