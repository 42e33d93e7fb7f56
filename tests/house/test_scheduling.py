"""Every test runs on one process, beside those that it shares a ledger with, and what takes longest is begun first."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tests.house.tree import ROOT
from tests.support import scheduling
from tests.support.scheduling import WaitingBesideComputing, begins_with_waiting, in_order, is_shared, unit, waits

FAULTS = [f"tests/faults/test_{name}.py::test_it" for name in ("kills", "lying_rpc")]
UNITS = ("tests/unit/test_rlp.py", "tests/unit/test_gs1.py")


class Node:
    """A process that is told which tests to run."""

    def __init__(self, name: str) -> None:
        self.gateway = SimpleNamespace(id=name)
        self.shutting_down = False
        self.given: list[int] = []

    def send_runtest_some(self, positions: list[int]) -> None:
        self.given += positions

    def shutdown(self) -> None:
        self.shutting_down = True


def scheduled(collection: list[str], workers: int) -> tuple[WaitingBesideComputing, list[Node]]:
    """A scheduler that handed out the first tests, and its processes."""
    config: Any = SimpleNamespace(
        option=SimpleNamespace(loadscopereorder=False, tx=[f"{workers}*popen"], numprocesses=workers),
        getvalue=lambda _: [f"{workers}*popen"],
        getoption=lambda *_: False,
    )
    scheduler = WaitingBesideComputing(config)
    nodes: list[Any] = [Node(f"gw{number}") for number in range(workers)]
    for node in nodes:
        scheduler.add_node(node)
        scheduler.add_node_collection(node, collection)
    scheduler.schedule()
    return scheduler, nodes


def test_files_that_share_a_ledger_stay_together() -> None:
    assert {unit(nodeid) for nodeid in FAULTS} == {"tests/faults"}
    assert is_shared("tests/chain/trading")
    assert not is_shared("tests/unit")
    assert unit("tests/unit/test_rlp.py::test_it[1-2]") == "tests/unit/test_rlp.py"


def test_mutations_are_spread_by_view() -> None:
    path = "tests/proofs/test_mutations.py"
    assert unit(f"{path}::test_every_value[stock/2]") == unit(f"{path}::test_bytes_of_every_view[stock/2]")
    assert unit(f"{path}::test_every_value[stock/2]") != unit(f"{path}::test_every_value[capital/1]")
    assert unit(f"{path}::test_junk_is_refused") != unit(f"{path}::test_every_pair_of_bundles_is_kept_apart")


def test_what_waits_for_blocks_is_known_by_its_marker() -> None:
    assert waits("tests/faults")
    assert waits("tests/network/test_governance.py")
    assert not waits("tests/reference/test_stock.py")
    assert not waits("tests/proofs/test_mutations.py[stock/2]")


@pytest.mark.parametrize("name", [*scheduling.SPREAD, *scheduling.LONGEST, *scheduling.NODES])
def test_what_is_listed_is_there(name: str) -> None:
    assert (ROOT / name).exists()
    assert unit(f"{name}/test_x.py::test_it" if (ROOT / name).is_dir() else f"{name}::test_it").startswith(name)


def test_the_longest_are_first_and_the_rest_keeps_its_order() -> None:
    nodeids = [f"{UNITS[0]}::test_it", f"{scheduling.LONGEST[0]}::test_it", f"{UNITS[1]}::test_it", FAULTS[0]]
    assert in_order(nodeids)[-2:] == [0, 2]
    assert in_order(nodeids)[0] in (1, 3)


def test_each_kind_of_process_begins_with_its_kind_and_helps_with_the_other() -> None:
    computing = next(f"gw{number}" for number in range(9) if not begins_with_waiting(f"gw{number}"))
    workers = int(computing.removeprefix("gw")) + 1
    tests = [f"{UNITS[0]}::test_{n}" for n in range(3)] + [f"{UNITS[1]}::test_{n}" for n in range(3)]
    waiting = [f"tests/network/test_hosts.py::test_{n}" for n in range(3)]
    collection = tests + waiting
    scheduler, nodes = scheduled(collection, workers)
    assert [collection[position] for position in nodes[0].given] == waiting
    assert [collection[position] for position in nodes[1].given] == tests[:3]
    assert [collection[position] for position in nodes[-1].given] == tests[3:]
    assert sorted(position for node in nodes for position in node.given) == list(range(len(collection)))
    assert not scheduler.workqueue


def test_no_more_than_the_next_test_is_given_ahead() -> None:
    collection = [f"{name}::test_{n}" for name in UNITS for n in range(3)]
    scheduler, (node,) = scheduled(collection, 1)
    assert node.given == [0, 1, 2]
    scheduler.mark_test_complete(node, 0)  # type: ignore[arg-type]
    assert node.given == [0, 1, 2]
    scheduler.mark_test_complete(node, 1)  # type: ignore[arg-type]
    assert node.given == [0, 1, 2, 3, 4, 5]


def test_large_ledgers_run_one_after_the_other_and_what_fits_beside_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduling, "most_nodes", lambda: 6)
    first, second = "tests/network/test_governance.py", "tests/network/test_hosts.py"
    collection = [f"{name}::test_{n}" for name in (first, second, UNITS[0]) for n in range(2)]
    scheduler, nodes = scheduled(collection, 2)
    assert nodes[0].given == [0, 1]
    assert nodes[1].given == [4, 5]
    scheduler.mark_test_complete(nodes[1], 4)  # type: ignore[arg-type]
    assert nodes[1].given == [4, 5, 2, 3], "the last is begun even where there is no room: nobody waits for ever"


def test_the_nodes_of_a_ledger_make_room_when_its_last_test_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduling, "most_nodes", lambda: 6)
    large, small = "tests/network/test_hosts.py", "tests/network/test_moving.py"
    collection = [f"{large}::test_0", f"{small}::test_0", f"{small}::test_1", f"{small}::test_2"]
    scheduler, (one, other) = scheduled(collection, 2)
    assert scheduler._running(other) == 5  # type: ignore[arg-type]
    scheduler.mark_test_complete(one, 0)  # type: ignore[arg-type]
    assert scheduler._running(other) == 0  # type: ignore[arg-type]
