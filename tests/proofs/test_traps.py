"""Both verifiers refuse what other parsers fall into, each trap by its name, within a bound of memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.proofs.traps import COMMANDS, HEAP, Trap, Verifier, good, traps

# What a program may take beyond what it has after its first bundle: a bundle's values are some fifty times its
# megabyte, and the line that brings 16 MiB stands in its memory several times.
MOST_MB = 256


@pytest.fixture(scope="module")
def cases() -> list[Trap]:
    """All traps."""
    return list(traps())


@pytest.fixture
def verifier(request: pytest.FixtureRequest) -> Iterator[Verifier]:
    """A verifier that has seen the good bundle."""
    program = Verifier(request.param)
    yield program
    program.close()


@pytest.mark.parametrize("verifier", COMMANDS, indirect=True)
def test_each_trap_is_refused_by_its_name(
    verifier: Verifier, cases: list[Trap], request: pytest.FixtureRequest, tell: Callable[[str], None]
) -> None:
    assert verifier.says(good())[0] == "proven"
    measured = Path("/proc/self/status").exists()
    before = verifier.peak() if measured else 0
    said = [(trap, *verifier.says(trap.asked)) for trap in cases]
    wrong = [(trap.kind, trap.about, outcome) for trap, outcome, _ in said if outcome != trap.outcome]
    assert not wrong
    assert verifier.says(good())[0] == "proven", "nothing that was refused left anything behind"
    if measured:
        peak = verifier.peak()
        assert peak - before <= MOST_MB
        slowest, _, seconds = max(said, key=lambda found: found[2])
        language = request.node.callspec.params["verifier"]
        tell(
            f"{language}: {len(said)} traps refused by name, at most {seconds * 1000:.0f} ms ({slowest.kind},"
            f" {slowest.about}) and {peak - before} MB beyond the {before} MB of the first bundle"
        )


def test_every_kind_of_trap_is_there(cases: list[Trap], tell: Callable[[str], None]) -> None:
    kinds = Counter(trap.kind for trap in cases)
    assert {"numbers beyond 2^53", "lengths in code points", "keys twice", "half surrogate pairs"} <= kinds.keys()
    assert {"names of objects", "spellings of numbers", "1 MiB", "10,000 entries"} <= kinds.keys()
    tell(f"traps: {', '.join(f'{kind} {count}' for kind, count in sorted(kinds.items()))}; V8's heap had {HEAP} MB")
