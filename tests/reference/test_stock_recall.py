"""A recalled lot on the engine, kind by kind, against the rules of stock."""

from __future__ import annotations

from dataclasses import replace

import pytest

from liveledger.bindings import stock_ledger
from liveledger.bindings.errors import Revert
from liveledger.domain.movements import Kind, Movement, pack, sort
from liveledger.rules import stock_state
from liveledger.verifier import layout
from tests.reference.warehouse import Warehouse, build
from tests.support.dev_chain import DevChain, Refused

pytestmark = pytest.mark.chain
LOT, OTHER_LOT = 1, 2


def test_every_kind_of_a_recalled_lot(dev_chain: DevChain) -> None:
    warehouse = build(dev_chain)
    sku, place = warehouse.skus[0], warehouse.brand_places[0]
    _fill(warehouse, sku, place)
    dev_chain.send(warehouse.brand_account, warehouse.contract, stock_ledger.SetRecall(sku, LOT, True))
    info = stock_ledger.LotInfo(sku, LOT)
    word = stock_ledger.decode_lot_info(dev_chain.call(warehouse.contract, info))
    assert layout.is_recalled(word)
    assert layout.lifted_by(word) == 0
    assert word & 0xFFFFFFFF == 20270131
    warehouse.state = replace(warehouse.state, recalled=frozenset({(sku, LOT)}))
    outcomes = {kind: _outcome(warehouse, kind, sku, place) for kind in Kind}
    assert {kind for kind, outcome in outcomes.items() if outcome} == stock_state.RECALL_FORBIDS
    assert set(outcomes.values()) == {None, "StockLotRecalled"}


def _fill(warehouse: Warehouse, sku: int, place: int) -> None:
    """Goods of both lots in every lane."""
    time = warehouse.chain.time()
    steps = [(Kind.RECEIVE, 0, 90), (Kind.RESERVE, place, 40), (Kind.SHIP, place, 20), (Kind.HOLD, place, 20)]
    goods = [
        Movement(sku, kind, source, place, quantity, time, lot)
        for lot in (LOT, OTHER_LOT)
        for kind, source, quantity in steps
    ]
    warehouse.post(warehouse.brand_account, goods)


def _outcome(warehouse: Warehouse, kind: Kind, sku: int, place: int) -> str | None:
    """The refusal's name, which both must say with the same record; None where the kind is taken."""
    rule, time = stock_state.RULES[kind], warehouse.chain.time()
    target = warehouse.brand_places[1] if rule.both_operated else place
    places = (0 if rule.takes is None else place, 0 if rule.gives is None else target)
    hold = Movement(sku, Kind.HOLD, place, place, 1, time, LOT)
    moves = [hold, Movement(sku, kind, *places, 1, time, LOT), Movement(sku, kind, *places, 1, time, OTHER_LOT)]
    account, records = warehouse.brand_account, pack(sort(moves))
    call = warehouse.call(warehouse.sequence(account), records)
    refusal = _refusal(warehouse, call, time)
    if refusal is None:
        warehouse.chain.call(warehouse.contract, call, account, time=time)
        return None
    with pytest.raises(Refused) as refused:
        warehouse.chain.call(warehouse.contract, call, account, time=time)
    assert refused.value.revert == Revert(refusal.name, refusal.args_by_name)
    assert refusal.args_by_name["index"] == 1
    return refusal.name


def _refusal(warehouse: Warehouse, call: stock_ledger.Post, time: int) -> stock_state.StockRefusal | None:
    """What the rules say against a batch."""
    try:
        warehouse.reference(warehouse.brand_account, call.sequence, call.records, number=1, time=time)
    except stock_state.StockRefusal as refusal:
        return refusal
    return None
