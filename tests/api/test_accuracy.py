"""Accuracy by place and over all places, as the API and its metrics have it from the index."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from prometheus_client import generate_latest

from liveledger.index.accuracy import tables as accuracy_tables
from liveledger.index.chain import tables as chain_tables
from liveledger_api.accuracy.figures import AccuracyFigures, UnknownPlace
from liveledger_api.metrics import ApiMetrics
from tests.unit.reconcile.index import ELSEWHERE, ELSEWHERE_GLN, HERE, Stock, registered, time_of
from tests.unit.reconcile.snapshots import PLACE


def record(stock: Stock, place: int, sequence: int, **values: Any) -> None:
    """One record; what is not named is zero."""
    row: dict[str, Any] = dict.fromkeys((column.name for column in accuracy_tables.accuracy_records.columns), 0)
    row |= {"poster": bytes(20), "snapshot_root": bytes(32), "audited": False}
    stock.write(accuracy_tables.accuracy_records, row | {"place": place, "sequence": sequence} | values)


@pytest.fixture
def stock(tmp_path: Path) -> Stock:
    """Two places; the first had a bad record and has a better one, the second waits for its recount."""
    stock = registered(tmp_path)
    for _ in range(3):
        stock.block()
    record(stock, HERE, 0, skus=10, skus_matching=0, accuracy_bps=0, level=4, flag=4, recount_by=time_of(1))
    record(stock, HERE, 1, skus=1000, skus_matching=999, ledger_units=500, difference_units=1, accuracy_bps=9990)
    late = {"level": 2, "recount_by": time_of(3) - 1, "deviation_bps": 1000, "accuracy_bps": 9500}
    record(stock, ELSEWHERE, 0, skus=100, skus_matching=95, ledger_units=100, difference_units=10, **late)
    return stock


def test_only_the_newest_record_of_a_place_counts(stock: Stock) -> None:
    answer = AccuracyFigures(stock.engine)().as_json()
    assert [place["place"] for place in answer["places"]] == [PLACE, ELSEWHERE_GLN]
    assert [place["records"] for place in answer["places"]] == ["2", "1"]
    assert answer["all"] == {
        "accuracy_bps": "9945",  # 1,094 of 1,100, rounded down
        "deviation_bps": "184",  # 11 of 600, rounded up
        "goal_bps": "9990",
        "goal_met": False,
        "flagged": "0",
        "recounts_open": "1",
        "recounts_overdue": "1",
    }


def test_a_recount_is_overdue_by_the_chains_time(stock: Stock) -> None:
    overdue = {place.gln: place.overdue for place in AccuracyFigures(stock.engine)().places}
    assert overdue == {int(PLACE): False, int(ELSEWHERE_GLN): True}
    with stock.engine.begin() as connection:
        connection.execute(chain_tables.cursor.update().values(height=2))
        connection.execute(chain_tables.family_cursors.update().values(height=2))
    assert not any(place.overdue for place in AccuracyFigures(stock.engine)().places)


def test_the_age_is_that_of_the_newest_comparison_of_either_side(stock: Stock) -> None:
    """An auditor's record of an earlier time does not make a place look forgotten."""
    record(stock, HERE, 2, skus=10, skus_matching=10, as_of=time_of(3) - 7)
    record(stock, HERE, 3, skus=10, skus_matching=10, as_of=time_of(1), audited=True)
    ages = {place.gln: place.age for place in AccuracyFigures(stock.engine)().places}
    assert ages == {int(PLACE): 7, int(ELSEWHERE_GLN): time_of(3)}
    metrics = ApiMetrics()
    metrics.watch_accuracy(AccuracyFigures(stock.engine))
    assert f'liveledger_accuracy_age_seconds{{place="{PLACE}"}} 7.0' in generate_latest(metrics.registry).decode()


def test_the_goal_is_met_at_999_of_1000(stock: Stock) -> None:
    with stock.engine.begin() as connection:
        connection.execute(
            accuracy_tables.accuracy_records.delete().where(accuracy_tables.accuracy_records.c.place == ELSEWHERE)
        )
    total = AccuracyFigures(stock.engine)().as_json()["all"]
    assert (total["accuracy_bps"], total["goal_met"]) == ("9990", True)


def test_metrics_say_the_same(stock: Stock) -> None:
    metrics = ApiMetrics()
    metrics.watch_accuracy(AccuracyFigures(stock.engine))
    lines = generate_latest(metrics.registry).decode().splitlines()
    assert f'liveledger_accuracy_ratio{{place="{PLACE}"}} 0.999' in lines
    assert f'liveledger_accuracy_level{{place="{ELSEWHERE_GLN}"}} 2.0' in lines
    assert f'liveledger_accuracy_flagged{{place="{PLACE}"}} 0.0' in lines
    assert f'liveledger_accuracy_recount_overdue{{place="{ELSEWHERE_GLN}"}} 1.0' in lines
    assert "liveledger_accuracy_overall_ratio 0.9945" in lines


def test_without_a_record_there_is_no_figure(tmp_path: Path) -> None:
    stock = registered(tmp_path)
    cursor = {"id": 1, "schema_version": 1, "chain_id": "x", "evm_chain_id": 1, "height": 0, "hash": bytes(32)}
    stock.write(chain_tables.cursor, cursor)
    assert AccuracyFigures(stock.engine)().as_json() == {"count": "0", "all": None, "places": []}
    metrics = ApiMetrics()
    metrics.watch_accuracy(AccuracyFigures(stock.engine))
    lines = generate_latest(metrics.registry).decode().splitlines()
    assert not [line for line in lines if line.startswith("liveledger_accuracy")]


def test_a_record_of_a_place_that_is_not_there_is_no_figure(stock: Stock) -> None:
    record(stock, 77, 0, skus=1)
    with pytest.raises(UnknownPlace, match="77"):
        AccuracyFigures(stock.engine)()
