"""The verifiers in Python and in JavaScript come to the same outcome of bundles that were made by chance.

What differs is written to the folder that pytest names, in the form of ``Asked.line``: the page decides, and a vector
is made of it. Each commit tries others too, whose seed is of its hash; ``LIVELEDGER_SEED=N`` repeats them.
"""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.proofs.differing import Asked, Other, made, own, respelled, write_difference
from tests.support.seeds import VARIABLE, asked_seed, seed_of_the_commit

# So many are given to the other program ahead, which works on them meanwhile.
AHEAD = 40
Tell = Callable[[str], None]
Making = Callable[[random.Random], Asked]


@pytest.fixture
def other() -> Iterator[Other]:
    """The verifier in JavaScript."""
    program = Other()
    yield program
    program.close()


def outcomes(other: Other, cases: list[Asked]) -> Iterator[tuple[Asked, str, str]]:
    """Each with what the two say of it."""
    for start in range(0, len(cases), AHEAD):
        part = cases[start : start + AHEAD]
        for asked in part:
            other.begin(asked)
        for asked in part:
            yield asked, own(asked), other.says()


def compare(other: Other, making: Making, seed: int, count: int, folder: Path) -> Counter[str]:
    """Compares ``count`` bundles; how many came to which outcome."""
    chance, tally, differences = random.Random(seed), Counter[str](), 0
    for _ in range(0, count, AHEAD):
        for asked, first, second in outcomes(other, [making(chance) for _ in range(AHEAD)]):
            tally[first.split()[0] if first.startswith("proven") else first] += 1
            if first != second:
                differences += 1
                write_difference(folder, asked, (first, second))
    again = f"{VARIABLE}={seed} .venv/bin/python -m pytest {os.environ['PYTEST_CURRENT_TEST'].split(' ')[0]}"
    assert differences == 0, f"{differences} of {count} differ: see {folder}; to repeat it: {again}"
    return tally


def told(tally: Counter[str]) -> str:
    return ", ".join(f"{outcome} {count}" for outcome, count in sorted(tally.items()))


def test_a_difference_is_seen(other: Other) -> None:
    cases = [made(random.Random(seed)) for seed in range(AHEAD)]
    proven = next(asked for asked in cases if own(asked).startswith("proven"))
    (same,) = outcomes(other, [proven])
    assert same[1] == same[2]
    other.begin(replace(proven, bundle=proven.bundle + b" "))
    assert own(proven) != other.says() == "refused 1 shape"


def test_they_agree(other: Other, tmp_path: Path, tell: Tell) -> None:
    tally = compare(other, made, 15, 10_000, tmp_path)
    assert {"proven", "refused 1 shape", "refused 8 leaf-proof", "refused 9 incomplete"} <= tally.keys()
    tell(f"two verifiers, {tally.total()} bundles made by chance, no difference: {told(tally)}")


@pytest.mark.parametrize("making", [made, respelled], ids=["all", "spelling"])
def test_they_agree_on_others_with_each_commit(making: Making, other: Other, tmp_path: Path, tell: Tell) -> None:
    seed = seed_of_the_commit()
    tally = compare(other, making, seed, 2_000, tmp_path)
    assert len(tally) > 2
    tell(f"two verifiers, {tally.total()} bundles of this commit's seed {seed}, no difference: {told(tally)}")


@pytest.mark.slow
@pytest.mark.timeout(4 * 3_600)
@pytest.mark.parametrize(("making", "count"), [(made, 100_000), (respelled, 1_000_000)], ids=["all", "spelling"])
def test_they_agree_on_many(making: Making, count: int, other: Other, tmp_path: Path, tell: Tell) -> None:
    asked = asked_seed()
    seed = int(time.time()) if asked is None else asked
    tally = compare(other, making, seed, count, tmp_path)
    tell(f"two verifiers, {tally.total()} bundles, seed {seed}, no difference: {told(tally)}")
