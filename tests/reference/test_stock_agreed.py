"""Adjustments over the day's limit, and batches that two organisations agreed to, against the rules of stock."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from eth_account.signers.local import LocalAccount

from liveledger.bindings import consortium, stock_ledger
from liveledger.bindings.constants import CONSORTIUM_ADDRESS, Role
from liveledger.bindings.errors import Revert
from liveledger.domain.hashing import keccak
from liveledger.domain.movements import Kind, Movement, pack, sort
from liveledger.domain.typed_data import AgreedBatchMessage, digest
from liveledger.rules.stock_state import StockRefusal
from tests.reference.warehouse import NO_DOCUMENTS, Warehouse, address, build
from tests.support.dev_chain import EVM_CHAIN_ID, DevChain, Refused

pytestmark = pytest.mark.chain
LIMIT = 60
ROUNDS = 50


@pytest.fixture(scope="module")
def warehouse(dev_chain: DevChain) -> Warehouse:
    """Goods of every SKU at the first place of both, and a limit that the brand set."""
    built = build(dev_chain)
    dev_chain.send(built.brand_account, built.contract, stock_ledger.SetAdjustmentLimit(LIMIT))
    built.state = replace(built.state, limits={built.brand: LIMIT})
    for account, places in (
        (built.brand_account, built.brand_places),
        (built.platform_account, built.platform_places),
    ):
        time = dev_chain.time()
        built.post(account, [Movement(sku, Kind.RECEIVE, 0, places[0], 5_000, time) for sku in built.skus])
        built.post(account, [Movement(sku, Kind.RETURN, 0, places[0], 500, time) for sku in built.skus])
    return built


def test_random_adjustments_match_the_reference(warehouse: Warehouse) -> None:
    chance = random.Random(20261124)
    outcomes: dict[str, int] = {}
    for _ in range(ROUNDS):
        parties = [warehouse.brand_account, warehouse.platform_account]
        account, other = chance.sample(parties, 2)
        signer = other if chance.random() < 0.5 else None
        movements = [_adjustment(warehouse, chance, account, agreed=signer is not None) for _ in range(6)]
        name = _round(warehouse, account, signer, movements)
        outcomes[name] = outcomes.get(name, 0) + 1
    assert outcomes["posted"] > ROUNDS // 5
    assert outcomes["StockNeedsAgreement"] > ROUNDS // 12
    assert "StockPlaceNotOperated" in outcomes


def _adjustment(warehouse: Warehouse, chance: random.Random, account: LocalAccount, *, agreed: bool) -> Movement:
    """Mostly at an own place: what the other party operates is open to a co-signed batch alone."""
    own, foreign = warehouse.brand_places[0], warehouse.platform_places[0]
    if account is warehouse.platform_account:
        own, foreign = foreign, own
    place = foreign if chance.random() < (0.5 if agreed else 0.04) else own
    kind = chance.choice([Kind.FOUND, Kind.LOST, Kind.SCRAP, Kind.SEND_BACK, Kind.SELL])
    source, target = (0, place) if kind is Kind.FOUND else (place, 0)
    quantity = chance.choice([1, 2, 3, 25])
    return Movement(chance.choice(warehouse.skus), kind, source, target, quantity, warehouse.chain.time())


def _round(warehouse: Warehouse, account: LocalAccount, signer: LocalAccount | None, movements: list[Movement]) -> str:
    records, sequence, time = pack(sort(movements)), warehouse.sequence(account), warehouse.chain.time()
    call = warehouse.agreed(account, signer, sequence, records) if signer else warehouse.call(sequence, records)
    try:
        warehouse.reference(account, sequence, records, number=1, time=time, signer=signer)
    except StockRefusal as refusal:
        _refused(warehouse, account, call, Revert(refusal.name, refusal.args_by_name), time=time)
        return refusal.name
    warehouse.post(account, movements, signer)
    assert warehouse.words() == warehouse.expected_words()
    return "posted"


def test_what_was_agreed_is_the_only_thing_that_is_taken(warehouse: Warehouse) -> None:
    """A signature for other records, another number, another poster or a time that is over is good for nothing."""
    account, signer = warehouse.brand_account, warehouse.platform_account
    sequence, time = warehouse.sequence(account), warehouse.chain.time()
    records = pack([Movement(warehouse.skus[0], Kind.LOST, warehouse.brand_places[0], 0, 1_000, time)])
    good = warehouse.agreed(account, signer, sequence, records)
    other = pack([Movement(warehouse.skus[0], Kind.LOST, warehouse.brand_places[0], 0, 1_001, time)])
    for changed in (
        replace(good, records=other),
        replace(good, deadline=good.deadline + 1),
        replace(good, lane=1, sequence=0),
    ):
        refusal = _refusal(warehouse, account, changed)
        assert refusal.name in ("ConsortiumUnknownMember", "StockBadSignature")
    for signature in (b"", bytes(65), good.signature[:64], good.signature[:64] + b"\x05"):
        assert _refusal(warehouse, account, replace(good, signature=signature)).name == "StockBadSignature"
    late = Revert("StockDeadlinePassed", {"deadline": good.deadline, "block_time": good.deadline + 1})
    _refused(warehouse, account, good, late, time=good.deadline + 1)
    own = warehouse.agreed(account, account, sequence, records)
    _refused(warehouse, account, own, Revert("StockSameOrganisation", {"organisation": warehouse.brand}))


def test_the_digest_is_what_the_signer_signs(warehouse: Warehouse) -> None:
    account = warehouse.brand_account
    message = AgreedBatchMessage(address(account), 3, 4, NO_DOCUMENTS, keccak(b"records"), 99)
    call = stock_ledger.AgreedDigestOf(address(account), 3, 4, NO_DOCUMENTS, keccak(b"records"), 99)
    answer = stock_ledger.decode_agreed_digest_of(warehouse.chain.call(warehouse.contract, call))
    assert answer == digest(message, chain_id=EVM_CHAIN_ID, contract=warehouse.contract)


def test_goods_arrive_only_where_a_party_operates(warehouse: Warehouse) -> None:
    """From a place's own way to another's shelf would be a transfer that nobody there agreed to."""
    account, signer, sku = warehouse.brand_account, warehouse.platform_account, warehouse.skus[0]
    (here, there), foreign = warehouse.brand_places, warehouse.platform_places[1]
    cases = [(foreign, None), (foreign, signer), (there, None), (here, None)]
    outcomes = []
    for target, second in cases:
        time = warehouse.chain.time()
        rows = [(Kind.RESERVE, here, here), (Kind.SHIP, here, here), (Kind.ARRIVE, here, target)]
        movements = [Movement(sku, kind, *places, 5, time) for kind, *places in rows]
        outcomes.append(_round(warehouse, account, second, movements))
    assert outcomes == ["StockPlaceNotOperated", "posted", "posted", "posted"]
    shipped = [(Kind.RESERVE, here, here), (Kind.SHIP, here, foreign)]
    movements = [Movement(sku, kind, *places, 5, warehouse.chain.time()) for kind, *places in shipped]
    assert _round(warehouse, account, None, movements) == "posted"
    arrival = [Movement(sku, Kind.ARRIVE, foreign, foreign, 5, warehouse.chain.time())]
    assert _round(warehouse, account, None, arrival) == "StockPlaceNotOperated"
    assert _round(warehouse, signer, None, arrival) == "posted"


def test_the_brand_is_a_party(warehouse: Warehouse) -> None:
    """Two that both may move the brand's goods still need the brand."""
    chain = warehouse.chain
    third = warehouse.stranger_brand
    approve = consortium.ApproveOperator(warehouse.brand, third, True)
    chain.send(chain.administrator, CONSORTIUM_ADDRESS, approve)
    signer = chain.account(third, Role.SIGN_AGREEMENTS)
    account = warehouse.platform_account
    records = pack([Movement(warehouse.skus[0], Kind.LOST, warehouse.platform_places[0], 0, 1, chain.time())])
    call = warehouse.agreed(account, signer, warehouse.sequence(account), records)
    _refused(warehouse, account, call, Revert("StockBrandNotParty", {"index": 0, "brand": warehouse.brand}))


def _refusal(warehouse: Warehouse, account: LocalAccount, call: stock_ledger.PostAgreed) -> Revert:
    with pytest.raises(Refused) as refused:
        warehouse.chain.call(warehouse.contract, call, account)
    assert refused.value.revert is not None
    return refused.value.revert


def _refused(
    warehouse: Warehouse,
    account: LocalAccount,
    call: stock_ledger.Post | stock_ledger.PostAgreed,
    expected: Revert,
    *,
    time: int | None = None,
) -> None:
    before = warehouse.words()
    with pytest.raises(Refused) as refused:
        warehouse.chain.call(warehouse.contract, call, account, time=time)
    assert refused.value.revert == expected
    assert warehouse.words() == before
