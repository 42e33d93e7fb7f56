"""A file of prices is read whole or refused with the line that is wrong."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liveledger.domain.errors import InvalidInput, TooLarge
from liveledger.domain.money import Fen
from liveledger.domain.prices import MAX_BYTES, MAX_ROWS, Price, parse_prices

HEAD = "sku,unit_cost_fen,unit_revenue_fen\n"
CODES = st.text(st.characters(blacklist_characters='",\r\n\0', blacklist_categories=["Cs"]), min_size=1, max_size=64)
FENS = st.integers(0, 10**12 - 1)


@settings(deadline=None)
@given(st.dictionaries(CODES, st.tuples(FENS, FENS), max_size=20))
def test_what_is_written_is_read(rows: dict[str, tuple[int, int]]) -> None:
    text = HEAD + "".join(f'"{code}",{cost},{revenue}\n' for code, (cost, revenue) in rows.items())
    expected = {code: Price(Fen(cost), Fen(revenue)) for code, (cost, revenue) in rows.items()}
    assert parse_prices(text.encode()) == expected
    assert parse_prices(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()) == expected


def test_categories_and_any_order_of_columns() -> None:
    text = "category,unit_revenue_fen,sku,unit_cost_fen\ntea,5,A,4\n,7,B,6\n\n"
    assert parse_prices(text.encode()) == {"A": Price(Fen(4), Fen(5), "tea"), "B": Price(Fen(6), Fen(7))}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", 1),
        ("sku,unit_cost_fen\nA,1\n", 1),
        ("sku,sku,unit_cost_fen,unit_revenue_fen\n", 1),
        (HEAD + "A,1\n", 2),
        (HEAD + "A,1,2\nB,1,2,3\n", 3),
        (HEAD + "A,1,2\nA,1,2\n", 3),
        (HEAD + "A,-1,2\n", 2),
        (HEAD + "A,1.5,2\n", 2),
        (HEAD + "A,1,\n", 2),
        (HEAD + "A,1,1000000000000\n", 2),
        (HEAD + "A,1,٣\n", 2),
        (HEAD + ",1,2\n", 2),
        (HEAD + f"{'A' * 65},1,2\n", 2),
        (HEAD + '"A,1,2\n', 2),
        (HEAD + '"A"B,1,2\n', 2),
    ],
)
def test_a_bad_line_is_named(text: str, line: int) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_prices(text.encode())
    assert (refused.value.stable_code, refused.value.details["line"]) == ("bad-prices", line)


def test_limits() -> None:
    for data in (b" " * (MAX_BYTES + 1), HEAD.encode() + b"".join(b"%d,1,1\n" % n for n in range(MAX_ROWS + 1))):
        with pytest.raises(TooLarge) as refused:
            parse_prices(data)
        assert refused.value.stable_code == "prices-too-large"
    assert len(parse_prices(HEAD.encode() + b"".join(b"%d,1,1\n" % n for n in range(MAX_ROWS)))) == MAX_ROWS


@settings(deadline=None)
@given(st.binary(max_size=200) | st.binary(max_size=100).map(lambda junk: HEAD.encode() + junk))
def test_junk_is_refused_and_nothing_else_happens(junk: bytes) -> None:
    with contextlib.suppress(InvalidInput):
        assert isinstance(parse_prices(junk), dict)
