"""Model and published schema of each message say the same of the same messages; every missing field is named."""

from __future__ import annotations

import functools
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveledger.domain.errors import InvalidInput, TooLarge
from liveledger.domain.movements import Kind
from liveledger.domain.units import UNITS
from liveledger.messages import movements as movements
from liveledger.messages import snapshots as snapshots
from liveledger.messages.bodies import read_body
from liveledger.messages.forms import Form
from liveledger.messages.movements import movement_form
from liveledger.messages.snapshots import snapshot_form
from liveledger_api.schemas.files import PUBLISHED, schema
from tests.messages import cases as c
from tests.messages.cases import Case

JSON = "application/json"
LIMIT = 5
FORMS: dict[str, Form[Any]] = {"movement": movement_form(c.NOW, LIMIT), "stock-snapshot": snapshot_form(c.NOW, LIMIT)}
BASES = {"movement": c.MOVEMENT, "stock-snapshot": c.SNAPSHOT}
REQUIRED = {"movement": movements.REQUIRED, "stock-snapshot": snapshots.REQUIRED}
FIELDS = {"movement": movements.FIELDS, "stock-snapshot": snapshots.FIELDS}
VALID = [("movement", one) for one in c.VALID_MOVEMENTS] + [("stock-snapshot", one) for one in c.VALID_SNAPSHOTS]
INVALID = [("movement", one) for one in c.INVALID_MOVEMENTS] + [("stock-snapshot", one) for one in c.INVALID_SNAPSHOTS]
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers(-(1 << 40), 1 << 40) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


@functools.cache
def validators() -> dict[str, Any]:
    """A validator of each published schema."""
    # Slow to load, and every process that runs tests loads this file.
    from jsonschema import Draft202012Validator as Validator

    return {name: Validator(schema(name, it), format_checker=Validator.FORMAT_CHECKER) for name, it in PUBLISHED}


def read(name: str, message: Any) -> Any:
    """The model's message; raises its error."""
    return read_body(json.dumps(message).encode(), JSON, FORMS[name]).messages[0]


def accepts(name: str, message: Any) -> bool:
    """Whether the model takes it."""
    try:
        read(name, message)
    except InvalidInput:
        return False
    return True


@pytest.mark.parametrize(("name", "message"), VALID)
def test_both_take_what_is_right(name: str, message: dict[str, Any]) -> None:
    assert list(validators()[name].iter_errors(message)) == []
    assert read(name, message).document == message


@pytest.mark.parametrize(("name", "case"), INVALID)
def test_what_is_wrong_is_named_and_the_schema_sees_it_where_it_can(name: str, case: Case) -> None:
    message = c.changed(BASES[name], case.changes)
    with pytest.raises(InvalidInput) as refusal:
        read(name, message)
    named = refusal.value.details["errors"][0]
    assert named["path"] == f"/0/{case.field}"
    assert named.get("code", "") == case.code
    assert refusal.value.message.startswith(f"record 0, {case.field}: ")
    assert bool(list(validators()[name].iter_errors(message))) == case.in_schema


@pytest.mark.parametrize("name", list(FORMS))
def test_every_missing_field_is_named_by_both(name: str) -> None:
    for field in REQUIRED[name]:
        message = {key: value for key, value in BASES[name].items() if key != field}
        with pytest.raises(InvalidInput) as refusal:
            read(name, message)
        errors = refusal.value.details["errors"]
        assert errors == [{"path": f"/0/{field}", "message": "is missing", "code": "missing-field"}]
        assert [error.validator for error in validators()[name].iter_errors(message)].count("required") == 1


@pytest.mark.parametrize("name", list(FORMS))
def test_schema_and_model_have_the_same_fields(name: str) -> None:
    version = dict(PUBLISHED)[name]
    published = schema(name, version)
    validators()[name].check_schema(published)
    assert set(published["properties"]) == set(FIELDS[name])
    assert set(published["required"]) == set(REQUIRED[name])
    assert published["additionalProperties"] is False


def test_the_snapshot_has_twelve_mandatory_fields() -> None:
    assert len(set(snapshots.REQUIRED)) == 12


def test_the_schemas_words_are_those_of_the_ledger() -> None:
    properties = schema("movement", 4)["properties"]
    assert properties["kind"]["enum"] == [kind.name.lower() for kind in Kind]
    assert properties["unit"]["enum"] == [*UNITS, None]


@given(st.sampled_from(list(FORMS)), st.data())
def test_no_value_of_a_field_makes_the_model_laxer_than_the_schema(name: str, data: st.DataObject) -> None:
    field = data.draw(st.sampled_from(FIELDS[name]))
    message = {**BASES[name], field: data.draw(JUNK)}
    if accepts(name, message):
        assert list(validators()[name].iter_errors(message)) == []


@given(st.sampled_from(list(FORMS)), JUNK)
def test_junk_is_refused_by_name(name: str, junk: Any) -> None:
    if junk != []:
        with pytest.raises((InvalidInput, TooLarge)):
            read(name, junk)
