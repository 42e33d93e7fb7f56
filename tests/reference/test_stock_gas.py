"""What a movement costs: gas by batch size and by how much demand gathers on few SKUs. Prints, asserts only order."""

from __future__ import annotations

import bisect
import itertools
import random

import pytest
from eth_account.signers.local import LocalAccount

from liveledger.bindings import stock_ledger
from liveledger.bindings.constants import OrganisationKind, Role
from liveledger.domain.movements import Kind, Movement, pack, sort
from tests.support.dev_chain import MAX_GAS, DevChain

pytestmark = [pytest.mark.chain, pytest.mark.slow]
SKUS, PLACES, REGISTERED_AT_ONCE, OPENED_AT_ONCE = 4000, 8, 200, 480
STORAGE_GAS = 5000
KINDS = [Kind.RESERVE, Kind.RESERVE, Kind.RELEASE, Kind.SHIP, Kind.DELIVER, Kind.SELL]


class Shop:
    """A brand with stock of every SKU in every lane at every place."""

    def __init__(self, chain: DevChain) -> None:
        self.chain = chain
        self.contract = chain.deploy("StockLedger", stock_ledger.CREATION_CODE, stock_ledger.VERSION)
        brand = chain.admit(OrganisationKind.BRAND)
        self.account: LocalAccount = chain.account(brand, Role.REGISTER_SKUS | Role.POST_MOVEMENTS)
        self.places = [chain.place(brand) for _ in range(PLACES)]
        self.skus = [brand << 20 | serial for serial in range(1, SKUS + 1)]
        self.sequence = 0
        self._register()
        self._open()

    def post(self, movements: list[Movement]) -> int:
        """Posts and returns the gas used, 0 when the batch does not fit into a transaction."""
        records = pack(sort(movements))
        call = stock_ledger.Post(0, self.sequence, bytes(32), records)
        receipt = self.chain.transact(self.account, self.contract, call.calldata(), gas=MAX_GAS)
        if receipt["status"] != "0x1":
            return 0
        self.sequence += 1
        return int(receipt["gasUsed"], 16)

    def _register(self) -> None:
        for first in range(0, SKUS, REGISTERED_AT_ONCE):
            codes = [f"SKU-{number}" for number in range(first, first + REGISTERED_AT_ONCE)]
            call = stock_ledger.RegisterSkus(codes, [0] * len(codes), [1] * len(codes))
            self.chain.send(self.account, self.contract, call, gas=MAX_GAS)

    def _open(self) -> None:
        time = self.chain.time()
        spots = [(sku, place) for sku in self.skus for place in self.places]
        for first in range(0, len(spots), OPENED_AT_ONCE):
            movements = []
            for sku, place in spots[first : first + OPENED_AT_ONCE]:
                movements += [
                    Movement(sku, Kind.RECEIVE, 0, place, 1_000_000, time),
                    Movement(sku, Kind.RESERVE, place, place, 200_000, time),
                    Movement(sku, Kind.SHIP, place, place, 100_000, time),
                ]
            assert self.post(movements)


def test_gas_a_movement(dev_chain: DevChain) -> None:
    shop = Shop(dev_chain)
    chance = random.Random(1)
    for exponent, size in itertools.product((1.0, 1.3, 1.5, 2.0), (1000, 2000, 4000)):
        movements = _demand(shop, chance, exponent, size)
        gas = shop.post(movements)
        floor = _storage_gas(movements)
        shown = f"{gas / size:6.0f} gas a movement" if gas else "more than one transaction"
        print(f"Zipf {exponent}, {size} movements: {shown}, of which storage {floor / size:5.0f}")  # noqa: T201
        assert gas == 0 or gas > floor


def _demand(shop: Shop, chance: random.Random, exponent: float, size: int) -> list[Movement]:
    weights = list(itertools.accumulate(1 / rank**exponent for rank in range(1, SKUS + 1)))
    time = shop.chain.time()
    movements = []
    for _ in range(size):
        sku = shop.skus[min(bisect.bisect(weights, chance.random() * weights[-1]), SKUS - 1)]
        place, kind = chance.choice(shop.places), chance.choice(KINDS)
        target = 0 if kind in {Kind.DELIVER, Kind.SELL} else place
        movements.append(Movement(sku, kind, place, target, 1, time))
    return movements


def _storage_gas(movements: list[Movement]) -> int:
    """What reading and writing each word once costs: balances, streams, counters (EIP-2929, EIP-2200)."""
    balances = {(movement.sku, movement.source) for movement in movements}
    streams = {movement.sku for movement in movements}
    counters = {movement.sku for movement in movements if movement.kind in {Kind.DELIVER, Kind.SELL}}
    return STORAGE_GAS * (len(balances) + len(streams) + len(counters))
