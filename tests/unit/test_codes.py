"""Codes of goods that people cannot read, or take for each other."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveledger.domain.codes import disguise, flaw, skeleton

CYRILLIC_T, CYRILLIC = "\u0422EA-1", "\u0422\u0415\u0410-1"


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("TEA-1\u00a0", "no-break space"),
        ("TEA\u200b-1", "zero width space"),
        ("TEA\u00ad1", "soft hyphen"),
        ("\u202eTEA", "right-to-left override"),
        ("TEA\ufe0f", "variation selector-16"),
        ("TEA\u3164", "hangul filler"),
        ("TEA\u3000", "ideographic space"),
        ("TEA\t", "U+0009"),
        (" TEA", "blank at an end"),
        ("cafe\u0301", "NFC"),
        ("\u1112\u1161\u11ab", "NFC"),
        ("..", "step in the path"),
        (".", "step in the path"),
    ],
)
def test_a_flaw_is_named(code: str, why: str) -> None:
    assert why in str(flaw(code))


@pytest.mark.parametrize(
    "code",
    ["TEA-1", "CLE-056621/6", "café", "茶叶（红）", "50%", "...", "a b", "한글", "どら焼き-1", "ΩΨ", "10㎡", "№5"],
)
def test_what_a_trade_writes_is_left_alone(code: str) -> None:
    assert flaw(code) is None
    assert disguise(code) is None


@pytest.mark.parametrize(
    ("code", "other"),
    [
        (CYRILLIC_T, "TEA-1"),
        (CYRILLIC, "TEA-1"),
        ("ＴＥＡ－１", "TEA-1"),
        ("TEA–1", "TEA-1"),
        ("茶叶（红）", "茶叶(红)"),
        ("\u0391\u0392", "AB"),
        ("a⁄b", "a/b"),
    ],
)
def test_codes_that_look_alike_have_one_skeleton(code: str, other: str) -> None:
    assert skeleton(code) == skeleton(other)


@pytest.mark.parametrize(("code", "other"), [("A0", "AO"), ("l1", "I1"), ("tea", "TEA"), ("é", "e"), ("一", "-")])
def test_others_do_not(code: str, other: str) -> None:
    assert skeleton(code) != skeleton(other)


@pytest.mark.parametrize(
    ("code", "why"), [(CYRILLIC_T, "cyrillic capital letter te"), ("ＴEA", "full-width"), ("10\u03bcm", "greek")]
)
def test_a_disguise_is_named(code: str, why: str) -> None:
    assert why in str(disguise(code))


@given(st.text(max_size=30))
def test_any_text_is_judged(code: str) -> None:
    for said in (flaw(code), disguise(code)):
        assert said is None or said.isprintable()
    assert skeleton(skeleton(code)) == skeleton(code)


@given(st.text(st.characters(max_codepoint=126, min_codepoint=33), min_size=1).filter(lambda code: code.strip(".")))
def test_plain_codes_are_what_they_look_like(code: str) -> None:
    assert (flaw(code), disguise(code), skeleton(code)) == (None, None, code)
