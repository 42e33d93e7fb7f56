"""Columns and fields of records: what is no form is refused, no two values are shown alike, nothing is left over."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveledger.domain.columns import Column, Kind, Records, parse_fields, split_word
from liveledger.domain.errors import InvalidInput
from liveledger.verifier import Question

ENTRY = ["code:text:4", "brand:number:2"]


@pytest.mark.parametrize(
    ("head", "entry"),
    [
        ([], []),
        (["act:number:1"], []),
        ([], ["code:text:0"]),
        ([], ["code:text:33"]),
        ([], ["code:word:4"]),
        ([], ["Code:text:4"]),
        ([], ["code:text:04"]),
        ([], ["code:text:4 "]),
        ([], ["code:text"]),
        ([], ["code:text:٤"]),
        (["brand:number:1"], ENTRY),
        ([], ["index:number:1"]),
        ([], [f"c{number}:hex:1" for number in range(33)]),
    ],
)
def test_what_is_no_form_is_refused(head: list[str], entry: list[str]) -> None:
    with pytest.raises(InvalidInput):
        Records.parse(head, entry)


@pytest.mark.parametrize("fields", [[], ["a:0"], ["a:257"], ["a:128", "b:129"], ["a:1", "a:2"], ["a"], ["a:-1"]])
def test_what_is_no_word_is_refused(fields: list[str]) -> None:
    with pytest.raises(InvalidInput):
        parse_fields(fields)


def test_entries_are_cut_one_after_the_other() -> None:
    records = Records.parse(["act:number:1"], ENTRY)
    found = records.split(b"\x02AB\0\0\x01\x00CDEF\x00\x07", 2)
    assert [records.shown(values) for values in found] == [
        {"act": "2", "code": "AB", "brand": "256"},
        {"act": "2", "code": "CDEF", "brand": "7"},
    ]


@pytest.mark.parametrize("n", [0, 1, 3])
def test_a_payload_of_another_length_is_refused(n: int) -> None:
    with pytest.raises(InvalidInput):
        Records.parse([], ENTRY).split(bytes(12), n)


@given(st.binary(min_size=6, max_size=6), st.binary(min_size=6, max_size=6))
def test_no_two_texts_are_shown_alike(one: bytes, other: bytes) -> None:
    column = Column("code", Kind.TEXT, 6)
    assert (column.show(one) == column.show(other)) == (one == other)


@given(st.integers(0, (1 << 256) - 1), st.integers(1, 255))
def test_a_word_is_its_fields(word: int, bits: int) -> None:
    low, high = split_word(parse_fields([f"low:{bits}", f"high:{256 - bits}"]), word).values()
    assert low | high << bits == word


def test_nothing_stands_above_the_last_field() -> None:
    with pytest.raises(InvalidInput):
        split_word(parse_fields(["low:8"]), 256)


LIST = {"contract": "Returns", "version": "1", "stream": "0x" + "11" * 32, "head": [], "entry": ENTRY}
WORD = {"contract": "Returns", "version": "1", "slot": "0x" + "11" * 32, "fields": ["a:8"]}


@pytest.mark.parametrize(
    ("view", "parameters"),
    [
        ("stream/1", {**LIST, "contract": "Re turns"}),
        ("stream/1", {**LIST, "contract": 7}),
        ("stream/1", {**LIST, "version": 1}),
        ("stream/1", {**LIST, "version": "-1"}),
        ("stream/1", {**LIST, "stream": "0x11"}),
        ("stream/1", {**LIST, "head": "act:number:1"}),
        ("stream/1", {**LIST, "entry": [7]}),
        ("stream/1", {**LIST, "entry": ["code:text:4" * 9]}),
        ("stream/1", {**LIST, "limit": "1"}),
        ("stream/1", {**LIST, "more": "1"}),
        ("word/1", {**WORD, "fields": []}),
        ("word/1", {**WORD, "fields": {"a": 8}}),
        ("word/1", {**WORD, "slot": "11"}),
        ("word/1", {**WORD, "first": "0", "limit": "1"}),
    ],
)
def test_parameters_of_another_form_are_refused(view: str, parameters: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        Question.parse({"view": view, "parameters": parameters})
