"""Rows 1, 2 and 3: kill −9 of one, two and all of four, at random instants, while goods are traded."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Iterator
from random import Random

import pytest

from tests.support.load import Load
from tests.support.network import RunningNetwork, alive, children, eventually
from tests.support.promises import World
from tests.support.tally import Tally

pytestmark = [pytest.mark.network, pytest.mark.timeout(1500)]
QUICK = pytest.param(3, id="quick")
PARTS = ("geth", "cometbft", "bridge", "all")
# Two round timeouts are 9 s; the rest is for a machine that does other things too.
GAP_SECONDS = 60.0
RESUME_SECONDS = 90.0


def full(tries: int) -> object:
    """So many tries, in `make faults` only."""
    return pytest.param(tries, id="full", marks=pytest.mark.faults)


def note_errors(tally: Tally, row: int, load: Load) -> None:
    """Counts what the client heard while its node was in trouble; it went on, and lost nothing."""
    for words, count in load.away.items():
        tally.add(row, f"client heard {words[:60]}", count)


class Gaps:
    """Watches the newest height among some nodes; ``longest`` seconds between two blocks."""

    def __init__(self, net: RunningNetwork, nodes: list[int]) -> None:
        self._net, self._nodes = net, nodes
        self.longest, self.blocks = 0.0, 0

    @contextlib.contextmanager
    def watching(self) -> Iterator[Gaps]:
        """Watches while the block runs."""
        stop = threading.Event()
        thread = threading.Thread(target=self._watch, args=(stop,))
        thread.start()
        try:
            yield self
        finally:
            stop.set()
            thread.join()

    def _watch(self, stop: threading.Event) -> None:
        top, since = max(map(self._net.height, self._nodes)), time.monotonic()
        while not stop.wait(0.2):
            height, now = max(map(self._net.height, self._nodes)), time.monotonic()
            if height > top:
                self.longest, self.blocks = max(self.longest, now - since), self.blocks + height - top
                top, since = height, now
        self.longest = max(self.longest, time.monotonic() - since)


def kill_part(net: RunningNetwork, node: int, part: str) -> None:
    """Kills one process of a node, or all three; the engines never outlive their supervisor."""
    supervisor = net.pid(node)
    family = children(supervisor)
    if part == "bridge":
        os.kill(supervisor, signal.SIGKILL)
        eventually("the end of its engines", lambda: not any(map(alive, [supervisor, *family.values()])))
    elif part == "all" or part not in family:
        net.kill(node)
    else:
        os.kill(family[part], signal.SIGKILL)


def kill_everything(net: RunningNetwork, random: Random) -> None:
    """Kills all processes of all nodes in a random order."""
    supervisors = [net.pid(node) for node in range(net.size)]
    pids = [pid for supervisor in supervisors for pid in (supervisor, *children(supervisor).values())]
    random.shuffle(pids)
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    eventually("the end of everything", lambda: not any(map(alive, pids)))


def bring_back(net: RunningNetwork, *nodes: int) -> None:
    """Starts what does not run and waits until all are at the newest height."""
    net.start(*nodes)
    top = max(net.height(node) for node in range(net.size))
    for node in nodes:
        net.wait_height(top, node)


@pytest.mark.parametrize("tries", [QUICK, full(16)])
def test_one_is_killed_under_load(world: World, tally: Tally, tries: int) -> None:
    net, random = world.net, tally.random(f"one-{tries}")
    offset = random.randrange(4)
    for number in range(tries):
        victim, part = random.randrange(net.size), PARTS[(number + offset) % 4]
        survivors = [node for node in range(net.size) if node != victim]
        with world.load(node=survivors[0]) as load:
            time.sleep(random.uniform(0.0, 1.5))
            with Gaps(net, survivors).watching() as gaps:
                kill_part(net, victim, part)
                top = max(map(net.height, survivors))
                net.wait_height(top + 5, survivors[0])
                bring_back(net, victim)
        assert gaps.longest < GAP_SECONDS
        note_errors(tally, 1, load)
        tally.add(1, f"kill -9 of one: {part}", longest_gap_s=gaps.longest)


@pytest.mark.parametrize("tries", [pytest.param(1, id="quick"), full(5)])
def test_two_are_killed_and_one_returns(world: World, tally: Tally, tries: int) -> None:
    net, random = world.net, tally.random(f"two-{tries}")
    for _ in range(tries):
        first, second = random.sample(range(net.size), 2)
        rest = [node for node in range(net.size) if node not in (first, second)]
        with world.load(node=rest[0]) as load:
            time.sleep(random.uniform(0.5, 2.0))
            for victim in (first, second):
                net.kill(victim)
            time.sleep(2)
            stood = max(map(net.height, rest))
            time.sleep(5)
            # What was decided before the second one died may still have been on its way.
            assert max(map(net.height, rest)) <= stood + 1
            stood, began = max(map(net.height, rest)), time.monotonic()
            net.start(second)
            net.wait_height(stood + 1, rest[0])
            resumed = time.monotonic() - began
            bring_back(net, first)
        assert resumed < RESUME_SECONDS
        note_errors(tally, 2, load)
        tally.add(2, "kill -9 of two, one returns", resumed_after_s=resumed)


@pytest.mark.parametrize("tries", [pytest.param(1, id="quick"), full(6)])
def test_all_are_killed_at_once(world: World, tally: Tally, tries: int) -> None:
    net, random = world.net, tally.random(f"all-{tries}")
    for _ in range(tries):
        with world.load(node=random.randrange(net.size)) as load:
            time.sleep(random.uniform(0.5, 4.0))
            top = net.height()
            kill_everything(net, random)
            began = time.monotonic()
            net.start()
            net.wait_height(top + 3)
        note_errors(tally, 3, load)
        tally.add(3, "kill -9 of everything", running_again_s=time.monotonic() - began)
