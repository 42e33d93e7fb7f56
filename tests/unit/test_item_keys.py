"""Keys of items, as the contract and the pages have them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveledger.domain.hashing import keccak, uint_word
from liveledger.domain.item_keys import ItemKey, gtin_of, is_full, organisations_in

LINK = "https://id.gs1.org/01/09521234567899"


@pytest.mark.parametrize(
    ("uri", "gtin"),
    [
        (LINK, 9521234567899),
        (f"{LINK}/21/77", 9521234567899),
        ("https://id.gs1.org/8006/095212345678990102/21/77", 9521234567899),
        ("https://id.gs1.org/8006/09521234567899010", 0),
        (f"{LINK}0/21/77", 0),
        (f"{LINK[:-1]}/21/77", 0),
        (LINK.replace("https", "http"), 0),
        (LINK.replace("id.gs1.org", "shop.example.com"), 0),
        (f" {LINK}", 0),
        (f"{LINK}\n", 0),
        (LINK.replace("0952", "\u0660952"), 0),
        ("https://id.gs1.org/00/095212340000000013", 0),
        ("urn:uuid:1", 0),
        ("", 0),
    ],
)
def test_the_gtin_in_a_uri(uri: str, gtin: int) -> None:
    assert gtin_of(uri) == gtin


def test_an_item_and_its_streams() -> None:
    key = ItemKey.of(f"{LINK}/21/77")
    assert key.digest == keccak(uint_word(9521234567899) + keccak(f"{LINK}/21/77".encode()))
    assert key.stream(7) == keccak(uint_word(7) + key.digest)


@given(st.lists(st.integers(1, 0xFFFF), max_size=16))
def test_organisations_in_a_word(numbers: list[int]) -> None:
    word = sum(number << 16 * place for place, number in enumerate(numbers))
    assert organisations_in(word) == numbers
    assert is_full(word) == (len(numbers) == 16)
