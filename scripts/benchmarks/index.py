"""The index by itself: how fast it takes movements in, how fast it answers, and how both grow with what is in it.

The blocks are made up here (simulated input: receipts of goods, without a chain behind them), so that ten million
movements take minutes. What reading from a real node costs beside that is in ``rebuild``.
"""

from __future__ import annotations

import contextlib
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from benchmarks.scene import Scene
from benchmarks.workload import PLACES, SKUS
from liveledger.chain.movements.batching import LEAF_BYTES, Movements
from liveledger.domain.movements import Kind
from liveledger.index import columns as index_columns
from liveledger.index.apply import Applier
from liveledger.index.database import sqlite_engine
from liveledger.index.follower import Index
from liveledger.index.source import Range
from liveledger.index.stock import queries as stock_queries
from liveledger.index.stock.records import RECORD
from liveledger.rules.stock_state import Batch
from tests.index.synthetic import BRAND, EVM_CHAIN_ID, MANIFEST, POSTER, TIME, one_block, posted

_A_BLOCK, _A_BATCH = 50_000, 5_000
# A movement's content: SKU and lot stand before its record.
_CONTENT = np.dtype([("sku", ">u4"), ("lot", ">u2"), ("record", RECORD)])
_PAGE = 100
_QUESTIONS = 2_000


@dataclass(frozen=True)
class Blocks:
    """Made-up blocks over so many SKUs: by Zipf's law with exponent 1, places evenly."""

    skus: int

    def ranges(self, first: int, count: int) -> Iterator[Range]:
        """``count`` blocks from height ``first`` on, a range each."""
        dice = np.random.default_rng(first)
        weights = 1 / np.arange(1, self.skus + 1)
        for height in range(first, first + count):
            skus = np.sort(dice.choice(self.skus, _A_BLOCK, p=weights / weights.sum())) + (BRAND << 20 | 1)
            yield one_block(height, list(self._logs(height, skus, dice)))

    def _logs(self, height: int, skus: Any, dice: np.random.Generator) -> Iterator[Any]:
        contents = np.zeros(len(skus), _CONTENT)
        contents["sku"] = skus
        record = contents["record"]
        record["kind"], record["at"] = Kind.RECEIVE, TIME
        record["target"] = dice.integers(1, PLACES + 1, len(skus))
        record["quantity"][:, -1] = dice.integers(1, 200, len(skus))
        packed = contents.view(np.uint8).reshape(len(skus), -1)
        for number, start in enumerate(range(0, len(skus), _A_BATCH)):
            part = packed[start : start + _A_BATCH]
            records = Movements.of(range(len(part)), part.tobytes(), bytes(LEAF_BYTES * len(part))).records()
            sequence = (height - 1) * (_A_BLOCK // _A_BATCH) + number
            yield posted(height, number, Batch(POSTER, 0, sequence, bytes(32), records), bytes(32), len(part))


def growth(folder: Path, steps: Sequence[int], say: Callable[[str], None], skus: int = SKUS) -> dict[str, Any]:
    """Movements a second taken in and milliseconds to answer, as the index grows to each of ``steps`` movements."""
    engine = sqlite_engine(folder / f"growth-{skus}.db")
    index_columns.metadata.create_all(engine)
    applier, blocks, found, done = Applier(EVM_CHAIN_ID, MANIFEST), Blocks(skus), {}, 0
    for step in steps:
        spent, before = 0.0, done
        for part in blocks.ranges(done // _A_BLOCK + 1, (step - done) // _A_BLOCK):
            began = time.perf_counter()
            with engine.begin() as connection:
                done += applier.apply(connection, part)
            spent += time.perf_counter() - began
        found[str(step)] = {"movements_per_second": round((done - before) / spent), **_answers(engine, skus)}
        say(f"index of {step:,} movements, {skus:,} SKUs: {found[str(step)]}")
    engine.dispose()
    return found


def _answers(engine: Engine, skus: int) -> dict[str, float]:
    """Milliseconds for a balance and for a page of movements of SKUs that are asked for as they sell, p50 and p99."""
    dice = random.Random(1)
    chosen = dice.choices(range(skus), [1 / rank for rank in range(1, skus + 1)], k=_QUESTIONS)
    times: dict[str, list[float]] = {"balance": [], "page": []}
    for rank in chosen:
        sku = BRAND << 20 | 1 + rank
        with _timed(times["balance"]), Session(engine) as session:
            stock_queries.balance(session, sku, dice.randint(1, PLACES))
        with Session(engine) as session:
            count = stock_queries.counters(session, sku).received // 200
        start = dice.randint(0, max(0, count - _PAGE))
        with _timed(times["page"]), Session(engine) as session:
            stock_queries.movements(session, sku, start, _PAGE)
    return {
        f"{name}_{label}_ms": round(1_000 * sorted(values)[int(share * (len(values) - 1))], 3)
        for name, values in times.items()
        for label, share in (("p50", 0.5), ("p99", 0.99))
    }


@contextlib.contextmanager
def _timed(times: list[float]) -> Iterator[None]:
    began = time.perf_counter()
    yield
    times.append(time.perf_counter() - began)


def rebuild(scene: Scene, folder: Path) -> dict[str, float]:
    """A new index of the scene's whole chain, from block 1: movements a second, read from the node and checked."""
    engine = sqlite_engine(folder / "rebuilt.db")
    index, began = Index(engine, scene.trading.ledger), time.perf_counter()
    index.catch_up()
    spent = time.perf_counter() - began
    engine.dispose()
    return {
        "movements": index.movements,
        "seconds": round(spent, 1),
        "movements_per_second": round(index.movements / spent),
    }
