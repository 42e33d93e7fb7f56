"""Lists of SKUs, lots and stock are read page by page along an index: nothing twice, nothing left out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from liveledger.domain.errors import InvalidInput
from liveledger.domain.gs1 import glns_from
from liveledger.index.database import sqlite_engine
from liveledger.index.members import queries as members
from liveledger.index.members.queries import Members
from liveledger.index.stock import cells, goods
from liveledger.index.stock.cells import Cells
from tests.index.goods_tables import (
    CODES,
    CUP,
    CUPS,
    GTIN,
    HERE,
    HERE_GLN,
    OPERATOR,
    SKUS,
    TEA,
    TEA_GLN,
    THERE,
    balance,
    fill,
    register_lot,
)

pytestmark = pytest.mark.chain  # PostgreSQL listens on loopback


@pytest.fixture
def filled(engine: Engine) -> Engine:
    """Each kind of database, filled."""
    fill(engine)
    return engine


@pytest.fixture
def session(filled: Engine) -> Any:
    """A session of it."""
    with Session(filled) as opened:
        yield opened


def whole(page: Callable[[Sequence[int]], Cells]) -> list[tuple[int, int, int, int]]:
    """All cells, page by page, with their location."""
    found: list[tuple[int, int, int, int]] = []
    after: tuple[int, ...] = ()
    while True:
        read = page(after)
        found += [(one.sku.sku, one.lot.lot if one.lot else 0, one.gln, one.units.available) for one in read.rows]
        if read.following is None:
            return found
        assert read.following > tuple(after)
        after = read.following


def test_skus_stand_in_the_order_of_their_codes_and_are_found_by_what_they_begin_with(session: Session) -> None:
    in_order = sorted(range(len(CODES)), key=CODES.__getitem__)
    found, after = [], 0
    while page := goods.skus_by_code(session, TEA, "", after, 2):
        found += [row.sku for row in page]
        after = found[-1]
    assert found == [SKUS[position] for position in in_order]
    assert [row.sku for row in goods.skus_by_code(session, TEA, "TEA-", 0, 9)] == [SKUS[n] for n in (0, 1, 5, 4)]
    assert [row.sku for row in goods.skus_by_code(session, TEA, "TEA-\u8336", 0, 9)] == [SKUS[5]]
    assert goods.skus_by_code(session, TEA, "TEA-1x", 0, 9) == []
    assert goods.skus_by_code(session, TEA, "", SKUS[0], 1)[0].sku == SKUS[1]


@pytest.mark.parametrize("after", [CUP, SKUS[-1] + 1])
def test_a_cursor_of_another_list_is_refused(session: Session, after: int) -> None:
    with pytest.raises(InvalidInput, match="after names nothing"):
        goods.skus_by_code(session, TEA, "", after, 9)
    with pytest.raises(InvalidInput, match="after names nothing"):
        goods.lots_by_code(session, SKUS[0], "", 3, 9)


def test_gtins_and_lots_are_found_whosever_they_are(session: Session) -> None:
    assert [row.sku for row in goods.skus_with_gtin(session, GTIN, 0, 9)] == [SKUS[0], CUP]
    assert [row.sku for row in goods.skus_with_gtin(session, GTIN, SKUS[0], 9)] == [CUP]
    assert [row.sku for row in goods.lots_with_code(session, "L1", 0, 9)] == [SKUS[0], CUP]
    assert [row.code for row in goods.lots_by_code(session, SKUS[0], "L", 0, 9)] == ["L1", "L2"]
    assert [row.lot for row in goods.lots_by_code(session, SKUS[0], "L", 2, 9)] == [1]
    counts = [goods.sku_count(session, brand) for brand in (TEA, CUPS, OPERATOR)]
    assert (counts, goods.lot_count(session, SKUS[0]), goods.lot_count(session, SKUS[1])) == ([len(SKUS), 1, 0], 2, 0)


def test_members_are_found_by_status_operator_and_the_first_digits_of_a_gln(session: Session) -> None:
    assert [row.number for row in members.organisations(session, Members(status=1), 0, 9)] == [TEA, OPERATOR]
    assert [row.number for row in members.organisations(session, Members(), OPERATOR, 9)] == [CUPS]
    one = Members(glns=glns_from(str(TEA_GLN)))
    assert [row.number for row in members.organisations(session, one, 0, 9)] == [TEA]
    assert len(members.places(session, Members(operator=OPERATOR, glns=glns_from("69012340003")), 0, 9)) == 2
    assert [row.gln for row in members.places(session, Members(glns=glns_from(str(HERE_GLN)[:12])), 0, 9)] == [HERE_GLN]
    for junk in ("", "x", "1" * 14, "\u0663"):
        with pytest.raises(InvalidInput):
            glns_from(junk)


@pytest.mark.parametrize("limit", [1, 2, 100])
def test_stock_is_paged_without_what_is_empty(session: Session, limit: int) -> None:
    of_sku = whole(lambda after: cells.cells_of_sku(session, SKUS[0], after, limit))
    assert [(lot, units) for _, lot, _, units in of_sku] == [(0, 5), (1, 7)]
    of_brand = whole(lambda after: cells.cells_of_brand(session, TEA, after, limit))
    assert [(sku, units) for sku, _, _, units in of_brand] == [(SKUS[0], 5), (SKUS[0], 7), (SKUS[2], 3)]
    here = whole(lambda after: cells.cells_at(session, HERE, None, after, limit))
    assert [(sku, units) for sku, _, _, units in here] == [(SKUS[0], 5), (SKUS[2], 3), (CUP, 2)]
    assert [sku for sku, *_ in whole(lambda after: cells.cells_at(session, HERE, CUPS, after, limit))] == [CUP]
    assert whole(lambda after: cells.cells_of_sku(session, SKUS[1], after, limit)) == []


def test_a_page_ends_after_so_many_empty_cells(filled: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cells, "EXAMINED", 10)
    for lot in range(2, 60):
        if lot > 2:
            register_lot(filled, SKUS[0], lot)
        balance(filled, SKUS[0], lot, THERE, 1 if lot == 50 else 0)
    with Session(filled) as session:
        pages: list[Cells] = []

        def page(after: Sequence[int]) -> Cells:
            pages.append(cells.cells_of_sku(session, SKUS[0], after, 5))
            return pages[-1]

        found = whole(page)
    assert [lot for _, lot, _, _ in found] == [0, 1, 50]
    assert [] in [read.rows for read in pages]
    assert len(pages) == 7


PLANS: dict[str, Callable[[Session], Any]] = {
    "SKUs by code": lambda session: goods.skus_by_code(session, TEA, "TEA", SKUS[0], 9),
    "SKUs by GTIN": lambda session: goods.skus_with_gtin(session, GTIN, 1, 9),
    "lots of a SKU": lambda session: goods.lots_by_code(session, SKUS[0], "L", 1, 9),
    "lots by code": lambda session: goods.lots_with_code(session, "L1", 1, 9),
    "stock of a SKU": lambda session: cells.cells_of_sku(session, SKUS[0], (1, 1), 9),
    "stock of a brand": lambda session: cells.cells_of_brand(session, TEA, (SKUS[0], 1, 1), 9),
    "stock of a location": lambda session: cells.cells_at(session, HERE, TEA, (SKUS[0], 1), 9),
}


@pytest.mark.parametrize("name", PLANS)
def test_no_page_reads_a_table_from_end_to_end_or_sorts_it(tmp_path: Path, name: str) -> None:
    """By SQLite's own plan: what a page costs does not grow with what the ledger has."""
    engine = sqlite_engine(tmp_path / "plans.db")
    fill(engine)
    with Session(engine) as session:
        asked: list[str] = []
        raw: Any = session.connection().connection.driver_connection
        raw.set_trace_callback(asked.append)
        PLANS[name](session)
        raw.set_trace_callback(None)
        plans = [
            str(step[3])
            for statement in asked
            if statement.startswith("SELECT")
            for step in raw.execute(f"EXPLAIN QUERY PLAN {statement}").fetchall()
        ]
    engine.dispose()
    assert plans
    assert not [
        step
        for step in plans
        if (step.startswith("SCAN") and step != "SCAN CONSTANT ROW") or "TEMP B-TREE FOR ORDER BY" in step
    ], plans
