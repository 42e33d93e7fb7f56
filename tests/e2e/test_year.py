"""The whole year of the shop's invoice lines on a real chain: every line accounted for, every sum exact."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from liveledger.chain.movements.batching import MovementMessage
from liveledger.chain.movements.posting import Poster
from liveledger.domain.hashing import keccak
from liveledger.domain.movements import MAX_QUANTITY, Kind, Movement
from liveledger.index.database import sqlite_engine
from liveledger.index.follower import Index
from liveledger.index.fsck import fsck
from liveledger.index.stock import queries as stock_queries
from liveledger.services.members import Registrar, SkuDraft
from liveledger_cli.demo.retail import Fact, Fortnight, Line, opening_stock, read_fortnight
from tests.support.trading import Trading, now, trading_ledger

pytestmark = [pytest.mark.e2e, pytest.mark.data, pytest.mark.slow, pytest.mark.timeout(3600)]

CHUNK = 20_000
INWARDS = {Kind.RECEIVE, Kind.RETURN, Kind.FOUND}


@pytest.fixture(scope="module")
def year(data_folder: Path) -> Fortnight:
    """Every line from the data's first day to its last, interpreted as the demo interprets its fortnight."""
    # Slow to load, and every process that runs tests loads this file.
    import pandas as pd

    frame = pd.read_parquet(next((data_folder / "retail").glob("*.parquet")))
    columns = (frame["InvoiceNo"], frame["StockCode"], frame["Quantity"], frame["InvoiceDate"], frame["UnitPrice"])
    lines = (
        Line(invoice, code.strip().upper(), int(quantity), at.to_pydatetime(), round(price * 100))
        for invoice, code, quantity, at, price in zip(*columns, strict=True)
    )
    return read_fortnight(lines)


@pytest.fixture(scope="module")
def trading(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trading]:
    """A chain of its own, as a year needs room."""
    with trading_ledger(tmp_path_factory.mktemp("year")) as ready:
        yield ready


def test_a_year_is_replayed_line_by_line(year: Fortnight, trading: Trading) -> None:
    assert year.lines == sum(year.kinds.values()) + sum(year.odd.values())
    skus = _register(trading, year.codes)
    stock = opening_stock(year.facts)
    opening = [_received(trading, skus[code], code, units) for code, units in stock.items()]
    poster = trading.poster(lane=77)
    _post(poster, opening)
    shift = now() - max(int(fact.at.replace(tzinfo=UTC).timestamp()) for fact in year.facts)
    _post(poster, [_sold(trading, skus, number, fact, shift) for number, fact in enumerate(year.facts)])
    engine = sqlite_engine(trading.ledger.home.index)
    Index(engine, trading.ledger).catch_up()
    _sums_are_exact(engine, trading, year, skus, stock)
    report = fsck(engine, trading.ledger)
    assert not report.differences


def _register(trading: Trading, codes: Sequence[str]) -> dict[str, int]:
    registrar = Registrar(trading.sender())
    address = trading.ledger.manifest.address("StockLedger")
    return registrar.register_skus(address, trading.brand, [SkuDraft(code) for code in codes])


def _received(trading: Trading, sku: int, code: str, units: int) -> MovementMessage:
    assert units <= MAX_QUANTITY
    movement = Movement(sku, Kind.RECEIVE, 0, trading.places[0], units, now() - 400 * 86_400)
    return MovementMessage(f"opening:{code}", movement, keccak(code.encode()))


def _sold(trading: Trading, skus: dict[str, int], number: int, fact: Fact, shift: int) -> MovementMessage:
    place = trading.places[0]
    source, target = (0, place) if fact.kind in INWARDS else (place, 0)
    at = int(fact.at.replace(tzinfo=UTC).timestamp()) + shift
    movement = Movement(skus[fact.code], fact.kind, source, target, fact.quantity, at)
    return MovementMessage(f"line:{number}", movement, keccak(f"{number}:{fact.invoice}".encode()))


def _post(poster: Poster, messages: Sequence[MovementMessage]) -> None:
    for start in range(0, len(messages), CHUNK):
        chunk = messages[start : start + CHUNK]
        assert poster.post(chunk) == len(chunk)
        poster.wait(timeout=600)
        refused = [status for message in chunk if (status := poster.status(message.message_id)) and status.refusal]
        assert not refused


def _sums_are_exact(
    engine: Engine, trading: Trading, year: Fortnight, skus: dict[str, int], stock: dict[str, int]
) -> None:
    """Counters and balances of every SKU equal sums over the file's lines, computed here on their own."""
    sums: dict[Kind, Counter[str]] = {kind: Counter() for kind in Kind}
    for fact in year.facts:
        sums[fact.kind][fact.code] += fact.quantity
    with Session(engine) as session:
        for code, sku in skus.items():
            counters, balance = (
                stock_queries.counters(session, sku),
                stock_queries.balance(session, sku, trading.places[0]),
            )
            adjusted = sums[Kind.FOUND][code] - sums[Kind.LOST][code]
            expected = (stock[code], sums[Kind.SELL][code], sums[Kind.RETURN][code], adjusted)
            assert (counters.received, counters.sold, counters.returned, counters.adjusted) == expected, code
            assert balance.available == stock[code] + adjusted - sums[Kind.SELL][code], code
            assert balance.held == sums[Kind.RETURN][code], code
