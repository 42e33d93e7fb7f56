"""Salted fields of events: what is shown is what was anchored, in every way of showing it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveledger.domain import event_fields, merkle
from liveledger.domain.event_fields import (
    FieldsError,
    OpenField,
    WithheldField,
    event_hash,
    event_of,
    fields_of,
    withheld,
)
from liveledger.domain.hashing import canonical_json, keccak
from liveledger.verifier.disclosures import Disclosure, as_json, some_as_json
from liveledger.verifier.refusal import Refusal

SALT = bytes(range(16))
TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=6)
NAMES = TEXTS | st.sampled_from(["a/b", "~", "~1", "", "epcList", "type"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXTS,
    lambda inner: st.lists(inner, max_size=12) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=15,
)
EVENTS = st.dictionaries(NAMES, VALUES, min_size=1, max_size=6)


def test_the_hash_is_that_of_the_page() -> None:
    """docs/formats.md, written out for an event of three fields."""
    event = {"b": [7, {"c": 1}], "a/~": "é"}

    def leaf(pointer: str, value: Any) -> bytes:
        salt = keccak(SALT + pointer.encode())[:16]
        return merkle.leaf_hash(keccak(pointer.encode()) + keccak(salt + canonical_json(value)))

    first, second, third = leaf("/a~1~0", "é"), leaf("/b/0", 7), leaf("/b/1", {"c": 1})
    assert event_hash(SALT, event) == merkle.node_hash(merkle.node_hash(first, second), third)


@given(EVENTS)
def test_an_event_comes_back_from_its_fields(event: dict[str, Any]) -> None:
    fields = fields_of(SALT, event)
    assert event_of(fields) == event
    assert len(fields) == event_fields.count(event)
    assert len({field.pointer for field in fields}) == len(fields)


@given(EVENTS, st.data())
def test_what_is_shown_is_of_the_event_that_was_anchored(event: dict[str, Any], data: st.DataObject) -> None:
    shown = frozenset(data.draw(st.lists(st.sampled_from(sorted(event)), unique=True)))
    written = json.loads(json.dumps(some_as_json(SALT, event, shown)))
    found = Disclosure.read(written, "x")
    assert found.digest == event_hash(SALT, event)
    assert {name: found.event[name] for name in shown} == {name: event[name] for name in shown}
    hidden = set(event) - shown
    assert all(name not in found.event or set(map(repr, found.event[name])) == {"None"} for name in hidden)
    assert bool(found.withheld) == bool(hidden)


@given(EVENTS, st.data())
def test_no_field_can_be_changed(event: dict[str, Any], data: st.DataObject) -> None:
    fields = fields_of(SALT, event)
    place = data.draw(st.integers(0, len(fields) - 1))
    field = fields[place]
    assert isinstance(field, OpenField)
    for other in (
        OpenField(field.pointer, [field.value, 1], field.salt),
        OpenField(field.pointer, field.value, bytes(16)),
        OpenField(field.pointer + "x", field.value, field.salt),
        WithheldField(field.pointer, bytes(32)),
    ):
        assert event_fields.root([*fields[:place], other, *fields[place + 1 :]]) != event_hash(SALT, event)
    assert event_fields.root(fields[:place] + fields[place + 1 :]) != event_hash(SALT, event)


@given(EVENTS)
def test_a_field_tells_nothing_of_the_events_salt(event: dict[str, Any]) -> None:
    fields = fields_of(SALT, event)
    salts = {field.salt for field in fields if isinstance(field, OpenField)}
    assert len(salts) == len(fields)
    assert SALT not in salts


def some(*pointers: str) -> list[event_fields.Field]:
    return [WithheldField(pointer, bytes(32)) for pointer in pointers]


@pytest.mark.parametrize(
    "pointers",
    [
        (),
        ("/b", "/a"),
        ("/a", "/a"),
        ("a",),
        ("/a/0/0",),
        ("/a/01",),
        ("/a/-1",),
        ("/a/1",),
        ("/a/0", "/a/2"),
        ("/a/x",),
        ("/a/",),
        ("/a", "/a/0"),
        ("/~2",),
        ("/~",),
        ("/a/9999999",),
        ("/a/\u0661",),
    ],
)
def test_pointers_that_are_not_those_of_an_event(pointers: tuple[str, ...]) -> None:
    with pytest.raises(FieldsError):
        event_of(some(*pointers))


def test_a_list_is_no_one_field() -> None:
    with pytest.raises(FieldsError):
        event_of([OpenField("/a", [1], SALT), *some("/b")])
    assert event_of([OpenField("/a", [], SALT), *some("/b")]) == {"a": []}


@given(VALUES)
def test_junk_is_read_or_refused(value: Any) -> None:
    for junk in (value, {"fields": value}, {"fields": [value]}, {"fields": [{"pointer": value, "hash": "0x"}]}):
        with pytest.raises(Refusal):
            Disclosure.read(junk, "x")


def test_withheld_members_leave_no_value() -> None:
    event = {"type": "x", "epcList": ["a", "b"], "price": 7}
    fields = withheld(fields_of(SALT, event), ["type"])
    assert event_of(fields) == {"type": "x", "epcList": [None, None]}
    written = some_as_json(SALT, event, frozenset({"type"}))["fields"]
    assert [sorted(one) for one in written] == [["hash", "pointer"]] * 3 + [["pointer", "salt", "value"]]
    assert some_as_json(SALT, event, frozenset(event)) == as_json(SALT, event)
