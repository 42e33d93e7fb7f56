"""Each kind of bad batch: a named error that says which record, and a state that is what it was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from eth_account import Account
from eth_account.signers.local import LocalAccount

from liveledger.bindings import consortium, stock_ledger
from liveledger.bindings.constants import CONSORTIUM_ADDRESS, Role, Status
from liveledger.bindings.errors import Revert
from liveledger.domain.movements import Kind, Lane, Movement, pack
from tests.reference.warehouse import LOTS, UNKNOWN_PLACE, Warehouse, address, build
from tests.support.dev_chain import DevChain, Refused

pytestmark = pytest.mark.chain
LATER = 1_000_000


@pytest.fixture(scope="module")
def warehouse(dev_chain: DevChain) -> Warehouse:
    """A warehouse with 100 pieces of the first SKU at the brand's first place, and its batch 0 posted."""
    built = build(dev_chain)
    built.post(built.brand_account, [_receive(built, 100)])
    return built


@dataclass(frozen=True)
class Bad:
    """A batch that comes second on its lane: its records, and the error that must come."""

    name: str
    records: Callable[[Warehouse], bytes]
    args: Callable[[Warehouse], dict[str, object]]


def _receive(warehouse: Warehouse, quantity: int = 1) -> Movement:
    return Movement(warehouse.skus[0], Kind.RECEIVE, 0, warehouse.brand_places[0], quantity, warehouse.chain.time())


def _places(warehouse: Warehouse) -> list[int]:
    return [0, *warehouse.brand_places, warehouse.platform_places[0], warehouse.suspended_place, UNKNOWN_PLACE]


def _one(kind: Kind, source: int, target: int, quantity: int = 1, *, late: int = 0) -> Callable[[Warehouse], bytes]:
    """A good record, then one of the first SKU; places 1 and 2 are the brand's, 3 the platform's, 4 the suspended."""

    def records(warehouse: Warehouse) -> bytes:
        names = _places(warehouse)
        at = warehouse.chain.time() + late
        bad = Movement(warehouse.skus[0], kind, names[source], names[target], quantity, at)
        return pack([_receive(warehouse), bad])

    return records


def _patched(offset: int, data: bytes) -> Callable[[Warehouse], bytes]:
    def records(warehouse: Warehouse) -> bytes:
        good = pack([_receive(warehouse)] * 2)
        return good[:offset] + data + good[offset + len(data) :]

    return records


def _place(number: int) -> Callable[[Warehouse], dict[str, object]]:
    return lambda w: {"index": 1, "place": _places(w)[number]}


def _foreign(warehouse: Warehouse) -> bytes:
    place = warehouse.brand_places[0]
    foreign = Movement(warehouse.stranger_skus[0], Kind.RECEIVE, 0, place, 1, warehouse.chain.time())
    return pack([_receive(warehouse), foreign])


def _unknown_sku(warehouse: Warehouse) -> bytes:
    unknown = Movement(warehouse.skus[-1] + 1, Kind.RECEIVE, 0, warehouse.brand_places[0], 1, warehouse.chain.time())
    return pack([_receive(warehouse), unknown])


def _unsorted(warehouse: Warehouse) -> bytes:
    return pack([_receive(warehouse)]) * 2


def _sku(warehouse: Warehouse, place: int, lane: Lane) -> dict[str, object]:
    return {"index": 1, "sku": warehouse.skus[0], "place": warehouse.brand_places[place], "lane": int(lane)}


