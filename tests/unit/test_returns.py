"""Gradings: their packed form, the movements that carry them out, and the shares of value that grades keep."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveledger.bindings import codec, constants
from liveledger.bindings import returns as bindings
from liveledger.domain import returns
from liveledger.domain.errors import InvalidInput
from liveledger.domain.money import Fen
from liveledger.domain.movements import Kind, Lane
from liveledger.domain.returns import Disposition, Grade, GradeEntry, Grading, ReturnAct, movements_of, unpack
from liveledger.rules import stock_state as stock
from liveledger.rules.returns import contract as rules
from liveledger.rules.returns.formula import KEPT_BPS, value_kept_down
from liveledger.rules.stock_state import RULES
from liveledger.services.returns import calldata

SKU = 1 << 20 | 7
AT = 1_800_000_000
ENTRIES = st.builds(
    GradeEntry,
    st.just(SKU),
    st.integers(0, 0xFFFF),
    st.integers(1, 0xFFFF),
    st.integers(1, (1 << 24) - 1),
    st.sampled_from(Grade),
)
GRADINGS = st.builds(
    Grading,
    st.sampled_from(ReturnAct),
    st.integers(1, 4095),
    st.binary(min_size=32, max_size=32),
    st.lists(ENTRIES, min_size=1, max_size=20).map(tuple),
)


@given(GRADINGS)
def test_a_payload_is_read_as_it_was_written(grading: Grading) -> None:
    payload = grading.payload()
    assert len(payload) == returns.HEAD_BYTES + returns.RECORD_BYTES * len(grading.entries)
    assert unpack(SKU, payload) == grading


@given(st.binary(max_size=120))
def test_junk_is_refused_or_is_the_one_spelling(junk: bytes) -> None:
    try:
        grading = unpack(SKU, junk)
    except InvalidInput:
        return
    assert grading.payload() == junk


@given(GRADINGS, st.data())
def test_a_changed_payload_is_another_grading_or_none(grading: Grading, data: st.DataObject) -> None:
    payload = bytearray(grading.payload())
    at = data.draw(st.integers(0, len(payload) - 1))
    payload[at] ^= data.draw(st.integers(1, 255))
    try:
        changed = unpack(SKU, bytes(payload))
        assert changed.payload() == bytes(payload)
    except InvalidInput:
        return
    assert changed != grading


@pytest.mark.parametrize(
    ("offset", "value", "message"),
    [(0, 0, "no act"), (0, 3, "no act"), (42, 0, "no grade"), (42, 5, "no grade"), (43, 2, "not the disposition")],
)
def test_a_refusal_names_what_is_wrong(offset: int, value: int, message: str) -> None:
    payload = bytearray(Grading(ReturnAct.GRADED, 1, bytes(32), (GradeEntry(SKU, 0, 1, 5, Grade.A),)).payload())
    payload[offset] = value
    with pytest.raises(InvalidInput, match=message) as refusal:
        unpack(SKU, bytes(payload))
    assert refusal.value.details["sku"] == SKU


@pytest.mark.parametrize("size", [0, 34, 35, 43, 45, 52])
def test_lengths_must_fit(size: int) -> None:
    with pytest.raises(InvalidInput, match="no head and whole records"):
        unpack(SKU, bytes([1]) * size)


@pytest.mark.parametrize(("field", "value"), [("lot", 1 << 16), ("place", 0), ("quantity", 0), ("quantity", 1 << 24)])
def test_fields_out_of_range_are_named(field: str, value: int) -> None:
    numbers = {"lot": 0, "place": 1, "quantity": 1} | {field: value}
    with pytest.raises(InvalidInput) as refusal:
        GradeEntry(SKU, numbers["lot"], numbers["place"], numbers["quantity"], Grade.A).record()
    assert refusal.value.details["field"] == field


def test_every_grade_becomes_a_movement_out_of_held() -> None:
    entries = tuple(GradeEntry(SKU, 3, 9, 10 * grade, grade) for grade in Grade)
    movements = movements_of(Grading(ReturnAct.GRADED, 1, bytes(32), entries), AT)
    assert [(m.kind, m.source, m.target, m.quantity, m.at, m.lot) for m in movements] == [
        (Kind.RESTOCK, 9, 9, 10, AT, 3),
        (Kind.RESTOCK, 9, 9, 20, AT, 3),
        (Kind.SEND_BACK, 9, 0, 30, AT, 3),
        (Kind.SCRAP, 9, 0, 40, AT, 3),
    ]
    assert all(RULES[movement.kind].takes is Lane.HELD for movement in movements)


def test_python_and_solidity_share_grades_dispositions_and_acts() -> None:
    for ours, theirs in (
        (Grade, constants.Grade),
        (Disposition, constants.Disposition),
        (ReturnAct, constants.ReturnAct),
    ):
        assert {entry.name: entry.value for entry in ours} == {entry.name: entry.value for entry in theirs}
    assert all(disposition.value == grade.value for grade, disposition in returns.DISPOSITIONS.items())
    assert [KEPT_BPS[grade] for grade in Grade] == [10_000, 8_000, 0, 0]


UNITS = st.dictionaries(st.sampled_from(Grade), st.integers(0, 1 << 64))


@given(UNITS, st.integers(0, 1 << 40))
def test_no_fen_of_the_value_is_lost(units: dict[Grade, int], unit_value: int) -> None:
    value = value_kept_down(units, Fen(unit_value))
    assert value.kept + value.borne_by_pot + value.borne_by_supplier == sum(units.values()) * unit_value
    assert min(value.kept, value.borne_by_pot, value.borne_by_supplier) >= 0
    assert value.borne_by_supplier == units.get(Grade.C, 0) * unit_value


def test_worked_example_of_values() -> None:
    units = {Grade.A: 10, Grade.B: 3, Grade.C: 2, Grade.D: 1}
    value = value_kept_down(units, Fen(1999))
    # B: 3 × 1999 = 5997 fen, of which 4797.6 are kept: rounded down, the pot bears 1200.
    assert (value.kept, value.borne_by_pot, value.borne_by_supplier) == (19_990 + 4_797, 1_200 + 1_999, 3_998)


@pytest.mark.parametrize(("count", "unit_value"), [(-1, 1), (1, -1)])
def test_negative_figures_have_no_value(count: int, unit_value: int) -> None:
    with pytest.raises(InvalidInput):
        value_kept_down({Grade.A: count}, Fen(unit_value))


@given(st.lists(st.builds(GradeEntry, st.integers(1, 5), st.just(0), st.just(1), st.integers(1, 9), st.just(Grade.A))))
def test_a_call_groups_by_sku_and_remembers_who_gave_what(entries: list[GradeEntry]) -> None:
    data, order = calldata(ReturnAct.CLOSED, entries, bytes(32))
    [rows, _] = codec.decode(("(uint32,uint16,uint16,uint24,uint8,uint8)[]", "bytes32"), data[4:])
    assert data[:4] == bindings.Close.SELECTOR
    assert sorted(order) == list(range(len(entries)))
    assert [row[0] for row in rows] == sorted(entry.sku for entry in entries)
    assert [(row[0], row[3]) for row in rows] == [(entries[at].sku, entries[at].quantity) for at in order]


def test_kinds_are_those_of_the_stock_ledger() -> None:
    kinds = {disposition.name: constants.MovementKind(kind).name for disposition, kind in returns.KINDS.items()}
    assert kinds == {
        "RESTOCK": "RESTOCK",
        "RESTOCK_DISCOUNTED": "RESTOCK",
        "SEND_BACK": "SEND_BACK",
        "SCRAP": "SCRAP",
    }


def test_the_bound_is_one_for_a_sku_over_all_places() -> None:
    """Ten came back to place 1, ten others are held at place 2: twenty are held, and ten of them can be graded."""
    sender, held = b"\x01" * 20, {(SKU, 0, place): (0, 0, 0, 10) for place in (1, 2)}
    goods = stock.StockState(skus={SKU: 0}, balances=held, counters={SKU: stock.Counters(returned=10)})
    registry = stock.Registry(
        accounts={sender: stock.Account(1)},
        places={1: stock.Place(1), 2: stock.Place(1)},
        approvals={},
        organisations={1: 1},
    )

    def graded(state: rules.ReturnsState, place: int, quantity: int) -> rules.ReturnsState:
        entry = rules.RawEntry(SKU, 0, place, quantity, Grade.A, Disposition.RESTOCK)
        call = rules.ReturnCall(ReturnAct.GRADED, sender, [entry], bytes(32))
        return rules.act(state, goods, registry, stock.Block(5, AT, 7, bytes(20)), call)

    state = graded(rules.ReturnsState(), 2, 10)
    with pytest.raises(rules.ReturnsRefusal, match="ReturnsNotReturned"):
        graded(state, 1, 1)
    with pytest.raises(rules.ReturnsRefusal, match="ReturnsNotHeld"):
        graded(rules.ReturnsState(), 1, 11)
