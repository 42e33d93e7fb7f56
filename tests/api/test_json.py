"""Bodies are read strictly: what is accepted has one canonical form, what is refused says where it breaks."""

from __future__ import annotations

import json
import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveledger.domain.errors import TooLarge
from liveledger.domain.hashing import canonical_json
from liveledger.messages import json_body
from liveledger.messages.json_body import MAX_DEPTH, MAX_INTEGER, MalformedJson, parse
from tests.api.events import OBJECT, document

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-MAX_INTEGER, MAX_INTEGER)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_junk_is_refused_or_canonical(body: bytes) -> None:
    try:
        value = parse(body)
    except MalformedJson:
        return
    assert parse(canonical_json(value)) == value


@given(VALUES)
def test_every_json_value_survives(value: Any) -> None:
    assert parse(json.dumps(value).encode()) == value


@given(st.data())
def test_every_cut_of_a_document_is_refused(data: st.DataObject) -> None:
    body = json.dumps(document(OBJECT)).encode()
    cut = data.draw(st.integers(0, len(body) - 1))
    with pytest.raises(MalformedJson, match="ends too early"):
        parse(body[:cut])


@pytest.mark.parametrize(
    ("text", "pointer"),
    [
        ('{"epcisBody":{"eventList":[{},{"bizStep":"ship', "/epcisBody/eventList/1/bizStep"),
        ('{"a":[1,2', "/a/1"),
        ('{"a/b":{"c~d":tru', "/a~1b/c~0d"),
        ("[[],[", "/1/0"),
        ("", ""),
        ('{"a":{"b":1},"c":', "/c"),
        (r'{"a\"":[{"x":"\"{[", "y":', '/a\\"/0/y'),
    ],
)
def test_the_place_of_a_cut_is_named(text: str, pointer: str) -> None:
    with pytest.raises(MalformedJson) as caught:
        parse(text.encode())
    assert caught.value.details["pointer"] == pointer


@pytest.mark.parametrize(
    "body",
    [
        b"NaN",
        b"[1e400]",
        b"-Infinity",
        b"9" * 5000,
        str(MAX_INTEGER + 1).encode(),
        b'{"a":1,"a":2}',
        b'"\\ud800"',
        b'{"\\udfff":1}',
        b"\xff\xfe",
        b"[" * (MAX_DEPTH + 2) + b"]" * (MAX_DEPTH + 2),
        b"[" * 1_000_000,
        b'{"a":' * 200_000,
    ],
)
def test_what_has_no_canonical_form_is_refused(body: bytes) -> None:
    with pytest.raises(MalformedJson):
        parse(body)


def test_a_repeated_name_is_noted_where_it_is_allowed() -> None:
    repeated: list[str] = []
    assert parse(b'{"a":1,"a":2}', repeated=repeated) == {"a": 2}
    assert repeated == ["a"]


@pytest.mark.parametrize(
    ("body", "most", "fits"),
    [
        (b"[0,0]", 2, True),
        (b"[0,0,0]", 2, False),
        (b' [{"a": [1, 2, 3], "b": "[,,,"}, [4, 5]]', 2, True),
        (b'{"a": 1, "b": 2, "c": 3}', 2, True),
        (b"[[0,0,0],[0,0,0],[]]", 2, False),
    ],
)
def test_members_are_counted_before_they_are_made(
    monkeypatch: pytest.MonkeyPatch, body: bytes, most: int, fits: bool
) -> None:
    if fits:
        assert json_body.parse(body, most=most) == json.loads(body)
        return
    monkeypatch.setattr(json, "loads", lambda *_, **__: pytest.fail("it was read"))
    with pytest.raises(TooLarge):
        json_body.parse(body, most=most)


@pytest.mark.parametrize("body", [b"[0,0,0,0]", b"[[],[],[],[]]", b'{"a": {"b": {}, "c": 1}, "d": 2}'])
def test_all_values_together_are_limited(monkeypatch: pytest.MonkeyPatch, body: bytes) -> None:
    monkeypatch.setattr(json_body, "MAX_VALUES", 4)
    with pytest.raises(TooLarge):
        json_body.parse(body)
    assert json_body.parse(body, most_values=9) == json.loads(body)


def test_a_body_of_little_numbers_takes_little_memory() -> None:
    body = b"[" + b"0," * (1 << 20) + b"0]"
    tracemalloc.start()
    with pytest.raises(TooLarge):
        json_body.parse(body, most=2000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * len(body)
