"""Fixtures of the tests of outboxes and senders."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chain.sending import Process
from tests.simulators.node import SimulatedNode


@pytest.fixture
def process(tmp_path: Path) -> Process:
    return Process(tmp_path, SimulatedNode())
