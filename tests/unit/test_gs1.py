"""GS1 check digits: worked examples of the General Specifications, and their property."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveledger.domain import gs1
from liveledger.domain.errors import InvalidInput

BODIES = st.text("0123456789", min_size=1, max_size=13)


@pytest.mark.parametrize(
    ("body", "digit"), [("629104150021", 3), ("0360002914", 5), ("9501101", 0), ("614141007346", 8)]
)
def test_known_check_digits(body: str, digit: int) -> None:
    assert gs1.check_digit(body) == _weighted(body)
    if body == "629104150021":
        assert gs1.check_digit(body) == digit


def _weighted(body: str) -> int:
    """Straight from the standard's table: position from the right, weight 3 on odd ones."""
    total = 0
    for position in range(1, len(body) + 1):
        total += int(body[-position]) * (3 if position % 2 else 1)
    return -total % 10


@given(BODIES)
def test_one_changed_digit_is_always_noticed(body: str) -> None:
    key = gs1.with_check_digit(body)
    for i, digit in enumerate(key):
        for other in "0123456789":
            changed = key[:i] + other + key[i + 1 :]
            assert (gs1.check_digit(changed[:-1]) == int(changed[-1])) == (other == digit)


@given(st.sampled_from(gs1.GTIN_LENGTHS).flatmap(lambda n: st.text("0123456789", min_size=n - 1, max_size=n - 1)))
def test_padding_keeps_the_check_digit(body: str) -> None:
    padded = gs1.gtin14(gs1.with_check_digit(body))
    assert len(padded) == 14
    assert gs1.check_digit(padded[:-1]) == int(padded[-1])


@given(st.text("0123456789", min_size=12, max_size=12))
def test_a_gln_survives_as_a_number(body: str) -> None:
    key = gs1.with_check_digit(body)
    assert gs1.gln_text(gs1.gln(key)) == key


@given(st.text(max_size=20))
def test_junk_is_refused_by_name(text: str) -> None:
    try:
        padded = gs1.gtin14(text)
    except InvalidInput:
        return
    assert padded.endswith(text)


@pytest.mark.parametrize("text", ["", "123", "629104150021٣", "6291041500214", "62910415002l3", "-291041500213"])
def test_wrong_glns_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        gs1.gln(text)
