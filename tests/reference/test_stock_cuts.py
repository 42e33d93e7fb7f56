"""Cuts of counters against the readable rules: registered and posted at random, with moments that come meanwhile."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from liveledger.bindings import directory, stock_cuts
from liveledger.bindings.constants import CONSORTIUM_ADDRESS, DIRECTORY_ADDRESS, MAX_CUTS_WAITING, ContractFlag
from liveledger.bindings.errors import Revert
from liveledger.domain.hashing import hex_bytes, mapping_slot, uint_word
from liveledger.domain.movements import Kind, Movement
from liveledger.rules import cuts
from liveledger.rules.stock_state import Counters, StockRefusal
from tests.reference.test_stock import possible
from tests.reference.warehouse import Warehouse, build, random_movement
from tests.support.dev_chain import DevChain, Refused

pytestmark = pytest.mark.chain
ROUNDS = 60
# Bytes of calldata that are 0 or not; a comparison of what is in memory.
NOISE_GAS = 100
AHEAD_SECONDS = 200
STEP_SECONDS = 64
CUTS_SLOT = 11
WAITS, KEPT = 1 << 255, 1 << 254


@dataclass
class Agreements:
    """A contract that a vote gave the flag: it hands on whatever it is sent."""

    warehouse: Warehouse
    cuts: bytes
    address: bytes

    @classmethod
    def of(cls, warehouse: Warehouse) -> Agreements:
        """Deploys StockCuts and such a contract."""
        chain = warehouse.chain
        registrar = chain.deploy("StockCuts", stock_cuts.CREATION_CODE, stock_cuts.VERSION)
        address = chain.deploy("Agreements", _forwarding(registrar), 1)
        chain.send(chain.administrator, DIRECTORY_ADDRESS, directory.SetFlags(address, ContractFlag.CUTS))
        return cls(warehouse, registrar, address)

    def register(self, brand: int, moment: int, skus: list[int]) -> str:
        """Both register the cut, or refuse it for one reason, which is returned."""
        chain, account = self.warehouse.chain, self.warehouse.brand_account
        call = stock_cuts.Register(brand, moment, skus)
        receipt = chain.transact(account, self.address, call.calldata())
        block = chain.rpc("eth_getBlockByNumber", receipt["blockNumber"], False)
        try:
            after = cuts.register(self.warehouse.state, int(block["timestamp"], 16), brand, moment, skus)
        except StockRefusal as refusal:
            assert receipt["status"] == "0x0"
            self._refuses(call, brand, moment, skus)
            return refusal.name
        assert receipt["status"] == "0x1"
        self.warehouse.state = after
        return "registered"

    def gas_of(self, brand: int, moment: int, sku: int) -> int:
        """Gas of the transaction that registers the cut of one SKU."""
        chain = self.warehouse.chain
        before = int(chain.rpc("eth_blockNumber"), 16)
        assert self.register(brand, moment, [sku]) == "registered"
        [log] = chain.rpc("eth_getLogs", {"fromBlock": hex(before + 1), "address": hex_bytes(self.cuts)})
        return int(chain.rpc("eth_getTransactionReceipt", log["transactionHash"])["gasUsed"], 16)

    def _refuses(self, call: stock_cuts.Register, brand: int, moment: int, skus: list[int]) -> None:
        """The reason that a call gives at the next second."""
        chain = self.warehouse.chain
        time = chain.time() + 1
        try:
            cuts.register(self.warehouse.state, time, brand, moment, skus)
        except StockRefusal as refusal:
            expected = Revert(refusal.name, refusal.args_by_name)
        else:
            return  # by then it is taken
        with pytest.raises(Refused) as refused:
            chain.call(self.address, call, self.warehouse.brand_account, time=time)
        assert refused.value.revert == expected

    def check(self) -> None:
        """Every cut has the word and says the counters that it should."""
        state, chain, contract = self.warehouse.state, self.warehouse.chain, self.warehouse.contract
        time = chain.time()
        for (sku, moment), kept in state.cuts.items():
            word = chain.storage(contract, mapping_slot(uint_word(sku << 32 | moment), CUTS_SLOT))
            assert word == (WAITS if kept is None else KEPT | kept.word())
            call = stock_cuts.CountersAt(sku, moment)
            if time < moment:
                with pytest.raises(Refused, match="CutsNotDue"):
                    chain.call(self.cuts, call, time=time)
                continue
            said = stock_cuts.decode_counters_at(chain.call(self.cuts, call, time=time))
            expected = cuts.counters_at(state, time, sku, moment)
            assert Counters(said.received, said.sold, said.returned, said.adjusted) == expected


@pytest.fixture(scope="module")
def agreements(dev_chain: DevChain) -> Agreements:
    return Agreements.of(build(dev_chain))


def test_random_cuts_match_the_reference(agreements: Agreements) -> None:
    chance, warehouse = random.Random(33), agreements.warehouse
    outcomes: dict[str, int] = {}
    for _ in range(ROUNDS):
        if chance.random() < 0.4:
            outcome = _cut(agreements, chance)
        else:
            account, own = warehouse.brand_account, warehouse.brand_places
            time = warehouse.chain.time()
            drafts = [random_movement(warehouse, chance, own, time) for _ in range(chance.randint(1, 12))]
            movements = possible(warehouse, account, drafts, time)
            if movements:
                warehouse.post(account, movements)
            outcome = "posted"
        outcomes[outcome] = outcomes.get(outcome, 0) + 1
        assert warehouse.words() == warehouse.expected_words()
        agreements.check()
    assert min(outcomes["posted"], outcomes["registered"]) > 5
    kept = [counters for counters in warehouse.state.cuts.values() if counters is not None]
    assert len(set(kept)) > 5


def test_cuts_are_of_the_brands_own_skus_and_ahead(agreements: Agreements) -> None:
    warehouse = agreements.warehouse
    later, brand = warehouse.chain.time() + 100, warehouse.brand
    assert agreements.register(brand, later, [warehouse.skus[0], warehouse.stranger_skus[0]]) == "CutsForeignSku"
    assert agreements.register(brand, later, [brand << 20 | 77]) == "CutsUnknownSku"
    assert agreements.register(brand, later, [brand << 20]) == "CutsUnknownSku"
    assert agreements.register(brand, later, []) == "CutsCount"
    assert agreements.register(brand, later - 200, warehouse.skus[:1]) == "CutsMoment"
    agreements.check()


def test_more_than_seven_do_not_wait(agreements: Agreements) -> None:
    warehouse = agreements.warehouse
    first = warehouse.chain.time() + 10_000
    sku = warehouse.skus[3]
    outcomes = [agreements.register(warehouse.brand, first + step, [sku]) for step in range(9)]
    assert outcomes.count("CutsTooMany") >= 2
    assert outcomes[0] == "registered"
    agreements.check()


def test_what_a_cut_costs(agreements: Agreements, tell: Callable[[str], None]) -> None:
    """Nothing before its moment, changed words once it has come, nothing afterwards: gas of a movement, by receipts."""
    warehouse, chain = agreements.warehouse, agreements.warehouse.chain
    with_cuts, without = warehouse.skus[:2]
    for sku in (with_cuts, without):
        _gas(warehouse, sku)
    usual = _gas(warehouse, without)
    assert abs(_gas(warehouse, with_cuts) - usual) <= NOISE_GAS
    moment = chain.time() + AHEAD_SECONDS
    registered = [agreements.gas_of(warehouse.brand, moment + step, with_cuts) for step in range(MAX_CUTS_WAITING)]
    assert abs(_gas(warehouse, with_cuts) - usual) <= NOISE_GAS
    _wait(chain, moment - moment % STEP_SECONDS)
    near = _gas(warehouse, with_cuts) - usual if chain.time() < moment - 1 else None
    _wait(chain, moment + MAX_CUTS_WAITING)
    assert abs(_gas(warehouse, without) - usual) <= NOISE_GAS
    kept = _gas(warehouse, with_cuts) - usual
    assert 5_000 < kept < (MAX_CUTS_WAITING + 2) * 5_500
    assert abs(_gas(warehouse, with_cuts) - usual) <= NOISE_GAS
    agreements.check()
    tell(f"gas of cuts: registered one by one {registered}, near {near}, all kept {kept}, of a batch of {usual:,}")


def _wait(chain: DevChain, time: int) -> None:
    """Each block of this chain is a second later than the one before."""
    while chain.time() < time:
        chain.transact(chain.administrator, CONSORTIUM_ADDRESS, b"", gas=100_000)


def _gas(warehouse: Warehouse, sku: int) -> int:
    """Gas of a batch of one movement that counts: it is alone in its block."""
    chain = warehouse.chain
    before = int(chain.rpc("eth_blockNumber"), 16)
    movement = Movement(sku, Kind.RECEIVE, 0, warehouse.brand_places[0], 1, chain.time())
    warehouse.post(warehouse.brand_account, [movement])
    [log] = chain.rpc("eth_getLogs", {"fromBlock": hex(before + 1), "address": hex_bytes(warehouse.contract)})
    return int(chain.rpc("eth_getBlockByNumber", log["blockNumber"], False)["gasUsed"], 16)


def _cut(agreements: Agreements, chance: random.Random) -> str:
    """A cut near now: most moments come while the test runs."""
    warehouse = agreements.warehouse
    moment = warehouse.chain.time() + chance.choice([-1, 0, 2, 3, 5, 8, 13, 400 * 86_400 + 60])
    skus = sorted(chance.sample(warehouse.skus, chance.randint(1, 3)))
    stranger = chance.random()
    if stranger < 0.15:
        skus.append(warehouse.stranger_skus[0])
    elif stranger < 0.3:
        skus.append(warehouse.brand << 20 | 77)
    return agreements.register(warehouse.brand, moment, skus)


def _forwarding(target: bytes) -> bytes:
    """Creation code of a contract that calls ``target`` with what it is called with, and answers what that answers."""
    code = bytes.fromhex("365f5f375f5f365f5f73") + target + bytes.fromhex("5af13d5f5f3e602a573d5ffd5b3d5ff3")
    size = len(code).to_bytes(1)
    return b"\x60" + size + bytes.fromhex("600a5f3960") + size + bytes.fromhex("5ff3") + code
