"""What an invoice line means, what it takes to serve all of them, and how they are packed."""

from __future__ import annotations

import gzip
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveledger.domain import merkle
from liveledger.domain.errors import InvalidInput
from liveledger.domain.movements import Kind, Movement, unpack
from liveledger_cli.demo.batches import BYTES_LIMIT, Entry, document_leaf, make_batches, windows
from liveledger_cli.demo.retail import Fact, Line, Odd, interpret, opening_stock, read_fortnight, read_lines

SAMPLE = Path(__file__).parents[2] / "examples" / "retail" / "online_retail_sample.csv.gz"
NOON = datetime(2011, 11, 11, 12)


def line(invoice: str = "1", code: str = "10002", quantity: int = 1, price: int = 85) -> Line:
    return Line(invoice, code, quantity, NOON, price)


@pytest.mark.parametrize(
    ("given_line", "meaning"),
    [
        (line(), Kind.SELL),
        (line(code="15056BL"), Kind.SELL),
        (line(invoice="C1", quantity=-2), Kind.RETURN),
        (line(price=0), Kind.FOUND),
        (line(price=0, quantity=-1), Kind.LOST),
        (line(code="POST"), Odd.NO_PRODUCT),
        (line(code="GIFT_0001_20"), Odd.NO_PRODUCT),
        (line(code="C2", invoice="C7", quantity=-1), Odd.NO_PRODUCT),
        (line(quantity=0), Odd.NO_QUANTITY),
        (line(quantity=10_001), Odd.TOO_MANY),
        (line(quantity=10_000), Kind.SELL),
        (line(quantity=-3), Odd.WRONG_SIGN),
        (line(invoice="C1", quantity=3), Odd.WRONG_SIGN),
    ],
)
def test_meaning_of_a_line(given_line: Line, meaning: Kind | Odd) -> None:
    assert interpret(given_line) is meaning


def test_every_line_of_the_sample_is_accounted_for() -> None:
    fortnight = read_fortnight(read_lines(SAMPLE))
    assert fortnight.lines == 35_855 == len(fortnight.facts) + sum(fortnight.odd.values())
    assert sum(fortnight.kinds.values()) == len(fortnight.facts)
    assert fortnight.odd == {"no-product": 146}
    assert list(fortnight.facts) == sorted(fortnight.facts, key=lambda fact: fact.at)


def test_a_broken_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "s.csv.gz"
    path.write_bytes(
        gzip.compress(b"InvoiceNo,StockCode,Quantity,InvoiceDate,UnitPrice\n1,10002,1,2011-11-11T10:00,1\n1,1\n")
    )
    with pytest.raises(InvalidInput, match="line 3"):
        read_lines(path)


FACTS = st.lists(
    st.builds(
        Fact,
        st.sampled_from(["10001", "10002"]),
        st.sampled_from([Kind.SELL, Kind.RETURN, Kind.FOUND, Kind.LOST]),
        st.integers(1, 50),
        st.integers(0, 10**6).map(lambda seconds: NOON + timedelta(seconds=seconds)),
        st.just("1"),
    )
)


@given(FACTS)
def test_opening_stock_serves_every_line(facts: list[Fact]) -> None:
    stock = Counter(opening_stock(facts))
    for fact in facts:
        if fact.kind in (Kind.SELL, Kind.LOST):
            stock[fact.code] -= fact.quantity
            assert stock[fact.code] >= 0
        elif fact.kind is Kind.FOUND:
            stock[fact.code] += fact.quantity


MOVEMENTS = st.lists(
    st.builds(
        Movement, st.integers(1, 6), st.just(Kind.SELL), st.just(1), st.just(0), st.integers(1, 9), st.integers(0, 99)
    ),
    max_size=60,
)


def entries_of(movements: list[Movement]) -> list[Entry]:
    return [Entry(movement, number.to_bytes(32)) for number, movement in enumerate(movements)]


@given(MOVEMENTS, st.integers(24_000, 5_000_000))
def test_batches_keep_every_movement_and_the_order_of_a_sku(movements: list[Movement], group_gas: int) -> None:
    batches = list(make_batches(entries_of(movements), group_gas))
    unpacked = [movement for batch in batches for movement in unpack(batch.records)]
    for sku in range(1, 7):
        assert [m for m in unpacked if m.sku == sku] == [m for m in movements if m.sku == sku]
    assert sum(batch.movements for batch in batches) == len(movements)
    assert all(len(batch.records) <= BYTES_LIMIT for batch in batches)


def test_documents_stand_in_the_order_of_the_batch() -> None:
    movements = [Movement(sku, Kind.SELL, 1, 0, 1, 1) for sku in (3, 1, 2)]
    (batch,) = make_batches(entries_of(movements))
    assert batch.documents_root == merkle.root([number.to_bytes(32) for number in (1, 2, 0)])


def test_a_document_is_salted() -> None:
    message = {"invoice": "1"}
    assert document_leaf(bytes(16), message) == merkle.leaf_hash(bytes(16) + b'{"invoice":"1"}')
    assert document_leaf(bytes(16), message) != document_leaf(b"\x01" * 16, message)


def test_one_sku_over_the_limit_is_cut_in_order() -> None:
    movements = [Movement(1, Kind.SELL, 1, 0, 1, second) for second in range(20_000)]
    batches = list(make_batches(entries_of(movements)))
    assert len(batches) > 1
    assert [m.at for batch in batches for m in unpack(batch.records)] == list(range(20_000))


@given(MOVEMENTS, st.integers(1, 9))
def test_windows_are_runs(movements: list[Movement], count: int) -> None:
    entries = entries_of(movements)
    parts = windows(entries, count)
    assert [entry for part in parts for entry in part] == entries
    assert len(parts) <= count
    assert all(parts)
