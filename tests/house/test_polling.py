"""One way to wait for what comes true: `domain/waiting.py`. Another loop that sleeps is something else, or wrong."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.house.tree import ROOT, tracked

# Loops that sleep for another reason than to ask again until something is true.
ELSEWHERE = {
    "ledger_node/liveledger/domain/waiting.py": "the one way",
    "ledger_node/liveledger/maintenance/isolated.py": "has no deadline as long as blocks come, and says where it is",
    "ledger_node/liveledger_cli/common/api_client.py": "asks again when the server said",
    "ledger_node/liveledger_cli/demo/singles.py": "sells at a pace",
    "oracles/liveledger_oracles/gateways/mqtt/bridge.py": "runs until a signal",
    "oracles/liveledger_oracles/gateways/mqtt/listener.py": "backs off, and ends within a second",
    "scripts/benchmarks/flood.py": "keeps a pool full",
    "scripts/benchmarks/steady.py": "pumps at a pace",
    "tests/faults/test_kills.py": "kills at random moments",
    "tests/faults/test_lying_rpc.py": "pumps a few times, whatever that gives",
    "tests/faults/test_partitions.py": "cuts at random moments",
    "tests/faults/test_settlement.py": "kills at random moments",
    "tests/index/test_follow.py": "kills at several moments",
    "tests/network/one/test_dying_engine.py": "kills around the moment of a block",
    "tests/network/one/test_idle.py": "samples a clock",
    "tests/network/one/test_signer.py": "waits until nothing happens",
    "tests/simulators/relay.py": "misbehaves at random moments",
    "tests/simulators/skewed_signer.py": "dials for as long as it lives",
}


def sleeping_loops(source: str) -> Iterator[int]:
    """Lines of loops with a call of `sleep` in them that is not awaited: a task's loop waits for no answer."""
    for loop in ast.walk(ast.parse(source)):
        if isinstance(loop, ast.While | ast.For):
            awaited = {id(node.value) for node in ast.walk(loop) if isinstance(node, ast.Await)}
            calls = [node for node in ast.walk(loop) if isinstance(node, ast.Call) and id(node) not in awaited]
            if any(ast.unparse(call.func).rpartition(".")[2] in ("sleep", "_sleep") for call in calls):
                yield loop.lineno


def test_nobody_polls_in_a_loop_of_its_own() -> None:
    found = {path.relative_to(ROOT).as_posix(): list(sleeping_loops(path.read_text())) for path in tracked(".py")}
    loops = {name: lines for name, lines in found.items() if lines}
    assert not {name: lines for name, lines in loops.items() if name not in ELSEWHERE}, "use `wait_until`"
    assert ELSEWHERE.keys() <= loops.keys(), "an exception that none is any more"


def test_a_poll_is_found() -> None:
    assert list(sleeping_loops("while not done():\n    if late():\n        raise E\n    time.sleep(0.1)\n")) == [1]
    assert not list(sleeping_loops("async def f():\n    while True:\n        await asyncio.sleep(1)\n"))
    assert not list(sleeping_loops("wait_until(done, 3.0, late)\ntime.sleep(1)\n"))
