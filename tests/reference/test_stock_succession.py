"""A StockLedger that replaced another one, against the rules of stock, which know nothing of it: all goes on."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

import pytest

from liveledger.bindings import stock_ledger
from liveledger.bindings.errors import Revert
from liveledger.domain.hashing import mapping_slot, uint_word
from liveledger.domain.movements import Kind, Movement, pack, sort
from liveledger.rules import stock_state
from liveledger.verifier import layout
from tests.reference.test_stock import possible
from tests.reference.warehouse import Warehouse, build, random_movement
from tests.support.dev_chain import DevChain, Refused, running_dev_chain

pytestmark = pytest.mark.chain
ROUNDS, VERSIONS = 12, (3, 4)
VERSION_SHIFT = 160


@pytest.fixture(scope="module")
def own_chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DevChain]:
    """Others share a chain, on which nothing is replaced."""
    with running_dev_chain(tmp_path_factory.mktemp("succession")) as chain:
        yield chain


def test_random_batches_go_on_over_three_versions(own_chain: DevChain) -> None:
    warehouse, chance = build(own_chain), random.Random(2_0301)
    for version in (2, *VERSIONS):
        if version != 2:
            _replace(warehouse, version)
        for number in range(ROUNDS):
            _round(warehouse, chance, number)
            assert _words(warehouse) == warehouse.expected_words()
        for sku, counters in warehouse.state.counters.items():
            assert warehouse.state.stock(sku) == counters.expected_stock()
    _what_stands_where(warehouse)


def _round(warehouse: Warehouse, chance: random.Random, number: int) -> None:
    """A batch of whatever can be posted of thirty movements; two of three are the brand's."""
    account, own = warehouse.brand_account, warehouse.brand_places
    if number % 3 == 0:
        account, own = warehouse.platform_account, warehouse.platform_places
    time = warehouse.chain.time()
    wanted = [random_movement(warehouse, chance, own, time) for _ in range(30)]
    warehouse.post(account, possible(warehouse, account, wanted, time))


def _what_stands_where(warehouse: Warehouse) -> None:
    """The words as docs/formats.md has them: who was before, what was not touched, what became empty."""
    chain, older, version = warehouse.chain, warehouse.contract, VERSIONS[-1] + 1
    sku, place, time = warehouse.skus[0], warehouse.brand_places[0], chain.time()
    warehouse.post(warehouse.brand_account, [Movement(sku, Kind.RECEIVE, 0, place, 70, time)])
    slot = mapping_slot(uint_word(sku << 32 | place), 0)
    balance = _word(warehouse, slot)
    _replace(warehouse, version)
    word = chain.storage(warehouse.contract, layout.predecessor_slot())
    assert word == int.from_bytes(older) | (version - 1) << VERSION_SHIFT
    assert (chain.storage(warehouse.contract, slot), _word(warehouse, slot)) == (0, balance)
    free, reserved, coming, held = stock_state.lanes_of(balance)
    rest = [(Kind.SELL, free), (Kind.RELEASE, reserved), (Kind.SELL, reserved), (Kind.DELIVER, coming)]
    rest += [(Kind.SCRAP, held)]
    out = [
        Movement(sku, kind, place, place if kind is Kind.RELEASE else 0, quantity, time)
        for kind, quantity in rest
        if quantity
    ]
    warehouse.post(warehouse.brand_account, out)
    assert (chain.storage(warehouse.contract, slot), _word(warehouse, slot)) == (layout.EMPTY_WORD, 0)
    assert chain.storage(older, slot) in (0, balance)


def _replace(warehouse: Warehouse, version: int) -> None:
    """The same code takes over as the next version; the one before refuses, as the rules say."""
    older, time = warehouse.contract, warehouse.chain.time()
    warehouse.contract = warehouse.chain.deploy("StockLedger", stock_ledger.CREATION_CODE, version)
    assert warehouse.contract != older
    account, place = warehouse.brand_account, warehouse.brand_places[0]
    records = pack(sort([Movement(warehouse.skus[0], Kind.RECEIVE, 0, place, 1, time)]))
    call = warehouse.call(warehouse.sequence(account), records)
    with pytest.raises(Refused) as refused:
        warehouse.chain.call(older, call, account)
    replaced = replace(warehouse, registry=replace(warehouse.registry, active=version))
    with pytest.raises(stock_state.StockRefusal) as expected:
        replaced.reference(account, call.sequence, records, number=1, time=time)
    assert refused.value.revert == Revert(expected.value.name, expected.value.args_by_name)


def _words(warehouse: Warehouse) -> dict[str, int]:
    """Every word that stock may change, as it counts."""
    read = {label: _word(warehouse, slot) for label, slot in warehouse.slots().items()}
    return {label: word for label, word in read.items() if word}


def _word(warehouse: Warehouse, slot: bytes) -> int:
    return stock_ledger.decode_word(warehouse.chain.call(warehouse.contract, stock_ledger.Word(slot)))
