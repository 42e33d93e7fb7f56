"""One trading network of four for all faults, watched from its first block to its last; a table at the end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.promises import World, assert_promises, trading_world
from tests.support.tally import SEED_VARIABLE, Tally

HERE = Path(__file__).parent
FLOODS = ("test_a_flood_of_members", "test_a_full_pool")
TALLY = pytest.StashKey[Tally]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[TALLY] = Tally()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts the floods last in this folder: whatever was posted is checked again after every later test."""
    here = [position for position, item in enumerate(items) if item.path.parent == HERE]
    ordered = sorted((items[position] for position in here), key=lambda item: item.name.startswith(FLOODS))
    for position, item in zip(here, ordered, strict=True):
        items[position] = item


def pytest_report_header(config: pytest.Config) -> str:
    return f"faults: {SEED_VARIABLE}={config.stash[TALLY].seed}"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if config.stash[TALLY].tries:
        terminalreporter.section("faults")
        for line in config.stash[TALLY].lines():
            terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def tally(request: pytest.FixtureRequest) -> Tally:
    """Counts tries and figures."""
    return request.config.stash[TALLY]


@pytest.fixture(scope="package")
def _network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with trading_world(tmp_path_factory.mktemp("faults"), validators=4) as world:
        yield world


@pytest.fixture
def world(_network: World, tally: Tally) -> Iterator[World]:
    """The network; whatever a test does to it, the promises hold at its end."""
    yield _network
    figures = assert_promises(_network)
    tally.add(15, "every hash heard by a subscriber of every node", **figures)


@pytest.fixture(scope="module")
def asked(_network: World, tally: Tally) -> Iterator[World]:
    """The network for tests that only ask: nothing of theirs reaches it. The promises hold after a file's last test."""
    yield _network
    figures = assert_promises(_network)
    tally.add(15, "every hash heard by a subscriber of every node", **figures)
