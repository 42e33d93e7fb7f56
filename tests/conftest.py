"""What every test shares: sockets blocked unless its marker says that it needs them, and how tests run side by side."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest
import structlog

from tests.support import scheduling

if TYPE_CHECKING:
    from xdist.remote import Producer

NEEDS_SOCKETS = {"chain", "network", "e2e"}
# How long an example takes says nothing where several processes share a core.
hypothesis.settings.register_profile("unhurried", deadline=None)
hypothesis.settings.load_profile("unhurried")
# As the product's own log, without every variable of every frame: an index in one of them took minutes to print.
structlog.configure(
    processors=[
        *structlog.get_config()["processors"][:-1],
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
    ]
)


def pytest_configure() -> None:
    """Gives each of the processes that run tests side by side its priority."""
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker and not scheduling.begins_with_waiting(worker):
        os.nice(scheduling.LESS_PRIORITY)


def pytest_xdist_auto_num_workers() -> int:
    """For `pytest -n auto`."""
    return scheduling.workers()


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> object | None:
    """For `pytest --dist loadfile`."""
    if config.option.dist != "loadfile":
        return None
    config.option.loadscopereorder = False
    return scheduling.WaitingBesideComputing(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Opens loopback, and nothing else, for the tests whose marker asks for it; side by side, the longest are first."""
    for item in items:
        if NEEDS_SOCKETS & {mark.name for mark in item.iter_markers()}:
            item.add_marker(pytest.mark.enable_socket)
    if os.environ.get("PYTEST_XDIST_WORKER"):
        items[:] = [items[position] for position in scheduling.in_order([item.nodeid for item in items])]


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
