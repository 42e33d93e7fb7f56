"""The rule of replenishment: the worked example of docs/replenishment.md, and what holds for any facts."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveledger.domain.orders import SourceKind
from liveledger.rules.replenishment.contract import Purchasing, ReplenishmentRefusal, choose, units_wanted
from liveledger.rules.replenishment.facts import Flow, Shortage, Source
from liveledger.rules.replenishment.formula import (
    Choice,
    counted_lots,
    deadline,
    lots_to_keep,
    ordered,
    surplus,
    units_available,
)
from liveledger.rules.replenishment.terms import Settings, Way

NOW = 1_800_000_000
SETTINGS = Settings(2_500, 2_500, 2_500, 2_500, 100, 150, 3_600, 1_000, 9, 432_000, 172_800, 604_800)
SHORT = Shortage(1, 7, threshold=50, target=120, available=25, flow=Flow(incoming=5), now=NOW, set_at=NOW)
NEAR = Source(2, 7, hub=False, available=200, threshold=40, outgoing=0, way=Way(12_000, 3_600, 20))
FAR = Source(3, 8, hub=False, available=420, threshold=20, outgoing=0, way=Way(48_000, 7_200, 90))
HUB = Source(4, 7, hub=True, available=1_001, threshold=40, outgoing=100, way=Way(90_000, 9_000, 150), target=1_005)
SOURCES = [NEAR, FAR, HUB]

UNITS = st.integers(0, 500)
WAYS = st.none() | st.builds(Way, UNITS, UNITS, UNITS)
FACTS = st.lists(
    st.builds(Source, st.integers(2, 40), st.integers(7, 8), st.booleans(), UNITS, UNITS, UNITS, WAYS,
              st.booleans(), st.booleans(), st.none() | UNITS),
    max_size=12, unique_by=lambda source: source.place,
)  # fmt: skip


def test_worked_example() -> None:
    # 90 wanted. Near: 2500·2500 + 2500·5000 + 2500·2222 + 2500·6000; far: 3 · 2500 · 10000.
    assert choose(SHORT, SOURCES, SETTINGS, Purchasing.OPEN) == Choice(SourceKind.PLACE, 2, 90, 30, 39_305_000)
    assert surplus(HUB, SETTINGS) == 1_001 - 101 - 100
    assert choose(SHORT, [HUB], SETTINGS, Purchasing.OPEN) == Choice(SourceKind.HUB, 4, 90, 30)
    assert choose(SHORT, [], SETTINGS, Purchasing.OPEN) == Choice(SourceKind.SUPPLIER, 9, 90, 30)


def test_frozen_purchasing_and_no_supplier_have_their_own_reasons() -> None:
    for purchasing, reason in (
        (Purchasing.FROZEN, "ReplenishmentPurchasingFrozen"),
        (Purchasing.NO_SUPPLIER, "ReplenishmentNoSource"),
    ):
        with pytest.raises(ReplenishmentRefusal) as refused:
            choose(SHORT, [], SETTINGS, purchasing)
        assert refused.value.name == reason


@given(FACTS, st.integers(0, 10_000))
def test_whoever_gives_can_give_and_the_hub_keeps_its_reserve(sources: list[Source], weight: int) -> None:
    weights = (weight, 10_000 - weight, 0, 0)
    settings = Settings(*weights, 100, 150, 3_600, 1_000, 9, 432_000, 172_800, 604_800)
    choice = choose(SHORT, sources, settings, Purchasing.OPEN)
    assert 0 < choice.quantity <= units_wanted(SHORT, settings)
    given_by = {source.place: source for source in sources}.get(choice.source)
    if choice.kind is SourceKind.SUPPLIER:
        assert not any(s.reachable and not s.hub and surplus(s, settings) for s in sources)
        return
    assert given_by is not None
    assert given_by.reachable
    assert given_by.hub is (choice.kind is SourceKind.HUB)
    left = given_by.available - given_by.outgoing - choice.quantity
    assert left >= given_by.threshold
    assert not given_by.hub or left * 10 >= max(given_by.available, given_by.target or 0)


@given(FACTS, st.randoms(use_true_random=False))
def test_the_order_of_places_does_not_matter(sources: list[Source], chance: random.Random) -> None:
    # A region has one hub: the contract sees to that.
    rows = [source for source in sources if not source.hub]
    turned = list(rows)
    chance.shuffle(turned)
    assert choose(SHORT, rows, SETTINGS, Purchasing.OPEN) == choose(SHORT, turned, SETTINGS, Purchasing.OPEN)


@given(UNITS, UNITS, st.integers(0, 200))
def test_an_order_never_exceeds_target_and_caps(available: int, incoming: int, used: int) -> None:
    flow = Flow(incoming, 0, used, NOW // 86_400, NOW - 3_600)
    shortage = Shortage(1, 7, 50, 120, available, flow, NOW, NOW)
    try:
        wanted = units_wanted(shortage, SETTINGS)
    except ReplenishmentRefusal:
        assert available + incoming >= 50 or used >= 150
        return
    assert 0 < wanted <= min(100, 150 - used)
    assert shortage.position + wanted <= 120


def test_the_day_is_counted_anew_and_the_cool_down_ends() -> None:
    flow = ordered(ordered(Flow(), 100, NOW), 40, NOW + 60)
    assert (flow.day_units, flow.incoming, flow.ordered_at) == (140, 140, NOW + 60)
    assert ordered(flow, 5, NOW + 86_400).day_units == 5
    for now, refused in ((NOW + 3_659, True), (NOW + 3_660, False)):
        shortage = Shortage(1, 7, 500, 600, 0, flow, now, NOW)
        if refused:
            with pytest.raises(ReplenishmentRefusal, match="CoolDown"):
                units_wanted(shortage, SETTINGS)
        else:
            assert units_wanted(shortage, SETTINGS) == 10


def test_lots_that_count() -> None:
    assert counted_lots(0) == [0]
    assert counted_lots(31) == list(range(32))
    assert counted_lots(40) == [0, *range(10, 41)]
    # A carrier that registers a thousand takes nothing out of sight that the brand keeps there.
    assert counted_lots(1040, [3, 9, 10, 1039]) == [0, 3, 9, 10, *range(1010, 1041)]
    assert counted_lots(20, [3]) == [0, *range(1, 21)]
    # What is reserved, in transit (to customers, perhaps) or held is no supply.
    assert units_available([5 | 7 << 64 | 9 << 128 | 11 << 192, 1]) == 6


def test_old_lots_with_stock_are_kept_in_sight() -> None:
    assert lots_to_keep(31, {1: 5, 31: 7}) == []
    assert lots_to_keep(40, {0: 9, 1: 5, 4: 0, 9: 1, 10: 99}) == [1, 9]
    assert lots_to_keep(1000, {lot: lot % 7 + 1 for lot in range(1, 100)}) == sorted(
        sorted(range(1, 100), key=lambda lot: (lot % 7, lot))[-32:]
    )


def test_a_neighbour_with_almost_everything_is_asked() -> None:
    """20 are lacking to the threshold, 90 to the target."""
    for available, kind, quantity in ((129, "PLACE", 89), (60, "PLACE", 20), (59, "HUB", 90)):
        sources = [replace(NEAR, available=available), HUB]
        choice = choose(SHORT, sources, SETTINGS, Purchasing.FROZEN)
        assert (choice.kind.name, choice.quantity) == (kind, quantity)


def test_a_neighbour_with_little_comes_before_the_supplier_and_the_refusals() -> None:
    little = [replace(NEAR, available=59), replace(FAR, available=39), replace(HUB, available=200)]
    for purchasing in Purchasing:
        choice = choose(SHORT, little, SETTINGS, purchasing)
        assert (choice.kind, choice.source, choice.quantity) == (SourceKind.PLACE, 2, 19)


def test_old_levels_are_refused() -> None:
    edge = replace(SHORT, set_at=NOW - SETTINGS.max_level_age_seconds)
    assert units_wanted(edge, SETTINGS) == 90
    with pytest.raises(ReplenishmentRefusal, match="LevelsTooOld"):
        units_wanted(replace(edge, now=NOW + 1), SETTINGS)


def test_the_reserve_of_a_hub_with_levels_does_not_shrink() -> None:
    hub = replace(HUB, available=1_000, threshold=10, outgoing=0, target=1_000)
    assert surplus(hub, SETTINGS) == 900
    assert surplus(replace(hub, available=100), SETTINGS) == 0
    assert surplus(replace(hub, available=100, threshold=0, target=None), SETTINGS) == 90


@pytest.mark.parametrize("target", [None, 0, 1, 99, 1_000])
def test_a_small_target_does_not_switch_the_reserve_of_a_hub_off(target: int | None) -> None:
    hub = replace(HUB, available=1_000, threshold=0, outgoing=0, target=target)
    assert surplus(hub, SETTINGS) == 900
    assert surplus(replace(hub, hub=False), SETTINGS) == 1_000


def test_the_deadline_holds_the_lead_time() -> None:
    assert deadline(NEAR.way, SETTINGS, NOW) == NOW + 3_600 + 172_800
    assert deadline(None, SETTINGS, NOW) == NOW + 432_000 + 172_800
