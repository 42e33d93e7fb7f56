"""Undoing: balances come back, whatever happened before."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from liveledger.bindings.constants import Role
from liveledger.domain.movements import Kind, Lane, Movement, pack, sort
from liveledger.rules import stock, stock_state
from liveledger.rules.approvals import Approval
from liveledger.rules.compensation import compensation, undo, undoes
from liveledger.services.cosigned_preflight import organisations_needed

BRAND, OTHER = 1, 2
SKU, TIME = BRAND << 20 | 1, 1_700_000_000
PLACES = {1: BRAND, 2: BRAND, 3: OTHER}
POSTER, SIGNER = b"\x01" * 20, b"\x02" * 20
REGISTRY = stock_state.Registry(
    accounts={
        POSTER: stock_state.Account(BRAND, roles=Role.POST_MOVEMENTS),
        SIGNER: stock_state.Account(OTHER, roles=Role.SIGN_AGREEMENTS),
    },
    places={number: stock_state.Place(operator) for number, operator in PLACES.items()},
    approvals={(BRAND, OTHER): Approval()},
    organisations={BRAND: 1, OTHER: 1},
)
BLOCK = stock_state.Block(5, TIME, 7, b"\x03" * 20)


def start() -> stock_state.StockState:
    """Goods of two lots in every lane at every place."""
    balances = {(SKU, lot, place): (100, 100, 100, 100) for lot in (0, 1) for place in PLACES}
    counters = {SKU: stock_state.Counters(received=400 * len(balances))}
    return stock_state.StockState(skus={SKU: 1}, balances=balances, counters=counters)


def post(state: stock_state.StockState, movements: list[Movement]) -> stock_state.StockState:
    head = state.streams.get(stock.poster_stream(POSTER, 0))
    batch = stock_state.Batch(POSTER, 0, head.count if head else 0, bytes(32), pack(movements), SIGNER)
    return stock.post(state, REGISTRY, BLOCK, batch)[0]


def movement(kind: Kind, source: int, target: int, quantity: int, lot: int) -> Movement:
    rule = stock_state.RULES[kind]
    if rule.same_place:
        target = source
    elif rule.both_operated and source == target:
        target = source % 3 + 1
    places = (0 if rule.takes is None else source, 0 if rule.gives is None else target)
    return Movement(SKU, kind, *places, quantity, TIME, lot)


MOVEMENTS = st.builds(
    movement, st.sampled_from(Kind), st.integers(1, 3), st.integers(1, 3), st.integers(1, 9), st.integers(0, 1)
)


@settings(deadline=None)
@given(st.lists(MOVEMENTS, min_size=1, max_size=8))
def test_what_is_undone_leaves_the_balances_as_they_were(movements: list[Movement]) -> None:
    movements = sort(movements)
    done = post(start(), movements)
    undone = post(done, [step for _, step in undo(movements, TIME)])
    assert undone.counters[SKU].expected_stock() == undone.stock(SKU)
    expected = {owner: list(lanes) for owner, lanes in start().balances.items()}
    for each in movements:
        if each.kind is Kind.DELIVER:
            expected[SKU, each.lot, each.source][Lane.IN_TRANSIT] -= each.quantity
            expected[SKU, each.lot, each.source][Lane.HELD] += each.quantity
    assert {owner: list(lanes) for owner, lanes in undone.balances.items()} == expected


@given(MOVEMENTS)
def test_every_step_names_the_same_goods(each: Movement) -> None:
    for step in compensation(each, TIME + 9):
        assert (step.sku, step.lot, step.quantity, step.at) == (each.sku, each.lot, each.quantity, TIME + 9)
    assert [position for position, _ in undo([each, each], TIME)] == [1] * len(compensation(each, TIME)) + [0] * len(
        compensation(each, TIME)
    )


@given(MOVEMENTS, MOVEMENTS)
def test_only_its_own_steps_undo_a_movement(each: Movement, other: Movement) -> None:
    steps = compensation(each, TIME + 9)
    assert undoes(steps, each)
    assert not undoes(steps[:-1], each)
    assert not undoes([*steps, steps[-1]], each)
    assert not undoes([replace(steps[0], quantity=each.quantity + 1), *steps[1:]], each)
    assert undoes(steps, other) == (compensation(other, TIME + 9) == steps)


def test_whose_places_must_agree_to_goods_that_arrive() -> None:
    """Goods may be sent to anybody; that they came says the operator of the place that has them from then on."""
    shipment = Movement(SKU, Kind.SHIP, 1, 3, 5, TIME)
    assert organisations_needed([shipment], REGISTRY, POSTER) == {BRAND}
    for kind in (Kind.ARRIVE, Kind.TRANSFER):
        assert organisations_needed([replace(shipment, kind=kind)], REGISTRY, POSTER) == {BRAND, OTHER}
