"""Text that came from outside, as it is shown: one line, no other character than plain ones, the same in JSON."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveledger.domain.plain import field, printable
from liveledger_cli.common.context import Output, messages

CHINESE = "杭州仓 · 直播间③号，“到货”：12 箱（龙井茶）"
STEERING = (
    *"\x00\x07\x08\t\n\x0b\x0c\r\x1b\x7f\x85\x9b",  # controls, line feeds of all kinds
    *"\u2028\u2029",  # line and paragraph separators
    *"\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069",  # direction
    *"\u00a0\u1680\u2000\u2003\u2009\u200a\u202f\u205f\u3000\u2800\u3164\uffa0\u115f",  # look like a space
    *"\u00ad\u034f\u180e\u200b\u200c\u200d\u2060\u2061\ufeff\ufe0f\ufff9",  # zero width
    *"\U000e0001\U000e0041\U000e007f\U000e0100",  # tags, selectors
    *"\ue000\U000f0000\U0010fffd\ufdd0\uffff\U0001ffff\ud800\udfff",  # private, unassigned, surrogates
)


@pytest.mark.parametrize("letter", STEERING, ids=lambda letter: f"U+{ord(letter):04X}")
def test_what_is_no_plain_character_is_escaped(letter: str) -> None:
    shown = printable(f"a{letter}b")
    assert shown.startswith("a\\u")
    assert shown.isascii()
    assert json.loads(f'"{shown}"', strict=True) == f"a{letter}b"


@pytest.mark.parametrize("text", [CHINESE, "Grüße, Ελλάδα, Việt Nam, हिन्दी, ไทย", "🍵 12 × ½ ≤ 7 €", "", "a  b"])
def test_plain_text_stays_as_it_is(text: str) -> None:
    assert printable(text) == text


def test_marks_do_not_pile_up_nor_stand_alone() -> None:
    assert printable("e\u0302\u0301") == "e\u0302\u0301"
    assert printable("e" + "\u0301" * 5) == "e\u0301\u0301" + "\\u0301" * 3
    assert printable("\u20dd") == "\\u20dd"
    assert printable("7 \u0338") == "7 \\u0338"


@given(st.text())
def test_whatever_comes_is_one_line_and_means_the_same_in_json(text: str) -> None:
    shown = printable(text)
    assert shown.isprintable()
    assert len(shown.splitlines()) <= 1
    assert printable(shown) == shown
    assert not any(unicodedata.category(letter)[0] == "C" for letter in shown)
    inside = printable(json.dumps(text, ensure_ascii=False))
    assert json.loads(inside) == text


@given(st.text(st.characters() | st.sampled_from(" \n")))
def test_a_field_has_no_gap_and_no_edge(text: str) -> None:
    shown = field(text)
    assert shown
    assert "  " not in shown
    assert shown == shown.strip()
    assert shown.isprintable()


def test_a_field_of_another_kind() -> None:
    assert [field(value) for value in (None, "", 7, {"a": ["\n"]}, "a  b", " a ")] == [
        "-",
        "-",
        "7",
        r"{'a': ['\n']}",
        "a \\u0020b",
        "\\u0020a\\u0020",
    ]


def test_a_line_that_is_printed_stays_one(capsys: pytest.CaptureFixture[str]) -> None:
    Output().result(None, ["one\ntwo", CHINESE])
    assert capsys.readouterr().out == f"one\\u000atwo\n{CHINESE}\n"
    Output(as_json=True).result({"a": f"\n\ud800\u2028{CHINESE}"}, "")
    printed = capsys.readouterr().out
    assert printed.splitlines() == printed.rstrip("\n").split("\n")
    assert json.loads(printed) == {"a": f"\n\ud800\u2028{CHINESE}"}


def test_a_message_stays_one_line_and_no_code_becomes_a_picture(capsys: pytest.CaptureFixture[str]) -> None:
    messages.print("[red]urn:bomb:x\nerror \x1b[2J", markup=False)
    assert capsys.readouterr().err == "[red]urn:bomb:x\\u000aerror \\u001b[2J\n"
