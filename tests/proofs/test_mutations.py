"""Nothing in a bundle can be changed: every byte, every value, every list, every field."""

from __future__ import annotations

import functools
import itertools
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveledger.verifier import Code, Refusal, encode_bundle
from tests.proofs import foreign, mutations
from tests.proofs.making import histories
from tests.proofs.mutations import Path, with_value
from tests.proofs.scenario import QUESTIONS, Case, case, ledger

# `make test` flips bits at some places of every bundle, and puts one other value in the place of each; `make test-slow`
# flips every bit of all of them, and puts all the others.
STRIDE, SHORT_STRIDE = 89, 11
ONE_OR_ALL = pytest.mark.parametrize("whole", [False, pytest.param(True, marks=pytest.mark.slow)], ids=["one", "all"])
BITS = [1 << bit for bit in range(8)]
OTHER_TYPES: list[Any] = [None, [], {}, "", -1, 1.5, True, "0x", "01", "-1", "0xZZ", "0XAB"]


FORM_2: dict[str, Callable[[], Case]] = {
    "stock/2 in form 2": lambda: in_form_2("stock/2"),
    "transaction/1 in form 2": lambda: in_form_2("transaction/1"),
    "item-events/2": histories.asked,
    "item-events/2 with fields withheld": lambda: histories.asked(ledger=histories.shown("type", "epcList", "~1")),
    "item-events/2 without a claim": lambda: histories.asked(histories.PALLET),
}
NAMES = [*QUESTIONS, *FORM_2]


def in_form_2(view: str) -> Case:
    asked = case(view)
    bundle = ledger().prover().prove(asked.question, form=2)
    return Case(asked.question, asked.anchor, json.loads(encode_bundle(bundle)))


@functools.cache
def found(name: str) -> Case:
    """The usual bundle of a view, or one of form 2."""
    return FORM_2[name]() if name in FORM_2 else case(name)


def refused(asked: Case, bundle: dict[str, Any] | bytes) -> Refusal | None:
    try:
        asked.verify(bundle)
    except Refusal as refusal:
        return refusal
    return None


def foreign_case() -> Case:
    vector = foreign.VECTORS[0]
    return Case(foreign.question(vector), foreign.anchor(vector), foreign.bundle(vector))


def short_case(view: str) -> Case:
    """A bundle for a client whose anchor is newer than the last change of the validators."""
    asked, height = case(view), ledger().consensus.changes[-1]
    anchor = ledger().anchor(height)
    bundle = ledger().prover().prove(asked.question, since=height)
    assert not bundle["set_changes"]
    return Case(asked.question, anchor, bundle)


def flips(asked: Case, first: int, stride: int, masks: tuple[int, ...]) -> None:
    """Flips a byte at every ``stride``-th place, by each of the masks in turn."""
    data = encode_bundle(asked.bundle)
    for place, mask in zip(range(first, len(data), stride), itertools.cycle(masks)):
        broken = bytearray(data)
        broken[place] ^= mask
        assert refused(asked, bytes(broken)), f"byte {place} ^ {mask}: {data[max(0, place - 40) : place + 20]!r}"


def test_bytes_of_a_short_bundle() -> None:
    flips(short_case("stock/2"), 0, SHORT_STRIDE, (1,))


@pytest.mark.parametrize("view", NAMES)
def test_bytes_of_every_view(view: str) -> None:
    flips(found(view), sum(view.encode()) % STRIDE, STRIDE, (1, 0x20))


def test_bytes_of_foreign_evidence() -> None:
    flips(foreign_case(), 0, STRIDE, (1, 4))


@pytest.mark.slow
@pytest.mark.parametrize("mask", BITS)
@pytest.mark.parametrize("view", NAMES)
def test_every_bit_of_every_view(view: str, mask: int) -> None:
    flips(found(view), 0, 1, (mask,))


@pytest.mark.slow
@pytest.mark.parametrize("mask", BITS)
@pytest.mark.parametrize("made", [lambda: short_case("stock/2"), foreign_case], ids=["short", "foreign"])
def test_every_bit_of_a_short_bundle_and_of_foreign_evidence(made: Callable[[], Case], mask: int) -> None:
    flips(made(), 0, 1, (mask,))