BAD = {
    "oversell": Bad("StockOversell", _one(Kind.SELL, 1, 0, 102), lambda w: _sku(w, 0, Lane.AVAILABLE)),
    "never reserved": Bad("StockOversell", _one(Kind.SHIP, 1, 2), lambda w: _sku(w, 0, Lane.RESERVED)),
    "nothing on the way": Bad("StockOversell", _one(Kind.DELIVER, 2, 0), lambda w: _sku(w, 1, Lane.IN_TRANSIT)),
    "nothing held": Bad("StockOversell", _one(Kind.SCRAP, 1, 0), lambda w: _sku(w, 0, Lane.HELD)),
    "unknown SKU": Bad("StockUnknownSku", _unknown_sku, lambda w: {"index": 1, "sku": w.skus[-1] + 1}),
    "brand that did not approve": Bad(
        "StockBrandNotApproved",
        _foreign,
        lambda w: {"index": 1, "brand": w.stranger_brand, "organisation": w.brand},
    ),
    "unknown place from": Bad("StockUnknownPlace", _one(Kind.SELL, 5, 0), _place(5)),
    "unknown place to": Bad("StockUnknownPlace", _one(Kind.ARRIVE, 1, 5), _place(5)),
    "suspended place": Bad("StockPlaceSuspended", _one(Kind.RECEIVE, 0, 4), _place(4)),
    "another's place": Bad(
        "StockPlaceNotOperated", _one(Kind.RECEIVE, 0, 3), lambda w: _place(3)(w) | {"organisation": w.brand}
    ),
    "transfer to another's place": Bad(
        "StockPlaceNotOperated", _one(Kind.TRANSFER, 1, 3), lambda w: _place(3)(w) | {"organisation": w.brand}
    ),
    "arrival at another's place": Bad(
        "StockPlaceNotOperated", _one(Kind.ARRIVE, 1, 3), lambda w: _place(3)(w) | {"organisation": w.brand}
    ),
    "receive from a place": Bad(
        "StockPlaceMismatch",
        _one(Kind.RECEIVE, 2, 1),
        lambda w: {"index": 1, "kind": 1, "from_": w.brand_places[1], "to": w.brand_places[0]},
    ),
    "sell to a place": Bad(
        "StockPlaceMismatch",
        _one(Kind.SELL, 1, 2),
        lambda w: {"index": 1, "kind": 14, "from_": w.brand_places[0], "to": w.brand_places[1]},
    ),
    "reserve elsewhere": Bad(
        "StockPlaceMismatch",
        _one(Kind.RESERVE, 1, 2),
        lambda w: {"index": 1, "kind": 2, "from_": w.brand_places[0], "to": w.brand_places[1]},
    ),
    "transfer to itself": Bad(
        "StockPlaceMismatch",
        _one(Kind.TRANSFER, 1, 1),
        lambda w: {"index": 1, "kind": 8, "from_": w.brand_places[0], "to": w.brand_places[0]},
    ),
    "kind 0": Bad("StockUnknownKind", _patched(20, b"\x00"), lambda w: {"index": 1, "kind": 0}),
    "kind 0 without places": Bad("StockUnknownKind", _patched(20, bytes(5)), lambda w: {"index": 1, "kind": 0}),
    "kind 24": Bad("StockUnknownKind", _patched(20, b"\x18"), lambda w: {"index": 1, "kind": 24}),
    "kind 255": Bad("StockUnknownKind", _patched(20, b"\xff"), lambda w: {"index": 1, "kind": 255}),
    "quantity 0": Bad("StockZeroQuantity", _patched(25, b"\x00\x00\x00"), lambda w: {"index": 1}),
    "unknown lot": Bad(
        "StockUnknownLot", _patched(6, b"\x00\x03"), lambda w: {"index": 0, "sku": w.skus[0], "lot": LOTS + 1}
    ),
    "unsorted SKUs": Bad("StockUnsorted", _unsorted, lambda w: {"index": 1, "sku": w.skus[0], "previous": w.skus[0]}),
    "trailing byte": Bad(
        "StockTruncated", lambda w: pack([_receive(w)]) + b"\x00", lambda w: {"index": 1, "offset": 20}
    ),
    "cut short": Bad("StockTruncated", lambda w: pack([_receive(w)])[:-1], lambda w: {"index": 0, "offset": 0}),
    "empty group": Bad("StockTruncated", _patched(4, b"\x00\x00"), lambda w: {"index": 0, "offset": 0}),
    "count too high": Bad("StockTruncated", _patched(4, b"\x00\x03"), lambda w: {"index": 0, "offset": 0}),
    "no records": Bad("StockEmptyBatch", lambda w: b"", lambda w: {}),
}


@pytest.mark.parametrize("case", BAD.values(), ids=BAD.keys())
def test_bad_records_change_nothing(warehouse: Warehouse, case: Bad) -> None:
    account = warehouse.brand_account
    call = warehouse.call(warehouse.sequence(account), case.records(warehouse))
    _refused(warehouse, account, call, Revert(case.name, case.args(warehouse)))


def test_a_fact_of_the_future_is_refused(warehouse: Warehouse) -> None:
    time = warehouse.chain.time()
    records = pack([Movement(warehouse.skus[0], Kind.RECEIVE, 0, warehouse.brand_places[0], 1, time + LATER)])
    call = warehouse.call(warehouse.sequence(warehouse.brand_account), records)
    with pytest.raises(Refused) as refused:
        warehouse.chain.call(warehouse.contract, call, warehouse.brand_account, time=time)
    args: dict[str, object] = {"index": 0, "time": time + LATER, "block_time": time}
    assert refused.value.revert == Revert("StockTimeInFuture", args)
    warehouse.chain.call(warehouse.contract, call, warehouse.brand_account, time=time + LATER - 300)


