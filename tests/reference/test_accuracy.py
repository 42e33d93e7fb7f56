"""Accuracy against its readable reference: random records, good and bad, on a real execution engine."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field, replace

import pytest
from eth_account import Account as EthAccount
from eth_account.signers.local import LocalAccount
from hypothesis import given
from hypothesis import strategies as st

from liveledger.bindings import accuracy as contract
from liveledger.bindings.constants import (
    AUDIT_BPS,
    FLAG_BPS,
    MAX_DEVIATION_BPS,
    NOTICE_BPS,
    RECORD_AGE_SECONDS,
    RECORD_SPACING_SECONDS,
    RECOUNT_BPS,
    AccuracyLevel,
    OrganisationKind,
    Role,
)
from liveledger.domain.hashing import mapping_slot, uint_word
from liveledger.domain.streams import place_stream, stream_slot
from liveledger.rules.accuracy import contract as accuracy
from liveledger.rules.accuracy.facts import Comparison, PlaceAccuracy
from liveledger.rules.accuracy.formula import Finding, deviation_up, level_of
from tests.support.dev_chain import EVM_CHAIN_ID, DevChain, Refused

ROUNDS = 320
MAX_UINT32, MAX_UINT64 = (1 << 32) - 1, (1 << 64) - 1
UNKNOWN_PLACE = 60_000
EDGES = (0, NOTICE_BPS - 1, NOTICE_BPS, RECOUNT_BPS, FLAG_BPS, AUDIT_BPS - 1, AUDIT_BPS, 12_345)


@dataclass
class Hall:
    """Two warehouses with a place each, an auditor and a shop; ``state`` is what the reference holds."""

    chain: DevChain
    address: bytes
    places: list[int]
    accounts: list[LocalAccount]
    registry: accuracy.Registry
    state: accuracy.AccuracyState = field(default_factory=accuracy.AccuracyState)

    def block(self) -> accuracy.Block:
        """The newest block, which a static call runs in."""
        found = self.chain.rpc("eth_getBlockByNumber", "latest", False)
        return accuracy.Block(int(found["number"], 16), int(found["timestamp"], 16), EVM_CHAIN_ID, self.address)

    def words(self) -> dict[str, int]:
        """Every word that the contract may write."""
        found = {}
        for place in self.places:
            found[f"place {place}"] = self.chain.storage(self.address, mapping_slot(uint_word(place), 0))
            found[f"finding {place}"] = self.chain.storage(self.address, mapping_slot(uint_word(place), 1))
            found[f"stream {place}"] = self.chain.storage(self.address, stream_slot(place_stream(place)))
            found[f"audit {place}"] = self.chain.storage(self.address, mapping_slot(uint_word(place), 3))
            for organisation in self.registry.organisations:
                key = uint_word(place << 16 | organisation)
                found[f"recorded {place} {organisation}"] = self.chain.storage(self.address, mapping_slot(key, 2))
        return found

    def expected(self) -> dict[str, int]:
        """The same words as the reference has them."""
        found = {}
        for place in self.places:
            head = self.state.streams.get(place_stream(place))
            found[f"place {place}"] = self.state.places.get(place, PlaceAccuracy()).word()
            found[f"finding {place}"] = self.state.findings.get(place, Finding()).word()
            found[f"stream {place}"] = head.word() if head else 0
            raiser, first = self.state.audits.get(place, (0, 0))
            found[f"audit {place}"] = raiser | first << 16
            for organisation in self.registry.organisations:
                found[f"recorded {place} {organisation}"] = self.state.recorded.get((place, organisation), 0)
        return found


@pytest.fixture(scope="module")
def hall(dev_chain: DevChain) -> Hall:
    address = dev_chain.deploy("Accuracy", contract.CREATION_CODE, contract.VERSION)
    kinds = (
        OrganisationKind.WAREHOUSE,
        OrganisationKind.WAREHOUSE,
        OrganisationKind.AUDITOR,
        OrganisationKind.PLATFORM,
        OrganisationKind.AUDITOR,
    )
    organisations = [dev_chain.admit(kind) for kind in kinds]
    places = [dev_chain.place(organisation) for organisation in (organisations[0], organisations[1], organisations[2])]
    members = [
        (organisations[0], Role.POST_MOVEMENTS),
        (organisations[1], Role.REPORT),
        (organisations[2], Role.REPORT | Role.POST_MOVEMENTS),
        (organisations[4], Role.REPORT),
        (organisations[3], Role.REPORT),
        (organisations[0], Role.CAPTURE_EVENTS),
    ]
    accounts = [dev_chain.account(*member) for member in members]
    registry = accuracy.Registry(
        {_address(a): accuracy.Account(*member) for a, member in zip(accounts, members, strict=True)},
        {number: accuracy.Organisation(kind) for number, kind in zip(organisations, kinds, strict=True)},
        dict(zip(places, organisations, strict=False)),
    )
    return Hall(dev_chain, address, places, [*accounts, EthAccount.create()], registry)


@pytest.mark.chain
def test_random_records_match_the_reference(hall: Hall) -> None:
    chance = random.Random(20261124)
    outcomes: Counter[str] = Counter()
    for _ in range(ROUNDS):
        account = chance.choice(hall.accounts[:4] * 3 + hall.accounts)
        comparison = _random(hall, chance)
        outcomes[_round(hall, account, comparison)] += 1
        assert hall.words() == hall.expected()
    assert outcomes["recorded"] > ROUNDS // 8
    assert outcomes["waits"], "an auditor that finds less than another's flag"
    assert {
        "AccuracyNotOperator",
        "AccuracyUnknownPlace",
        "AccuracyBlockNotPast",
        "AccuracyFromFuture",
        "AccuracyNotNewer",
        "AccuracyTooOld",
        "AccuracyTooSoon",
        "AccuracyNoSkus",
        "AccuracyTooManyMatching",
        "AccuracyImpossibleDifference",
        "ConsortiumMissingRole",
        "ConsortiumUnknownMember",
    } <= outcomes.keys()


@pytest.mark.chain
def test_views_say_what_the_reference_says(hall: Hall) -> None:
    chance = random.Random(7)
    for bps in (*EDGES, 0):
        place = hall.state.places.get(hall.places[0], PlaceAccuracy())
        newer = {"as_of": max(place.as_of, place.other_as_of) + RECORD_SPACING_SECONDS} if place.as_of else {}
        matching = MAX_UINT32 - 1 if bps else MAX_UINT32
        figures = {"skus": MAX_UINT32, "skus_matching": matching, "ledger_units": 10_000, "snapshot_units": 10_000}
        comparison = replace(_fair(hall, chance, 0), **newer, **figures, difference_units=bps)
        assert _round(hall, hall.accounts[0], comparison) == "recorded"
        expected = hall.state.places[hall.places[0]]
        flagged = contract.decode_flagged(hall.chain.call(hall.address, contract.Flagged(hall.places[0])))
        due = contract.decode_recount_by(hall.chain.call(hall.address, contract.RecountBy(hall.places[0])))
        assert (flagged, due) == (expected.flag != 0, expected.recount_by)
    assert hall.state.places[hall.places[0]].flag == AccuracyLevel.AUDIT


def _round(hall: Hall, account: LocalAccount, comparison: Comparison) -> str:
    """Both record or both refuse, with the same name and arguments."""
    values = (getattr(comparison, name) for name in Comparison.__slots__)
    call = contract.Record(*values)
    expected = _refusal(hall, account, comparison)
    if expected is not None:
        with pytest.raises(Refused) as refused:
            hall.chain.call(hall.address, call, account)
        revert = refused.value.revert
        assert revert is not None
        assert (revert.name, revert.args) == (expected.name, expected.args_by_name)
        return revert.name
    receipt = hall.chain.send(account, hall.address, call)
    found = hall.chain.rpc("eth_getBlockByNumber", receipt["blockNumber"], False)
    block = accuracy.Block(int(found["number"], 16), int(found["timestamp"], 16), EVM_CHAIN_ID, hall.address)
    hall.state = accuracy.record(hall.state, hall.registry, block, _address(account), comparison)
    log = receipt["logs"][-1]
    topics = [bytes.fromhex(topic[2:]) for topic in log["topics"]]
    if topics[0] == contract.AccuracySecondAwaitedEvent.TOPIC:
        return "waits"
    event = contract.AccuracyRecordedEvent.decode(topics, bytes.fromhex(log["data"][2:]))
    assert (event.place, event.poster) == (comparison.place, _address(account))
    assert event.comparison.abi_tuple() == tuple(getattr(comparison, name) for name in Comparison.__slots__)
    assert event.word == hall.state.places[comparison.place].word()
    assert event.finding == hall.state.findings[comparison.place].word()
    assert event.level == hall.state.places[comparison.place].level
    return "recorded"


def _refusal(hall: Hall, account: LocalAccount, comparison: Comparison) -> accuracy.AccuracyRefusal | None:
    try:
        accuracy.record(hall.state, hall.registry, hall.block(), _address(account), comparison)
    except accuracy.AccuracyRefusal as refusal:
        return refusal
    return None


def _fair(hall: Hall, chance: random.Random, which: int) -> Comparison:
    """A comparison that the contract would take from the place's operator."""
    place = hall.places[which]
    before = hall.state.places.get(place, PlaceAccuracy())
    block = hall.block()
    newest = max(before.as_of, before.other_as_of)
    least = min(before.as_of, before.other_as_of)
    spaced = newest + RECORD_SPACING_SECONDS
    times = (*[spaced] * 16, spaced - 1, newest + 1, least + RECORD_SPACING_SECONDS if least else spaced, newest)
    skus = chance.choice((1, 7, 4000, MAX_UINT32))
    differing = chance.choice((1, skus, chance.randrange(skus) + 1))
    ledger = chance.choice((0, 1, 10_000, chance.randrange(10**9), MAX_UINT64))
    difference = min(ledger * chance.choice(EDGES) // 10_000, MAX_UINT64 - ledger)
    return Comparison(
        place=place,
        as_of=chance.choice(times) if before.as_of else block.time - 20_000_000,
        at_block=chance.randrange(block.number),
        skus=skus,
        skus_matching=skus - min(differing, difference),
        ledger_units=ledger,
        snapshot_units=ledger + difference,
        difference_units=difference,
        snapshot_root=chance.randbytes(32),
    )


def _random(hall: Hall, chance: random.Random) -> Comparison:
    """A fair comparison, or one with a field out of order."""
    fair = _fair(hall, chance, chance.randrange(len(hall.places)))
    block = hall.block()
    spoiled = (
        {"place": chance.choice((0, UNKNOWN_PLACE))},
        {"at_block": block.number + chance.randrange(3)},
        {"as_of": block.time + 302 + chance.randrange(1000)},
        {"as_of": fair.as_of - 1 - chance.randrange(2)},
        {"as_of": block.time - RECORD_AGE_SECONDS - 1 - chance.randrange(1000)},
        *[{"skus": 0, "skus_matching": matching} for matching in (0, 1)],
        {"skus": 5, "skus_matching": 6},
        {"difference_units": max(0, fair.difference_units - 1)},
        {"skus_matching": fair.skus},
        {"skus": 12, "skus_matching": 1, "ledger_units": 10, "snapshot_units": 10, "difference_units": 10},
        {"ledger_units": 5, "snapshot_units": 6, "difference_units": 12},
    )
    return replace(fair, **chance.choice(spoiled)) if chance.random() < 0.5 else fair


def _address(account: LocalAccount) -> bytes:
    return bytes.fromhex(account.address[2:])


@pytest.mark.parametrize(
    ("matching", "units", "least", "most"),
    [
        (7, (10, 10, 0), 3, 20),
        (7, (10, 10, 2), 3, 20),
        (7, (10, 15, 4), 5, 25),
        (7, (10, 15, 26), 5, 25),
        (0, (1, 0, 1), 10, 1),
        (10, (10, 10, 1), 0, 0),
        (10, (10, 15, 5), 5, 0),
    ],
)
def test_figures_that_no_stock_can_have(matching: int, units: tuple[int, int, int], least: int, most: int) -> None:
    with pytest.raises(accuracy.AccuracyRefusal) as refused:
        accuracy.check_figures(Comparison(1, 2, 3, 10, matching, *units, bytes(32)))
    assert refused.value.name == "AccuracyImpossibleDifference"
    assert (refused.value.args_by_name["least"], refused.value.args_by_name["most"]) == (least, most)


@pytest.mark.parametrize(
    ("matching", "units"), [(7, (10, 10, 3)), (7, (10, 15, 25)), (10, (9, 9, 0)), (0, (10, 0, 10))]
)
def test_figures_that_some_stock_has(matching: int, units: tuple[int, int, int]) -> None:
    accuracy.check_figures(Comparison(1, 2, 3, 10, matching, *units, bytes(32)))


@pytest.mark.parametrize(("poster", "most"), [(1, 300), (2, 0)])
def test_only_the_operator_may_be_ahead_of_the_block(poster: int, most: int) -> None:
    registry = accuracy.Registry(
        {bytes([number]) * 20: accuracy.Account(number, Role.REPORT) for number in (1, 2)},
        {1: accuracy.Organisation(OrganisationKind.WAREHOUSE), 2: accuracy.Organisation(OrganisationKind.AUDITOR)},
        {3: 1},
    )
    block, sender = accuracy.Block(9, 1_000, EVM_CHAIN_ID, bytes(20)), bytes([poster]) * 20
    comparison = Comparison(3, 1_000 + most, 8, 1, 1, 5, 5, 0, bytes(32))
    state = accuracy.record(accuracy.AccuracyState(), registry, block, sender, comparison)
    assert state.places[3].as_of == 1_000 + most
    later = replace(comparison, as_of=comparison.as_of + 1)
    with pytest.raises(accuracy.AccuracyRefusal, match="AccuracyFromFuture"):
        accuracy.record(state, registry, block, sender, later)


@given(st.integers(0, MAX_UINT64), st.integers(0, MAX_UINT64))
def test_deviation_is_the_least_that_covers_the_difference(difference: int, ledger: int) -> None:
    bps = deviation_up(difference, ledger)
    assert bps == MAX_DEVIATION_BPS or bps * max(ledger, 1) >= difference * 10_000
    assert bps == 0 or (bps - 1) * max(ledger, 1) < difference * 10_000


@pytest.mark.parametrize(
    ("bps", "level"),
    [(0, 0), (299, 0), (300, 1), (799, 1), (800, 2), (1499, 2), (1500, 3), (2499, 3), (2500, 4), (65_535, 4)],
)
def test_levels_begin_at_their_thresholds(bps: int, level: int) -> None:
    assert level_of(bps) == level


@given(st.integers(0, (1 << 241) - 1))
def test_a_word_is_read_as_it_was_written(word: int) -> None:
    assert PlaceAccuracy.from_word(word).word() == word


@given(st.integers(0, (1 << 160) - 1))
def test_a_finding_is_read_as_it_was_written(word: int) -> None:
    assert Finding.from_word(word).word() == word
