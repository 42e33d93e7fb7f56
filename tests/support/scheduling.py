"""Which process runs which tests, and when, so that the cores are busy while tests wait for blocks.

Most tests of a running ledger wait for its blocks; the others compute. So there are two kinds of processes: those that
begin with what waits, several a core, and those that begin with what computes, with less priority than the ledgers.
Whoever has nothing left of the kind it began with helps with the other. What belongs together stays on one process:
a file, or a folder whose conftest.py has a ledger of scope "package". Files whose tests share nothing are spread by
their parameters (``SPREAD``).

Every running node takes a tenth of a core whether its test does anything or not, and the fuller the cores are the
longer each test keeps its nodes. So large ledgers (``NODES``) run one after the other, and small ones beside them.
"""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from xdist.scheduler.loadscope import LoadScopeScheduling

if TYPE_CHECKING:
    from xdist.workermanage import WorkerController

ROOT = Path(__file__).resolve().parents[2]
WAITING = re.compile(r"pytest\.mark\.(network|e2e)\b")
# Processes a core: two of three wait.
PER_CORE = 3
MOST_WORKERS = 8
LESS_PRIORITY = 10
# In a folder's conftest.py: its files share a ledger, and run on one process, one after the other.
SHARED = re.compile(r"""^@pytest\.fixture\(scope="package"\)""", re.MULTILINE)
# Files whose tests are spread by their parameters.
SPREAD = ("tests/proofs/test_mutations.py",)
# Nodes of the ledgers that have more than one, and how many nodes may run at once for each core.
NODES = {
    "tests/network/test_governance.py": 6,
    "tests/network/test_hosts.py": 5,
    "tests/faults": 4,
    "tests/network/four": 4,
    "tests/network/test_goods.py": 2,
    "tests/network/test_junk_events.py": 2,
}
NODES_PER_CORE = 6
# What takes longest is begun first, the largest ledgers before all others.
LONGEST = (
    "tests/network/test_governance.py",
    "tests/faults",
    "tests/chain/trading",
    "tests/e2e/test_demo.py",
    "tests/network/test_hosts.py",
    "tests/network/four",
    "tests/network/one",
    "tests/api/live",
    "tests/network/test_goods.py",
    "tests/api/real",
    "tests/index/test_follow.py",
    "tests/messages/test_real.py",
    "tests/house/test_bindings_fresh.py",
)


def workers() -> int:
    """How many processes run tests on this machine."""
    return min(MOST_WORKERS, PER_CORE * (os.cpu_count() or 1))


def begins_with_waiting(worker: str) -> bool:
    """Whether the process ``gw0``, ``gw1``, … begins with tests that wait for blocks."""
    return int(worker.removeprefix("gw")) % PER_CORE != PER_CORE - 1


def unit(nodeid: str) -> str:
    """What the test is kept together with: its file, its folder, or the tests of the same parameters."""
    path, _, name = nodeid.partition("::")
    folder = path.rpartition("/")[0]
    if is_shared(folder):
        return folder
    return f"{path}[{name.partition('[')[2] or name}" if path in SPREAD else path


@functools.cache
def is_shared(folder: str) -> bool:
    """Whether the files of a folder share a ledger."""
    conftest = ROOT / folder / "conftest.py"
    return conftest.is_file() and SHARED.search(conftest.read_text()) is not None


@functools.cache
def waits(name: str) -> bool:
    """Whether the tests of a unit wait for blocks, by the markers in their files."""
    path = ROOT / name.partition("[")[0]
    files = path.glob("test_*.py") if path.is_dir() else [path]
    return any(WAITING.search(file.read_text()) for file in files)


def nodes_of(name: str) -> int:
    """How many nodes run for a unit."""
    return NODES.get(name, int(waits(name)))


def most_nodes() -> int:
    """How many nodes may run at once on this machine; the largest ledger always may."""
    return max(NODES_PER_CORE * (os.cpu_count() or 1), *NODES.values())


def rank(nodeid: str) -> int:
    """Place of a test in the order: the longest units, what waits, the rest."""
    name = unit(nodeid)
    if name in LONGEST:
        return LONGEST.index(name)
    return len(LONGEST) + (not waits(name))


class WaitingBesideComputing(LoadScopeScheduling):  # type: ignore[misc]
    """Hands out whole units, to each process first of the kind that it begins with."""

    def _split_scope(self, nodeid: str) -> str:
        return unit(nodeid)

    def _assign_work_unit(self, node: WorkerController) -> None:
        chosen = self._choice(node)
        if chosen is not None:
            self.workqueue.move_to_end(chosen, last=False)
        super()._assign_work_unit(node)

    def _choice(self, node: WorkerController) -> str | None:
        """The first of the process's kind, or of the other, for whose nodes there is room; None where none has it."""
        room, wanted = most_nodes() - self._running(node), begins_with_waiting(node.gateway.id)
        fitting = [name for name in self.workqueue if nodes_of(name) <= room]
        of_its_kind = (name for name in fitting if waits(name) == wanted)
        return next(of_its_kind, next(iter(fitting), None))

    def _running(self, node: WorkerController) -> int:
        """How many ledgers' nodes the other processes run: what this one runs ends before it begins the next."""
        units = (work for other, work in self.assigned_work.items() if other is not node)
        return sum(nodes_of(name) for work in units for name, tests in work.items() if not all(tests.values()))

    def _reschedule(self, node: WorkerController) -> None:
        """A process needs to know the next test when it runs one, and is given no more ahead than that."""
        if self.workqueue and self._pending_of(self.assigned_work[node]) > 1:
            return
        super()._reschedule(node)


def in_order(nodeids: Sequence[str]) -> list[int]:
    """Positions of the tests in the order in which they are handed out; what is alike keeps its order."""
    return sorted(range(len(nodeids)), key=lambda position: rank(nodeids[position]))
