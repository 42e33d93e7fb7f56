"""StockLedger against the readable rules of stock, on random batches, good and bad."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from eth_account.signers.local import LocalAccount

from liveledger.bindings.errors import Revert
from liveledger.domain.movements import Movement, pack, sort
from liveledger.rules import stock_state
from tests.reference.warehouse import LOTS, UNKNOWN_PLACE, Warehouse, build, random_movement
from tests.support.dev_chain import DevChain, Refused

pytestmark = pytest.mark.chain
ROUNDS = 60
GAS = 8_000_000

Spoiler = Callable[[Warehouse, random.Random, bytes], bytes]


@pytest.fixture(scope="module")
def warehouse(dev_chain: DevChain) -> Warehouse:
    return build(dev_chain)


def test_random_batches_match_the_reference(warehouse: Warehouse) -> None:
    chance = random.Random(20111111)
    outcomes: dict[str, int] = {}
    for _ in range(ROUNDS):
        account, own = chance.choice(
            [
                (warehouse.brand_account, warehouse.brand_places),
                (warehouse.platform_account, warehouse.platform_places),
            ]
        )
        outcome = _round(warehouse, chance, account, own)
        outcomes[outcome] = outcomes.get(outcome, 0) + 1
        _check_conservation(warehouse)
    assert outcomes["posted"] > ROUNDS // 4
    assert {
        "StockOversell",
        "StockTruncated",
        "StockUnknownPlace",
        "StockUnknownKind",
        "StockUnknownLot",
    } < outcomes.keys()


def _round(warehouse: Warehouse, chance: random.Random, account: LocalAccount, own: list[int]) -> str:
    time = warehouse.chain.time()
    movements = [random_movement(warehouse, chance, own, time) for _ in range(chance.randint(1, 40))]
    if chance.random() < 0.75:
        movements = possible(warehouse, account, movements, time)
    if movements and chance.random() < 0.5:
        records = _packed(movements)
        bad = chance.choice(SPOILERS)(warehouse, chance, records)
        return _refuse_or_nothing(warehouse, account, bad, time)
    if _expected(warehouse, account, _packed(movements), time):
        return _refuse_or_nothing(warehouse, account, _packed(movements), time)
    warehouse.post(account, movements)
    assert warehouse.words() == warehouse.expected_words()
    return "posted"


def possible(warehouse: Warehouse, account: LocalAccount, movements: list[Movement], time: int) -> list[Movement]:
    """Those of the movements that can be posted together."""
    chosen: list[Movement] = []
    for movement in movements:
        attempt = [*chosen, movement]
        if _expected(warehouse, account, _packed(attempt), time) is None:
            chosen = attempt
    return chosen


def _refuse_or_nothing(warehouse: Warehouse, account: LocalAccount, records: bytes, time: int) -> str:
    """Both refuse with the same name and arguments, and nothing changes; or the change did no harm after all."""
    call = warehouse.call(warehouse.sequence(account), records)
    expected = _expected(warehouse, account, records, time)
    if expected is None:
        warehouse.chain.call(warehouse.contract, call, account, time=time)
        return "harmless"
    with pytest.raises(Refused) as refused:
        warehouse.chain.call(warehouse.contract, call, account, time=time)
    assert refused.value.revert == Revert(expected.name, expected.args_by_name)
    receipt = warehouse.chain.transact(account, warehouse.contract, call.calldata(), gas=GAS)
    assert receipt["status"] == "0x0"
    assert warehouse.words() == warehouse.expected_words()
    return expected.name


def _expected(
    warehouse: Warehouse, account: LocalAccount, records: bytes, time: int
) -> stock_state.StockRefusal | None:
    try:
        warehouse.reference(account, warehouse.sequence(account), records, number=1, time=time)
    except stock_state.StockRefusal as refusal:
        return refusal
    return None


def _check_conservation(warehouse: Warehouse) -> None:
    for sku, counters in warehouse.state.counters.items():
        assert warehouse.state.stock(sku) == counters.expected_stock()


def _packed(movements: list[Movement]) -> bytes:
    return pack(sort(movements))


def _patched(records: bytes, offset: int, data: bytes) -> bytes:
    return records[:offset] + data + records[offset + len(data) :]


def _cut(_: Warehouse, chance: random.Random, records: bytes) -> bytes:
    return records[: -chance.randint(1, len(records) - 1)]


def _trail(_: Warehouse, chance: random.Random, records: bytes) -> bytes:
    return records + chance.randbytes(chance.randint(1, 17))


def _change_byte(_: Warehouse, chance: random.Random, records: bytes) -> bytes:
    return _patched(records, chance.randrange(len(records)), chance.randbytes(1))


def _strange_kind(_: Warehouse, chance: random.Random, records: bytes) -> bytes:
    return _patched(records, 8, bytes([chance.choice([0, 24, 32, 128, 255])]))


def _unknown_place(_: Warehouse, chance: random.Random, records: bytes) -> bytes:
    place = UNKNOWN_PLACE.to_bytes(2)
    record = records[8:20]
    source = place if record[1:3] != b"\0\0" else b"\0\0"
    target = place if record[3:5] != b"\0\0" else b"\0\0"
    return _patched(records, 9, source + target)


def _foreign_sku(warehouse: Warehouse, chance: random.Random, records: bytes) -> bytes:
    return _patched(records, 0, chance.choice([warehouse.stranger_skus[0], 7]).to_bytes(4))


def _unknown_lot(_: Warehouse, chance: random.Random, records: bytes) -> bytes:
    return _patched(records, 6, chance.choice([LOTS + 1, 65_535]).to_bytes(2))


SPOILERS: list[Spoiler] = [_unknown_lot, _cut, _trail, _change_byte, _strange_kind, _unknown_place, _foreign_sku]
