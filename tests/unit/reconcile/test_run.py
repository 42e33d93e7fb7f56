"""Snapshots against an index: what is refused and why, whole and partial ones, and corrections that close the gap."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from liveledger.bindings.constants import Status
from liveledger.domain.errors import NotFound
from liveledger.domain.gs1 import with_check_digit
from liveledger.domain.movements import MAX_QUANTITY, Kind, Movement
from liveledger.index.accuracy import tables as accuracy_tables
from liveledger.index.members import tables as members_tables
from liveledger.index.stock import tables as stock_tables
from liveledger.reconcile.comparing import ALL_LOTS, Held
from liveledger.reconcile.errors import InvalidSnapshot
from liveledger.reconcile.run import Outcome, Question, reconcile
from tests.unit.reconcile.index import (
    AUDITOR,
    AUDITOR_GLN,
    BRAND,
    BRAND_GLN,
    ELSEWHERE_GLN,
    HERE,
    LOTS,
    OTHER_BRAND,
    SKUS,
    START,
    Stock,
    random_movement,
    registered,
    text_of,
    time_of,
)
from tests.unit.reconcile.snapshots import GTIN, PLACE, entries, ndjson

CODES = {number: code for code, number in SKUS.items()}
LOT_CODES = {number: code for code, number in LOTS.items()}
OTHER_GTIN = with_check_digit("690123456780")


@pytest.fixture
def stock(tmp_path: Path) -> Stock:
    """A: 10 without a lot, 20 of L1; B: 30, 5 of them reserved; then a block without anything."""
    stock = registered(tmp_path)
    stock.block(
        Movement(SKUS["A"], Kind.RECEIVE, 0, HERE, 10, START),
        Movement(SKUS["A"], Kind.RECEIVE, 0, HERE, 20, START, 1),
        Movement(SKUS["B"], Kind.RECEIVE, 0, HERE, 30, START),
        Movement(SKUS["B"], Kind.RESERVE, HERE, HERE, 5, START),
    )
    stock.block()
    return stock


def rows_of(held: dict[tuple[int, int], tuple[int, int]], at: str) -> list[dict[str, Any]]:
    """Rows that say what these are."""
    return entries(
        *(
            {
                "sku": CODES[sku],
                "lot": {"code": LOT_CODES[lot], "expiry": None} if lot else None,
                "quantity": available + reserved,
                "available": available,
                "reserved": reserved,
                "at": at,
            }
            for (sku, lot), (available, reserved) in held.items()
        )
    )


def run(stock: Stock, rows: list[dict[str, Any]], **asked: Any) -> Outcome:
    """Compares, a while after the newest block."""
    question = {"place": None, "now": time_of(stock.height) + 60} | asked
    return reconcile(ndjson(rows), stock.engine, Question(**question))


def true_rows(stock: Stock) -> list[dict[str, Any]]:
    """What the place holds after the newest block."""
    return rows_of(stock.at(stock.height), text_of(time_of(stock.height)))


def test_a_true_snapshot_agrees(stock: Stock) -> None:
    outcome = run(stock, true_rows(stock))
    totals = outcome.report.totals
    assert (totals.ledger_units, totals.snapshot_units, totals.difference_units) == (60, 60, 0)
    assert (totals.skus, totals.skus_matching, totals.at_block, totals.place) == (2, 2, 2, HERE)
    assert outcome.report.level == 0
    assert outcome.codes[SKUS["A"], 1] == (BRAND, "A", "L1")


def test_what_moved_since_the_snapshot_is_no_difference(stock: Stock) -> None:
    rows = true_rows(stock)
    stock.block(Movement(SKUS["B"], Kind.SELL, HERE, 0, 25, START))
    outcome = run(stock, rows)
    assert (outcome.report.totals.difference_units, outcome.report.totals.at_block) == (0, 2)


def test_goods_that_a_whole_snapshot_leaves_out_are_missing(stock: Stock) -> None:
    rows = [row for row in true_rows(stock) if row["sku"] == "B"]
    assert run(stock, rows).report.totals.difference_units == 30
    assert run(stock, rows, partial=True).report.totals.difference_units == 0


def test_channels_are_added_up(stock: Stock) -> None:
    rows = entries(
        {"sku": "B", "quantity": 20, "available": 15, "reserved": 5, "at": text_of(time_of(2))},
        {"sku": "B", "quantity": 10, "available": 10, "reserved": 0, "channel": "live", "at": text_of(time_of(2))},
    )
    assert run(stock, rows, partial=True).report.totals.difference_units == 0


def test_a_system_without_lots_is_compared_over_all_lots(stock: Stock) -> None:
    rows = entries({"sku": "A", "quantity": 30, "available": 29, "reserved": 1, "at": text_of(time_of(2))})
    outcome = run(stock, rows, partial=True, propose=True)
    (line,) = outcome.report.lines
    assert (line.lot, line.ledger, line.difference) == (ALL_LOTS, Held(30, 0), 2)
    rows = entries({"sku": "A", "quantity": 25, "available": 25, "reserved": 0, "at": text_of(time_of(2))})
    corrections = run(stock, rows, partial=True, propose=True).corrections
    assert corrections is not None
    assert corrections.messages == ()
    assert "which lot" in corrections.left[0]["reason"]


def _refused(stock: Stock, rows: list[dict[str, Any]], **asked: Any) -> tuple[str, dict[str, Any]]:
    with pytest.raises(InvalidSnapshot) as refused:
        run(stock, rows, **asked)
    return refused.value.stable_code, refused.value.details


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"sku": "nothing"}, "snapshot-unknown-sku", "sku"),
        ({"brand": 77}, "snapshot-unknown-sku", "sku"),
        ({"sku": "A", "gtin": OTHER_GTIN, "brand": BRAND}, "snapshot-other-gtin", "gtin"),
        ({"sku": "A", "gtin": OTHER_GTIN}, "snapshot-unknown-sku", "sku"),
        ({"sku": "A", "lot": {"code": "L9", "expiry": None}}, "snapshot-unknown-lot", "lot"),
        ({"sku": "A", "lot": {"code": "L1", "expiry": "2027-01-01"}}, "snapshot-other-expiry", "expiry"),
        ({"sku": "A", "lot": {"code": "L2", "expiry": "2027-01-01"}}, "snapshot-other-expiry", "expiry"),
        ({"place": ELSEWHERE_GLN}, "snapshot-wrong-place", "place"),
        ({"organisation": BRAND_GLN}, "snapshot-other-organisation", "organisation"),
        ({"at": text_of(time_of(2) + 60 + 301)}, "snapshot-from-future", "at"),
        ({"at": text_of(time_of(2) - 901)}, "snapshot-mixed-times", "at"),
    ],
)
def test_a_row_that_is_at_odds_with_the_ledger_is_named(
    stock: Stock, changes: dict[str, Any], code: str, field: str
) -> None:
    rows = true_rows(stock)
    rows.append(rows[-1] | {"sku": "C", "id": "m-last", "lot": None, "channel": "live"} | changes)
    assert _refused(stock, rows) == (code, {"row": len(rows), "field": field})


def test_a_snapshot_of_another_place_than_the_one_wanted(stock: Stock) -> None:
    found = _refused(stock, true_rows(stock), place=int(ELSEWHERE_GLN))
    assert found == ("snapshot-wrong-place", {"row": 1, "field": "place"})


def test_a_place_that_the_ledger_does_not_know(stock: Stock) -> None:
    rows = [row | {"place": OTHER_GTIN} for row in true_rows(stock)]
    assert _refused(stock, rows) == ("snapshot-unknown-place", {"row": 1, "field": "place"})


def test_who_neither_operates_nor_audits_is_refused(stock: Stock) -> None:
    rows = [row | {"organisation": BRAND_GLN} for row in true_rows(stock)]
    assert _refused(stock, rows)[0] == "snapshot-other-organisation"
    audited = [row | {"organisation": AUDITOR_GLN} for row in true_rows(stock)]
    assert run(stock, audited).report.level == 0
    with stock.engine.begin() as connection:
        suspended = members_tables.organisations.update().where(members_tables.organisations.c.number == AUDITOR)
        connection.execute(suspended.values(status=Status.SUSPENDED))
    assert _refused(stock, audited)[0] == "snapshot-other-organisation"


def test_a_code_that_several_brands_have_needs_the_brand(stock: Stock) -> None:
    twin = {"sku": OTHER_BRAND << 20 | 1, "brand": OTHER_BRAND, "code": b"B", "gtin": 0, "unit": 0, "block": 0}
    stock.write(stock_tables.skus, twin)
    rows = [row for row in true_rows(stock) if row["sku"] == "B"]
    assert _refused(stock, rows)[0] == "snapshot-unknown-sku"
    named = [row | {"brand": BRAND} for row in rows]
    assert run(stock, named, partial=True).report.totals.difference_units == 0
    twice = [*named, *(row | {"id": "m-9", "gtin": OTHER_GTIN} for row in named)]
    assert _refused(stock, twice) == ("snapshot-duplicate-row", {"row": 2, "field": "sku"})


def test_nothing_older_than_the_last_record_is_compared(stock: Stock) -> None:
    names = [column.name for column in accuracy_tables.accuracy_records.columns]
    record: dict[str, Any] = dict.fromkeys(names, 0)
    hashes = {"poster": bytes(20), "snapshot_root": bytes(32), "audited": False}
    stock.write(accuracy_tables.accuracy_records, record | hashes | {"place": HERE, "as_of": time_of(2)})
    assert _refused(stock, true_rows(stock))[0] == "snapshot-not-newer"
    rows = [row | {"at": text_of(time_of(2) + 1)} for row in true_rows(stock)]
    assert run(stock, rows).report.level == 0
    audit = [row | {"organisation": AUDITOR_GLN} for row in true_rows(stock)]
    assert run(stock, audit).report.level == 0
    stock.write(
        accuracy_tables.accuracy_records,
        record | hashes | {"place": HERE, "as_of": time_of(2), "audited": True, "sequence": 1},
    )
    assert _refused(stock, audit)[0] == "snapshot-not-newer"


def test_a_system_without_lots_has_all_lots_at_the_time_of_its_row(stock: Stock) -> None:
    old = text_of(time_of(2))
    stock.block(Movement(SKUS["A"], Kind.SELL, HERE, 0, 20, START, 1))
    now = text_of(time_of(3))
    rows = entries(
        {"sku": "A", "quantity": 30, "available": 30, "reserved": 0, "at": old},
        {"sku": "B", "quantity": 30, "available": 25, "reserved": 5, "at": now},
    )
    outcome = run(stock, rows)
    assert (outcome.report.totals.difference_units, outcome.report.totals.ledger_units) == (0, 60)


def test_rows_of_the_same_goods_are_of_one_time(stock: Stock) -> None:
    rows = entries(
        {"sku": "B", "quantity": 20, "available": 15, "reserved": 5, "at": text_of(time_of(2))},
        {"sku": "B", "quantity": 10, "available": 10, "reserved": 0, "channel": "live", "at": text_of(time_of(2) + 1)},
    )
    assert _refused(stock, rows, partial=True) == ("snapshot-mixed-times", {"row": 2, "field": "at"})


def test_a_snapshot_from_before_the_ledger(stock: Stock) -> None:
    rows = [row | {"at": text_of(time_of(1) - 1)} for row in true_rows(stock)]
    with pytest.raises(NotFound):
        run(stock, rows)


@pytest.mark.parametrize("seed", range(6))
def test_corrections_bring_the_units_to_those_of_the_snapshot(tmp_path: Path, seed: int) -> None:
    stock, chance = registered(tmp_path), random.Random(seed)
    for _ in range(40):
        stock.block(random_movement(stock, chance))
    new = {(sku, chance.randint(1, 2)): (chance.randint(1, 9), 0) for sku in SKUS.values()}
    counted = new | {
        goods: (max(0, available + chance.randint(-20, 20)), reserved)
        for goods, (available, reserved) in stock.at(stock.height).items()
    }
    outcome = run(stock, rows_of(counted, text_of(time_of(stock.height))), propose=True)
    assert outcome.corrections is not None
    assert outcome.corrections.left == ()
    stock.block(*(_movement(message) for message in outcome.corrections.messages))
    wanted = {goods: sum(held) for goods, held in counted.items() if sum(held)}
    assert {goods: sum(held) for goods, held in stock.at(stock.height).items()} == wanted


def _movement(message: dict[str, Any]) -> Movement:
    """The movement of a message that was proposed."""
    kind = Kind[message["kind"].upper()]
    assert message["from" if kind == Kind.LOST else "to"] == PLACE
    assert (message["brand"], message["document"][:12]) == (BRAND, "reconcile:0x")
    source, target = (HERE, 0) if kind == Kind.LOST else (0, HERE)
    lot = LOTS[message.get("lot", "")]
    return Movement(SKUS[message["sku"]], kind, source, target, message["quantity"], START, lot)


def test_goods_that_are_reserved_or_sold_by_now_stay_open(stock: Stock) -> None:
    rows = true_rows(stock)
    stock.block(Movement(SKUS["B"], Kind.SELL, HERE, 0, 24, START))
    short = [row | ({"quantity": 20, "available": 15} if row["sku"] == "B" else {}) for row in rows]
    corrections = run(stock, short, propose=True).corrections
    assert corrections is not None
    assert [message["quantity"] for message in corrections.messages] == [1]
    assert corrections.left[0]["reason"].startswith("9 units more")
    shifted = [row | ({"available": 20, "reserved": 10} if row["sku"] == "B" else {}) for row in rows]
    corrections = run(stock, shifted, propose=True).corrections
    assert corrections is not None
    assert corrections.messages == ()
    assert corrections.left[0]["reason"].startswith("reservations")


def test_large_corrections_take_several_movements_with_ids_of_their_own(stock: Stock) -> None:
    units = 2 * MAX_QUANTITY + 30
    more = {"quantity": units, "available": units - 5}
    rows = [row | (more if row["sku"] == "B" else {}) for row in true_rows(stock)]
    first, again = (run(stock, rows, propose=True).corrections for _ in range(2))
    assert first is not None
    assert [message["quantity"] for message in first.messages] == [MAX_QUANTITY, MAX_QUANTITY]
    assert len({message["id"] for message in first.messages}) == 2
    assert first == again
    assert first.ndjson().count(b"\n") == 2
    assert GTIN.encode() not in first.ndjson()
