"""An application on a scripted engine, for the files of this folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from liveledger.consensus.application import Application
from tests.unit.consensus.engine import ScriptedEngine, SetClock, application, run


@pytest.fixture
def engine() -> ScriptedEngine:
    return ScriptedEngine()


@pytest.fixture
def clock() -> SetClock:
    return SetClock(1_001.0)


@pytest.fixture
def app(engine: ScriptedEngine, clock: SetClock, tmp_path: Path) -> Application:
    made = application(engine, clock, tmp_path)
    run(made.start())
    return made
