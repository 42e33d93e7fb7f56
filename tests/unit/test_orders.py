"""Entries of orders: what is encoded is read back, everything else is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveledger.domain.errors import InvalidInput
from liveledger.domain.hashing import uint_word
from liveledger.domain.orders import (
    OrderEnded,
    OrderMade,
    OrderStatus,
    SourceKind,
    order_id,
    parse_entry,
    split_order_id,
)

UINT16, UINT32, UINT64 = (st.integers(0, (1 << bits) - 1) for bits in (16, 32, 64))
MADE = st.builds(OrderMade, st.sampled_from(SourceKind), UINT16, UINT16, UINT64, UINT64, UINT32, UINT64)
ENDINGS = sorted(set(OrderStatus) - {OrderStatus.OPEN})
ENDED = st.builds(OrderEnded, UINT64, st.sampled_from(ENDINGS), UINT64, UINT64)


@given(st.one_of(MADE, ENDED))
def test_entries_are_read_back(entry: OrderMade | OrderEnded) -> None:
    assert parse_entry(entry.encode()) == entry


@given(st.binary(max_size=300) | st.lists(st.binary(min_size=32, max_size=32), max_size=9).map(b"".join))
def test_junk_is_refused_or_canonical(junk: bytes) -> None:
    encoded = None
    try:
        encoded = parse_entry(junk).encode()
    except InvalidInput as refused:
        assert refused.message  # noqa: PT017
    assert encoded in (None, junk)


@pytest.mark.parametrize("word", [0, 2, 3, 1 << 8])
def test_another_kind_of_entry_is_refused(word: int) -> None:
    good = OrderMade(SourceKind.HUB, 1, 2, 3, 4, 5, 6).encode()
    with pytest.raises(InvalidInput):
        parse_entry(uint_word(word) + good[32:])


@pytest.mark.parametrize("at", range(8))
def test_a_field_out_of_range_is_refused(at: int) -> None:
    good = OrderMade(SourceKind.HUB, 1, 2, 3, 4, 5, 6).encode()
    with pytest.raises(InvalidInput):
        parse_entry(good[: 32 * at] + uint_word(1 << 64) + good[32 * at + 32 :])


def test_an_end_that_says_open_is_refused() -> None:
    with pytest.raises(InvalidInput, match="says that it is open"):
        parse_entry(OrderEnded(0, OrderStatus.OPEN, 1, 1).encode())


def test_numbers_of_orders() -> None:
    assert split_order_id(order_id(7 << 20 | 1, 3)) == (7 << 20 | 1, 3)
    for number in (0, -1, 1 << 96):
        with pytest.raises(InvalidInput):
            split_order_id(number)
