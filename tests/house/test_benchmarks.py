"""The benchmark of the index runs: its made-up blocks are what the index takes, and it finds what it asks for."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from sqlalchemy.orm import Session

from liveledger.index.database import sqlite_engine
from liveledger.index.stock import queries as stock_queries

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
MOVEMENTS, SKUS, PAGE = 50_000, 1_000, 100


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The module of the benchmark, which is on no path otherwise."""
    monkeypatch.syspath_prepend(str(SCRIPTS))
    from benchmarks import index as module

    yield module
    for name in [name for name in sys.modules if name.split(".")[0] == "benchmarks"]:
        monkeypatch.delitem(sys.modules, name)


def test_the_index_takes_the_made_up_blocks(index: ModuleType, tmp_path: Path) -> None:
    found = index.growth(tmp_path, [MOVEMENTS], lambda line: None, SKUS)[str(MOVEMENTS)]
    assert all(value > 0 for value in found.values())
    engine = sqlite_engine(tmp_path / f"growth-{SKUS}.db")
    with Session(engine) as session:
        first = index.BRAND << 20 | 1
        assert stock_queries.counters(session, first).received > 0
        assert stock_queries.balance(session, first, 1)
        assert len(stock_queries.movements(session, first, 0, PAGE)) == PAGE
    engine.dispose()
