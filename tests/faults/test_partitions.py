"""Row 4: the network falls into 2|2 and 3|1 while goods are traded on both sides; it heals to one chain.

Here every ordered pair of nodes has relays of its own; tests/network/test_hosts.py does it with links of namespaces.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

import pytest

from liveledger.domain.home import LedgerHome
from liveledger.node.network import Network
from tests.simulators.relay import Relays
from tests.support.network import RunningNetwork, eventually
from tests.support.promises import World
from tests.support.tally import Tally
from tests.support.variants import start_variant

pytestmark = [pytest.mark.network, pytest.mark.faults, pytest.mark.timeout(900)]
# What was decided before the cut may still be committed after it.
SETTLE_SECONDS = 4
WATCH_SECONDS = 15
HEAL_SECONDS = 60.0


@dataclass
class Cables:
    """Relays by (who dials, who is dialled)."""

    relays: Relays
    ports: dict[tuple[int, int], int]

    def part(self, one: set[int], *, reset: bool) -> None:
        """Cuts every cable between ``one`` side and the rest; with ``reset`` every connection on them breaks."""
        between = [port for pair, port in self.ports.items() if len(one & set(pair)) == 1]
        self.relays.cut(between, reset=reset)

    def keep(self, pairs: set[frozenset[int]]) -> None:
        """Breaks every connection but those between these pairs."""
        others = [port for pair, port in self.ports.items() if frozenset(pair) not in pairs]
        self.relays.cut(others, reset=True)


@contextlib.contextmanager
def cabled(net: RunningNetwork, folder: Path, random: Random, module: str | None = None) -> Iterator[Cables]:
    """Runs the network with a cable for every pair, through another entry point if one is named; then as before."""
    straight = Network.load(net.home)
    net.stop()
    with Relays(random) as relays:
        cables = Cables(relays, {})
        try:
            homes = [_view(net.home, folder / f"node{source}", cables, straight, source) for source in range(net.size)]
            with ThreadPoolExecutor(net.size) as pool:
                starts = [pool.submit(_start, replace(net, home=home), node, module) for node, home in enumerate(homes)]
            for start in starts:
                start.result()
            yield cables
        finally:
            net.stop()
            net.start()


def _start(net: RunningNetwork, node: int, module: str | None) -> None:
    if module:
        start_variant(net, node, module, wait=False)
    else:
        net.start(node)


def _view(home: LedgerHome, folder: Path, cables: Cables, straight: Network, source: int) -> LedgerHome:
    """The same ledger's files, but for a network file in which one node finds the others behind its own relays."""
    seen = LedgerHome(folder, home.name)
    seen.directory.mkdir(parents=True)
    for path in home.directory.iterdir():
        if path != home.network:
            (seen.directory / path.name).symlink_to(path)
    members = []
    for target, member in enumerate(straight.nodes):
        port = member.consensus_p2p
        if target != source:
            port = cables.ports[source, target] = cables.relays.to(port)
        members.append(replace(member, consensus_p2p=port))
    replace(straight, nodes=tuple(members)).save(seen)
    return seen


def test_partitions_heal_to_one_chain(world: World, tally: Tally, tmp_path: Path) -> None:
    net, random = world.net, tally.random("partitions")
    with cabled(net, tmp_path, random) as cables:
        net.wait_blocks(3)
        _wait_connected(net)
        for size, reset in ((2, False), (1, False), (2, True), (1, True)):
            order = random.sample(range(net.size), net.size)
            small, large = order[:size], order[size:]
            with world.load(node=small[0]), world.load(node=large[0]):
                time.sleep(random.uniform(0.5, 2.0))
                cables.part(set(small), reset=reset)
                _watch(net, small, large)
                peers = [net.peers(node) for node in range(net.size)]
                assert (min(peers) < net.size - 1) == reset, peers
                cables.relays.heal()
                top, began = max(map(net.height, range(net.size))), time.monotonic()
                for node in range(net.size):
                    net.wait_height(top + 3, node, HEAL_SECONDS)
            tally.add(4, f"partition {len(large)}|{size}", healed_after_s=time.monotonic() - began)
            if reset:
                _wait_connected(net)
                tally.add(4, "connections broken, all of them back", all_back_after_s=time.monotonic() - began)


def _wait_connected(net: RunningNetwork) -> None:
    for node in range(net.size):
        eventually("every connection", lambda node=node: net.peers(node) == net.size - 1, HEAL_SECONDS)


def _watch(net: RunningNetwork, small: list[int], large: list[int]) -> None:
    """Whoever has no more than two thirds of the power commits nothing; whoever has more goes on."""
    time.sleep(SETTLE_SECONDS)
    still = small if len(large) == 3 else small + large
    stood = {node: net.height(node) for node in still}
    going = max(map(net.height, large))
    time.sleep(WATCH_SECONDS)
    assert {node: net.height(node) for node in still} == stood
    if len(large) == 3:
        assert min(map(net.height, large)) >= going + 3