@pytest.mark.parametrize("view", NAMES)
def test_every_cut_and_every_added_byte(view: str) -> None:
    data = encode_bundle(found(view).bundle)
    for cut in range(0, len(data), 1 + len(data) // 60):
        assert refused(found(view), data[:cut]) is not None
    for more in (b" ", b"\n", b"\x00", b"{}", data):
        assert refused(found(view), data + more) is not None
        assert refused(found(view), more + data) is not None


def some(values: list[Any], number: int, *, whole: bool) -> list[Any]:
    """All of them, or one: another for each ``number``."""
    return values if whole or not values else [values[number % len(values)]]


@ONE_OR_ALL
@pytest.mark.parametrize("view", NAMES)
def test_every_value(view: str, whole: bool) -> None:
    asked = found(view)
    for number, (path, value) in enumerate(mutations.values(asked.bundle)):
        for other in some(mutations.changed(value), number, whole=whole):
            refusal = refused(asked, with_value(asked.bundle, path, lambda _, other=other: other))
            assert refusal is not None, mutations.place(path)
            assert refusal.stable_code in mutations.codes(path), f"{mutations.place(path)}: {refusal.as_dict()}"


@ONE_OR_ALL
@pytest.mark.parametrize("view", NAMES)
def test_every_array_shortened_lengthened_turned(view: str, whole: bool) -> None:
    asked = found(view)
    for number, (path, items) in enumerate(mutations.nodes(asked.bundle, list)):
        changes = [items[:-1], items[1:], [*items, items[-1]]] if items else []
        changes += [items[::-1]] if items != items[::-1] else []
        for other in some(changes, number, whole=whole):
            refusal = refused(asked, with_value(asked.bundle, path, lambda _, other=other: other))
            assert refusal is not None, mutations.place(path)
            assert refusal.stable_code in allowed_for_arrays(path), f"{mutations.place(path)}: {refusal.as_dict()}"


def allowed_for_arrays(path: Path) -> set[str]:
    """A turned list of signatures names other validators; a set that names a key twice has no form."""
    codes = mutations.codes(path)
    if path[-1] == "signatures":
        return codes | {"address-mismatch", "shape"}
    return codes | ({"shape"} if path[-1] == "validators" else set())


@ONE_OR_ALL
@pytest.mark.parametrize("view", NAMES)
def test_every_object_with_a_field_less_or_more(view: str, whole: bool) -> None:
    asked = found(view)
    for number, (path, fields) in enumerate(mutations.nodes(asked.bundle, dict)):
        changes = [{name: value for name, value in fields.items() if name != gone} for gone in fields]
        for other in some([*changes, {**fields, "zz": "1"}], number, whole=whole):
            refusal = refused(asked, with_value(asked.bundle, path, lambda _, other=other: other))
            assert refusal is not None, mutations.place(path)
            free = (
                path[:1] == ("answer",) or not {"event", "value"}.isdisjoint(path) or path == ("question", "parameters")
            )
            contracts = path == ("evidence", "contracts")
            allowed = mutations.codes((*path, "x")) if free else {"account-proof", "shape"} if contracts else {"shape"}
            assert refusal.stable_code in allowed, f"{mutations.place(path)}: {refusal.as_dict()}"


@ONE_OR_ALL
@pytest.mark.parametrize("view", NAMES)
def test_every_value_of_another_type(view: str, whole: bool) -> None:
    asked = found(view)
    for number, (path, value) in enumerate(mutations.values(asked.bundle)):
        for other in some(OTHER_TYPES, number, whole=whole):
            if json.dumps(other) == json.dumps(value):
                continue
            refusal = refused(asked, with_value(asked.bundle, path, lambda _, other=other: other))
            assert refusal is not None, f"{mutations.place(path)} = {other!r}"


def test_every_pair_of_bundles_is_kept_apart() -> None:
    for view in QUESTIONS:
        for other in QUESTIONS:
            if view != other:
                refusal = refused(case(view), case(other).bundle)
                assert refusal is not None
                assert refusal.stable_code == Code.WRONG_QUESTION


@given(st.binary(max_size=300))
def test_junk_is_refused(data: bytes) -> None:
    refusal = refused(case("stock/2"), data)
    assert refusal is not None
    assert (refusal.step, refusal.stable_code) == (1, "shape")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)


@given(JSON, st.sampled_from(sorted(case("stock/2").bundle)))
def test_junk_in_any_part_is_refused(value: Any, part: str) -> None:
    bundle = {**case("item-events/1").bundle, part: value}
    text = json.dumps(bundle, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    data = text.encode("utf-8", "surrogatepass")
    assert refused(case("item-events/1"), data) is not None
