"""The comparison, whatever both sides hold, and the root that single lines are shown against."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveledger.domain import merkle
from liveledger.reconcile.comparing import ALL_LOTS, MAX_UNITS, Held, compare, percent
from liveledger.reconcile.errors import InvalidSnapshot
from liveledger.rules.accuracy.contract import check_figures

HELD = st.builds(Held, st.integers(0, 1000), st.integers(0, 1000))
SIDE = st.dictionaries(st.tuples(st.integers(1, 5), st.integers(0, 3)), HELD, min_size=1, max_size=12)
TIMES = {"place": 7, "as_of": 1_795_514_400, "at_block": 9}


@given(SIDE, SIDE)
def test_totals_are_what_the_contract_would_take(ledger: dict, snapshot: dict) -> None:
    report = compare(ledger, snapshot, **TIMES)
    check_figures(report.totals)
    assert {(line.sku, line.lot) for line in report.lines} == ledger.keys() | snapshot.keys()
    assert sum(line.difference for line in report.lines) == report.totals.difference_units
    agree = {sku for sku, _ in ledger.keys() | snapshot.keys()} - {line.sku for line in report.lines if line.difference}
    assert report.totals.skus_matching == len(agree)
    assert [(line.sku, line.lot) for line in report.lines] == sorted((line.sku, line.lot) for line in report.lines)


@given(SIDE)
def test_the_same_on_both_sides_is_no_deviation(side: dict) -> None:
    report = compare(side, side, **TIMES)
    assert (report.deviation, report.accuracy, report.level) == (0, 10_000, 0)


@given(SIDE, SIDE)
def test_all_lots_at_once_are_the_sums(ledger: dict, snapshot: dict) -> None:
    whole = {(sku, ALL_LOTS): held for (sku, _), held in snapshot.items()}
    report = compare(ledger, whole, **TIMES)
    check_figures(report.totals)
    for line in report.lines:
        if line.lot == ALL_LOTS:
            parts = [held for (sku, _), held in ledger.items() if sku == line.sku]
            assert line.ledger == Held(sum(held.available for held in parts), sum(held.reserved for held in parts))


@given(SIDE, SIDE)
def test_every_line_is_under_the_root_and_no_other(ledger: dict, snapshot: dict) -> None:
    report = compare(ledger, snapshot, **TIMES)
    for number, line in enumerate(report.lines):
        path = report.path_of(number)
        size = len(report.lines)
        root = merkle.root_from_path(merkle.leaf_hash(line.encode()), number, size, path)
        assert root == report.totals.snapshot_root
        other = replace(line, snapshot=Held(line.snapshot.available + 1, line.snapshot.reserved))
        assert merkle.root_from_path(merkle.leaf_hash(other.encode()), number, size, path) != root


def test_a_line_has_39_bytes_and_says_whether_it_is_of_all_lots() -> None:
    report = compare({(1, 0): Held(5, 6)}, {(1, 0): Held(7, 8), (2, ALL_LOTS): Held(1, 0)}, **TIMES)
    first, second = (line.encode() for line in report.lines)
    assert first.hex() == "000000010000000000000000000005000000000000000600000000000000070000000000000008"
    assert (len(second), second[:7].hex()) == (39, "00000002010000")


def test_more_units_than_the_contract_takes_are_refused() -> None:
    most = compare({(1, 0): Held(MAX_UNITS, 0)}, {(2, 0): Held(0, MAX_UNITS)}, **TIMES)
    assert most.totals.difference_units < 1 << 64
    for sides in (({(1, 0): Held(MAX_UNITS, 1)}, {(1, 0): Held()}), ({}, {(1, 0): Held(1, MAX_UNITS)})):
        with pytest.raises(InvalidSnapshot, match="add up"):
            compare(*sides, **TIMES)


def test_levels_of_a_worked_example() -> None:
    report = compare({(1, 0): Held(900, 100)}, {(1, 0): Held(880, 110)}, **TIMES)
    assert (report.totals.difference_units, report.deviation, report.level) == (30, 300, 1)
    assert percent(report.deviation) == "3.00 %"
    assert [percent(bps) for bps in (0, 5, 299, 65_535)] == ["0.00 %", "0.05 %", "2.99 %", "655.35 %"]
