"""Fixtures of the API's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.support import World
from tests.api.support import world as make_world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """The application over a fresh store and a simulated chain."""
    with make_world(tmp_path, max_body_bytes=200_000, max_capture_events=20) as made:
        yield made