@pytest.mark.parametrize(("step", "name"), [(-1, "StockSequenceRepeated"), (1, "StockSequenceSkipped")])
def test_a_sequence_repeated_or_skipped_is_refused(warehouse: Warehouse, step: int, name: str) -> None:
    expected = warehouse.sequence(warehouse.brand_account)
    call = warehouse.call(expected + step, pack([_receive(warehouse)]))
    revert = Revert(name, {"sequence": expected + step, "expected": expected})
    _refused(warehouse, warehouse.brand_account, call, revert)


def test_lanes_count_apart(warehouse: Warehouse) -> None:
    call = stock_ledger.NextSequence(address(warehouse.brand_account), 0)
    assert stock_ledger.decode_next_sequence(warehouse.chain.call(warehouse.contract, call)) >= 1
    records = pack([_receive(warehouse)])
    warehouse.chain.call(warehouse.contract, stock_ledger.Post(7, 0, bytes(32), records), warehouse.brand_account)


def test_a_stranger_is_refused(warehouse: Warehouse) -> None:
    stranger = Account.create()
    with pytest.raises(Refused) as refused:
        warehouse.chain.call(warehouse.contract, warehouse.call(0, pack([_receive(warehouse)])), stranger)
    assert refused.value.revert == Revert("ConsortiumUnknownMember", {"account": address(stranger)})


def test_an_account_needs_the_role_and_to_be_active(warehouse: Warehouse) -> None:
    chain, call = warehouse.chain, warehouse.call(0, pack([_receive(warehouse)]))
    account = chain.account(warehouse.brand, Role.REGISTER_SKUS)
    args: dict[str, object] = {"account": address(account), "role": int(Role.POST_MOVEMENTS)}
    _refused(warehouse, account, call, Revert("ConsortiumMissingRole", args))
    change = consortium.SetAccount(address(account), Status.SUSPENDED, Role.POST_MOVEMENTS)
    chain.send(chain.administrator, CONSORTIUM_ADDRESS, change)
    _refused(warehouse, account, call, Revert("ConsortiumAccountSuspended", {"account": address(account)}))


BAD_SKUS = [
    pytest.param(["A"], [0], [1], "StockDuplicateCode", {"index": 0, "code": "A"}, id="code that is there"),
    pytest.param(["X", "X"], [0, 0], [1, 1], "StockDuplicateCode", {"index": 1, "code": "X"}, id="code twice"),
    pytest.param(["Y", ""], [0, 0], [1, 1], "StockBadCode", {"index": 1, "length": 0}, id="empty code"),
    pytest.param(["Z" * 65], [0], [1], "StockBadCode", {"index": 0, "length": 65}, id="long code"),
    pytest.param(["G"], [10**14], [1], "StockBadGtin", {"index": 0, "gtin": 10**14}, id="GTIN of 15 digits"),
    pytest.param(["L"], [], [1], "StockArrayLengths", {"codes": 1, "gtins": 0, "units": 1}, id="lengths"),
]


@pytest.mark.parametrize(("codes", "gtins", "units", "name", "args"), BAD_SKUS)
def test_bad_skus_register_nothing(
    warehouse: Warehouse, codes: list[str], gtins: list[int], units: list[int], name: str, args: dict[str, object]
) -> None:
    serial = stock_ledger.LastSerial(warehouse.brand)
    before = warehouse.chain.call(warehouse.contract, serial)
    _refused(warehouse, warehouse.brand_account, stock_ledger.RegisterSkus(codes, gtins, units), Revert(name, args))
    assert warehouse.chain.call(warehouse.contract, serial) == before


def test_only_a_brand_registers_skus(warehouse: Warehouse) -> None:
    call = stock_ledger.RegisterSkus(["P"], [0], [1])
    _refused(warehouse, warehouse.platform_account, call, Revert("StockNotBrand", {"organisation": warehouse.platform}))


def _refused(
    warehouse: Warehouse, account: LocalAccount, call: stock_ledger.Post | stock_ledger.RegisterSkus, expected: Revert
) -> None:
    """The static call names the reason; the transaction fails, and every word is what it was."""
    before = warehouse.words()
    with pytest.raises(Refused) as refused:
        warehouse.chain.call(warehouse.contract, call, account)
    assert refused.value.revert == expected
    receipt = warehouse.chain.transact(account, warehouse.contract, call.calldata(), gas=8_000_000)
    assert receipt["status"] == "0x0"
    assert warehouse.words() == before
