"""What a brand lets another organisation do with its goods: StockLedger against the rules, on random approvals."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

import pytest
from eth_account.signers.local import LocalAccount

from liveledger.bindings import consortium
from liveledger.bindings.constants import CONSORTIUM_ADDRESS, RETRIEVAL_SECONDS, ApprovedAct
from liveledger.bindings.errors import Revert
from liveledger.chain.rpc.nodes import ExecutionRpc
from liveledger.domain.movements import Kind, Movement, pack, sort
from liveledger.rules import approvals as rules
from liveledger.rules.approvals import Approval
from liveledger.rules.stock_state import FETCHING_KINDS, RULES, StockRefusal
from liveledger.services import approvals as chain
from tests.reference.warehouse import Warehouse, build, random_movement
from tests.support.dev_chain import DevChain, Refused

pytestmark = pytest.mark.chain
ROUNDS, BATCHES = 30, 6
# An end that a call can be tried before and after, but that this test does not live to see.
SOON = 3_000


@pytest.fixture(scope="module")
def warehouse(dev_chain: DevChain) -> Warehouse:
    """Goods of two brands at the places of the platform, which both approved."""
    built = build(dev_chain)
    for brand in (built.brand, built.stranger_brand):
        _set(built, brand, Approval())
    time = dev_chain.time()
    goods = [*built.skus, *built.stranger_skus]
    built.post(
        built.platform_account,
        [Movement(sku, Kind.RECEIVE, 0, place, 5_000, time) for sku in goods for place in built.platform_places],
    )
    return built


def test_random_approvals_match_the_reference(warehouse: Warehouse) -> None:
    chance = random.Random(20261130)
    outcomes: dict[str, int] = {}
    for _ in range(ROUNDS):
        _set(warehouse, chance.choice([warehouse.brand, warehouse.stranger_brand]), _random(warehouse, chance))
        for _ in range(BATCHES):
            name = _round(warehouse, chance)
            outcomes[name] = outcomes.get(name, 0) + 1
    assert outcomes["posted"] > ROUNDS // 2
    refusals = "BrandNotApproved SkuNotApproved PlaceNotApproved PlaceNotOperated Promised"
    assert {"fetched", *(f"Stock{name}" for name in refusals.split())} < outcomes.keys()


def test_what_was_set_is_read_back(warehouse: Warehouse) -> None:
    chance = random.Random(7)
    execution = ExecutionRpc(warehouse.chain.url)
    pair = (warehouse.brand, warehouse.platform)
    for _ in range(8):
        wanted = _set(warehouse, warehouse.brand, _random(warehouse, chance))
        block = int(warehouse.chain.rpc("eth_blockNumber"), 16)
        every = [*warehouse.brand_places, *warehouse.platform_places]
        found = chain.approvals(execution, [pair], warehouse.skus, every, block)[pair]
        assert found == wanted
        for act in ApprovedAct:
            assert chain.may(execution, act, pair, block) is wanted.lets(act, warehouse.chain.time())


@pytest.mark.parametrize("limit", [1, 2, 1_000])
def test_long_lists_are_told_page_by_page(warehouse: Warehouse, limit: int) -> None:
    """Every page reads a bounded part of what 4,096 words of SKUs may say; nothing is left out, nothing told twice."""
    pair, brand = (warehouse.brand, warehouse.platform), warehouse.brand << 20
    # Far from each other, the last one there is, and the first and last of a word.
    skus = frozenset(brand | serial for serial in (1, 255, 256, 300_000, 300_001, rules.SERIALS))
    places = frozenset([*warehouse.brand_places, *warehouse.platform_places])
    _set(warehouse, warehouse.brand, Approval(ApprovedAct.MOVE, 0, places, skus))
    execution, block = Counting(warehouse.chain.url), int(warehouse.chain.rpc("eth_blockNumber"), 16)
    told: list[int] = []
    first: chain.Spot | None = chain.START
    while first is not None:
        execution.words = 0
        page = chain.page(execution, pair, first, limit, block)
        assert page is not None
        rows = [*sorted(page.approval.places or ()), *sorted(page.approval.skus or ())]
        assert len(rows) <= limit
        assert execution.words <= 256
        told, first = [*told, *rows], page.following
    assert told == [*sorted(places), *sorted(skus)]
    _set(warehouse, warehouse.brand, Approval())
    page = chain.page(execution, pair, chain.START, limit, int(warehouse.chain.rpc("eth_blockNumber"), 16))
    assert page is not None
    assert (page.approval.places, page.approval.skus, page.following) == (None, None, None)


class Counting(ExecutionRpc):
    """Counts the words that are read."""

    words = 0

    def storage_many(self, address: bytes, slots: Sequence[bytes], block: int) -> list[int]:
        """As it is."""
        self.words += len(slots)
        return super().storage_many(address, slots, block)


def _random(warehouse: Warehouse, chance: random.Random) -> Approval:
    """Mostly with an end that is far off or with none; lists of places and SKUs that miss some."""
    acts = chance.choice([*ApprovedAct, *[ApprovedAct(15)] * 6, ApprovedAct(0)])
    until = chance.choice([0, warehouse.chain.time() + SOON, warehouse.chain.time() + 100_000])
    places = chance.sample([*warehouse.brand_places, *warehouse.platform_places], chance.randint(1, 3))
    skus = chance.sample(warehouse.skus, chance.randint(1, 3))
    return Approval(
        acts,
        until,
        frozenset(places) if chance.random() < 0.4 else None,
        frozenset(skus) if chance.random() < 0.4 else None,
    )


def _set(warehouse: Warehouse, brand: int, approval: Approval) -> Approval:
    """Tells the chain and the reference what a brand lets the platform do."""
    if brand == warehouse.stranger_brand:
        approval = replace(approval, skus=None)
    call = consortium.SetApproval(
        brand,
        warehouse.platform,
        approval.acts,
        approval.until,
        sorted(approval.places or ()),
        sorted(approval.skus or ()),
    )
    warehouse.chain.send(warehouse.chain.administrator, CONSORTIUM_ADDRESS, call)
    known = replace(approval, since=warehouse.chain.time())
    approvals = {**warehouse.registry.approvals, (brand, warehouse.platform): known}
    warehouse.registry = replace(warehouse.registry, approvals=approvals)
    return known


def _round(warehouse: Warehouse, chance: random.Random) -> str:
    """A batch of the platform, now or as it would be some time later: both take it, or refuse it alike."""
    since = warehouse.registry.approvals[warehouse.brand, warehouse.platform].since
    rested = since + RETRIEVAL_SECONDS - warehouse.chain.time()
    time = warehouse.chain.time() + chance.choice([0, 0, 0, 0, SOON, SOON + 1, rested - 1, rested])
    account = chance.choice([warehouse.platform_account, warehouse.brand_account])
    movements = [_movement(warehouse, chance, account, time) for _ in range(chance.randint(1, 12))]
    if chance.random() < 0.6:
        movements = _possible(warehouse, account, movements, time) or movements
    records = pack(sort(movements))
    call = warehouse.call(warehouse.sequence(account), records)
    expected = _expected(warehouse, account, records, time)
    if expected is not None:
        with pytest.raises(Refused) as refused:
            warehouse.chain.call(warehouse.contract, call, account, time=time)
        assert refused.value.revert == Revert(expected.name, expected.args_by_name)
        return expected.name
    warehouse.chain.call(warehouse.contract, call, account, time=time)
    if _expected(warehouse, account, records, warehouse.chain.time() + 5) is not None:
        return "later"
    warehouse.post(account, movements)
    assert warehouse.words() == warehouse.expected_words()
    fetched = account is warehouse.brand_account and any(
        movement.source in warehouse.platform_places for movement in movements
    )
    return "fetched" if fetched else "posted"


def _movement(warehouse: Warehouse, chance: random.Random, account: LocalAccount, time: int) -> Movement:
    """The brand also takes from places of the platform, which may or may not move its goods there."""
    if account is warehouse.platform_account:
        movement = random_movement(warehouse, chance, warehouse.platform_places, time)
    else:
        movement = random_movement(warehouse, chance, warehouse.brand_places, time)
        if chance.random() < 0.5:
            movement = _fetching(warehouse, chance, movement)
    if chance.random() < 0.2:
        movement = replace(movement, sku=warehouse.stranger_skus[0])
    return replace(movement, lot=0)


def _fetching(warehouse: Warehouse, chance: random.Random, movement: Movement) -> Movement:
    """The same goods, from a place of the platform by a kind that fetches them, mostly to a place of the brand."""
    place, kind = chance.choice(warehouse.platform_places), chance.choice(sorted(FETCHING_KINDS))
    target = chance.choice([*warehouse.brand_places, *warehouse.brand_places, *warehouse.platform_places])
    if RULES[kind].same_place or RULES[kind].gives is None:
        target = place if RULES[kind].same_place else 0
    return replace(movement, kind=kind, source=place, target=target)


def _possible(warehouse: Warehouse, account: LocalAccount, movements: list[Movement], time: int) -> list[Movement]:
    chosen: list[Movement] = []
    for movement in movements:
        if _expected(warehouse, account, pack(sort([*chosen, movement])), time) is None:
            chosen.append(movement)
    return chosen


def _expected(warehouse: Warehouse, account: LocalAccount, records: bytes, time: int) -> StockRefusal | None:
    try:
        warehouse.reference(account, warehouse.sequence(account), records, number=1, time=time)
    except StockRefusal as refusal:
        return refusal
    return None
