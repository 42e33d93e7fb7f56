"""Strict RLP against the public library, and its refusals."""

from __future__ import annotations

import pytest
import rlp as other  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from liveledger.domain import rlp

ITEMS: st.SearchStrategy[rlp.Item] = st.recursive(
    st.binary(max_size=80), lambda inner: st.lists(inner, max_size=5), max_leaves=30
)


@given(ITEMS)
def test_same_bytes_as_the_public_library(item: rlp.Item) -> None:
    encoded = other.encode(item)
    assert rlp.encode(item) == encoded
    assert rlp.decode(encoded) == item


@given(st.binary(max_size=80))
def test_junk_is_refused_or_canonical(data: bytes) -> None:
    try:
        item = rlp.decode(data)
    except rlp.RlpError:
        return
    assert rlp.encode(item) == data


@pytest.mark.parametrize(
    "text",
    ["", "8100", "817f", "b800", "b80161", "b9000161", "83616263ff", "c3616263ff", "f800", "b8", "bf" + "ff" * 8],
)
def test_other_spellings_are_refused(text: str) -> None:
    with pytest.raises(rlp.RlpError):
        rlp.decode(bytes.fromhex(text))


def test_depth_is_bounded() -> None:
    data = b""
    for _ in range(40):
        data = bytes((0xC0 + len(data),)) + data
    with pytest.raises(rlp.RlpError, match="deep"):
        rlp.decode(data)


def test_numbers_are_canonical() -> None:
    assert rlp.uint(b"") == 0
    for wrong in (b"\x00", b"\x00\x01", b"\x01" * 33, [b"\x01"]):
        with pytest.raises(rlp.RlpError):
            rlp.uint(wrong)


@given(st.integers(0, 1 << 256 - 1))
def test_numbers_as_the_public_library_writes_them(value: int) -> None:
    assert rlp.encode(value) == other.encode(value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "80",
        "c180c0",
        "f800",
        "f837" + "80" * 55,
        "f90038" + "80" * 56,
        "c28105",
        "c1b8",
        "ff" + "ff" * 8,
        "c1c2",
        "c3c2c180",
    ],
)
def test_a_list_of_flat_lists_has_no_second_spelling(text: str) -> None:
    with pytest.raises(rlp.RlpError):
        rlp.decode_list(bytes.fromhex(text), max_depth=2)


@given(st.lists(st.binary(max_size=80) | st.lists(st.binary(max_size=80), max_size=4), max_size=8))
def test_flat_lists_come_back(items: list[rlp.Item]) -> None:
    assert rlp.decode_list(rlp.encode(items), max_depth=2) == items


@pytest.mark.parametrize("depth", [0, 1, 2, rlp.MAX_DEPTH])
def test_lists_go_as_deep_as_is_asked_for(depth: int) -> None:
    item: rlp.Item = b"x"
    for _ in range(depth):
        item = [item]
    assert rlp.decode(rlp.encode(item), max_depth=depth) == item
    with pytest.raises(rlp.RlpError, match="deep"):
        rlp.decode(rlp.encode([item]), max_depth=depth)


@given(ITEMS)
def test_tuples_are_lists(item: rlp.Item) -> None:
    assert rlp.encode((item, (item,), 5)) == other.encode([item, [item], 5])


def test_numbers_are_not_negative() -> None:
    with pytest.raises(OverflowError):
        rlp.encode(-1)


def test_items_are_counted_over_all_lists() -> None:
    nested = rlp.encode([b"a", [b"b", b"c"]])
    assert rlp.decode(nested, max_items=4) == [b"a", [b"b", b"c"]]
    with pytest.raises(rlp.TooManyItems):
        rlp.decode(nested, max_items=3)
    assert rlp.decode_list(rlp.encode([]), max_items=0) == []
