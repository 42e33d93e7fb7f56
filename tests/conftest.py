"""What every test shares: sockets are blocked unless a test's marker says that it needs them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from liveledger.engine import ports

NEEDS_SOCKETS = {"chain", "network", "e2e"}
# As many as `make test` starts at most.
MAX_WORKERS = 4


def pytest_configure() -> None:
    """Gives each of the processes that run tests side by side ports of its own for the networks that it makes."""
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker:
        share = (ports.LAST_PORT - ports.FIRST_PORT) // MAX_WORKERS
        first = ports.FIRST_PORT + int(worker.removeprefix("gw")) % MAX_WORKERS * share
        ports.FIRST_PORT, ports.LAST_PORT = first, first + share


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Opens loopback, and nothing else, for the tests whose marker asks for it."""
    for item in items:
        if NEEDS_SOCKETS & {mark.name for mark in item.iter_markers()}:
            item.add_marker(pytest.mark.enable_socket)


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder of real data; the test is skipped, and says so, where none is named."""
    folder = os.environ.get("LIVELEDGER_DATA")
    if not folder:
        pytest.skip("LIVELEDGER_DATA names no folder of real data")
    return Path(folder)


@pytest.fixture
def tell(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Says a line in the summary at the end, whatever is captured and whichever process runs the test."""
    return lambda line: record_property("told", line)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Prints what tests told, sorted."""
    reports = terminalreporter.getreports("passed") + terminalreporter.getreports("failed")
    told = {str(value) for report in reports for name, value in report.user_properties if name == "told"}
    if told:
        terminalreporter.write_sep("=", "told by tests")
        for line in sorted(told):
            terminalreporter.write_line(line)
