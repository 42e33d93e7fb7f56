"""Returns against the readable rules of returns: random interleavings of movements, gradings and closings."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from eth_account.signers.local import LocalAccount

from liveledger.bindings import returns
from liveledger.bindings.errors import Revert
from liveledger.domain.movements import Kind, Movement
from liveledger.domain.returns import Grade, ReturnAct, unpack
from liveledger.domain.streams import return_stream
from liveledger.rules import stock_state as stock
from liveledger.rules.returns.contract import RawEntry, ReturnsRefusal
from tests.reference.returning import (
    DOCUMENTS,
    LOTS,
    UNKNOWN_PLACE,
    ReturnsDesk,
    address,
    build,
    random_entry,
    random_movement,
)
from tests.support.dev_chain import DevChain, Refused

pytestmark = pytest.mark.chain
ROUNDS = 160
GAS = 8_000_000
TRANSACTION_GAS = 1 << 24

Spoiler = Callable[[ReturnsDesk, random.Random, RawEntry], RawEntry]
SPOILERS: list[Spoiler] = [
    lambda desk, _, entry: replace(entry, sku=desk.stranger_sku),
    lambda _, chance, entry: replace(entry, sku=chance.choice([0, 7, 1 << 31])),
    lambda _desk, _, entry: replace(entry, place=UNKNOWN_PLACE),
    lambda desk, _, entry: replace(entry, place=desk.suspended_place),
    lambda desk, chance, entry: replace(entry, place=chance.choice(desk.brand_places + desk.warehouse_places)),
    lambda _desk, _, entry: replace(entry, quantity=0),
    lambda _desk, _, entry: replace(entry, quantity=(1 << 24) - 1),
    lambda _, chance, entry: replace(entry, grade=chance.choice([0, 5, 255])),
    lambda _, chance, entry: replace(entry, disposition=chance.choice([0, 1, 2, 3, 4, 255])),
    lambda _desk, _, entry: replace(entry, lot=LOTS + 1),
]


@pytest.fixture(scope="module")
def desk(dev_chain: DevChain) -> ReturnsDesk:
    return build(dev_chain)


def test_random_interleavings_match_the_reference(desk: ReturnsDesk) -> None:
    chance = random.Random(20261124)
    outcomes: dict[str, int] = {}
    for _ in range(ROUNDS):
        account = chance.choice([desk.brand_account, desk.warehouse_account])
        outcome = _round(desk, chance, account)
        outcomes[outcome] = outcomes.get(outcome, 0) + 1
        _check_bounds(desk)
    assert min(outcomes["GRADED"], outcomes["CLOSED"], outcomes["moved"]) > 10, outcomes
    assert {"ReturnsNotHeld", "ReturnsNotOpen"} < outcomes.keys(), outcomes
    assert sum(name.startswith("Returns") for name in outcomes) >= 7, outcomes
    _check_views(desk)


def _round(desk: ReturnsDesk, chance: random.Random, account: LocalAccount) -> str:
    own = desk.own(account)
    if chance.random() < 0.35:
        try:
            desk.move(account, random_movement(desk, chance, own))
        except stock.StockRefusal:
            return "not moved"
        return "moved"
    kind = chance.choice(list(ReturnAct))
    entries = [random_entry(desk, chance, own, kind) for _ in range(chance.randint(1, 8))]
    if chance.random() < 0.9:
        entries.sort(key=lambda entry: entry.sku)
    if chance.random() < 0.7:
        entries = _possible(desk, account, kind, entries)
    if chance.random() < 0.1:
        entries.reverse()
    if entries and chance.random() < 0.35:
        at = chance.randrange(len(entries))
        entries[at] = chance.choice(SPOILERS)(desk, chance, entries[at])
    return _both(desk, account, kind, entries)


def _possible(desk: ReturnsDesk, account: LocalAccount, kind: ReturnAct, entries: list[RawEntry]) -> list[RawEntry]:
    """Those of the entries that can be taken together."""
    chosen: list[RawEntry] = []
    for entry in entries:
        if _expected(desk, account, kind, [*chosen, entry]) is None:
            chosen.append(entry)
    return chosen


def _both(desk: ReturnsDesk, account: LocalAccount, kind: ReturnAct, entries: Sequence[RawEntry]) -> str:
    """Chain and reference take the call and hold the same words, or refuse it by the same name and arguments."""
    expected = _expected(desk, account, kind, entries)
    if expected is None:
        desk.act(account, kind, entries)
        assert desk.words() == desk.expected_words()
        return kind.name
    _refused(desk, account, kind, entries, expected)
    return expected.name


def _refused(
    desk: ReturnsDesk, account: LocalAccount, kind: ReturnAct, entries: Sequence[RawEntry], expected: ReturnsRefusal
) -> None:
    call = desk.call(kind, entries)
    with pytest.raises(Refused) as refused:
        desk.chain.call(desk.contract, call, account)
    assert refused.value.revert == Revert(expected.name, expected.args_by_name)
    receipt = desk.chain.transact(account, desk.contract, call.calldata(), gas=GAS)
    assert receipt["status"] == "0x0"
    assert desk.words() == desk.expected_words()


def _expected(
    desk: ReturnsDesk, account: LocalAccount, kind: ReturnAct, entries: Sequence[RawEntry]
) -> ReturnsRefusal | None:
    try:
        desk.reference(account, kind, entries, number=1, time=1)
    except ReturnsRefusal as refusal:
        return refusal
    return None


def _check_bounds(desk: ReturnsDesk) -> None:
    """Graded units never exceed what came back."""
    for sku, units in desk.state.graded.items():
        assert sum(units) <= desk.goods.counters[sku].returned


def _check_views(desk: ReturnsDesk) -> None:
    for sku in desk.skus:
        answer = desk.chain.call(desk.contract, returns.SettlementInputs(sku))
        inputs = returns.decode_settlement_inputs(answer)
        units = (inputs.resaleable, inputs.discounted, inputs.supplier_borne, inputs.scrapped)
        assert units == desk.state.graded.get(sku, (0, 0, 0, 0))
        word = returns.decode_stream_word(desk.chain.call(desk.contract, returns.StreamWord(return_stream(sku))))
        assert word == desk.state.streams[return_stream(sku)].word()


def test_a_grading_and_its_event(desk: ReturnsDesk) -> None:
    sku, place = desk.skus[0], desk.brand_places[0]
    desk.move(desk.brand_account, Movement(sku, Kind.RETURN, 0, place, 9, desk.chain.time()))
    entries = [RawEntry(sku, 0, place, 4, 1, 1), RawEntry(sku, 0, place, 5, 4, 4)]
    receipt = desk.act(desk.brand_account, ReturnAct.GRADED, entries)
    [log] = receipt["logs"]
    topics = [bytes.fromhex(topic[2:]) for topic in log["topics"]]
    event = returns.GradedEvent.decode(topics, bytes.fromhex(log["data"][2:]))
    grading = unpack(sku, event.payload)
    assert (event.sku, event.grader, event.organisation) == (sku, address(desk.brand_account), sku >> 20)
    assert (grading.act, grading.organisation, grading.documents_root) == (ReturnAct.GRADED, sku >> 20, DOCUMENTS)
    assert [(entry.quantity, entry.grade) for entry in grading.entries] == [(4, Grade.A), (5, Grade.D)]


def test_every_refusal_has_the_same_name_and_arguments(desk: ReturnsDesk) -> None:
    sku, place = desk.skus[2], desk.brand_places[0]
    desk.move(desk.brand_account, Movement(sku, Kind.RETURN, 0, place, 5, desk.chain.time()))
    good = RawEntry(sku, 0, place, 1, 1, 1)
    low = replace(good, sku=desk.skus[0], quantity=1)
    wrong = {
        "ReturnsUnsorted": [good, low],
        "ReturnsUnknownSku": [replace(good, sku=desk.stranger_sku + 1)],
        "ReturnsBrandNotApproved": [replace(good, sku=desk.stranger_sku)],
        "ReturnsUnknownGrade": [good, replace(good, grade=5)],
        "ReturnsWrongDisposition": [good, replace(good, disposition=2)],
        "ReturnsZeroQuantity": [good, replace(good, quantity=0)],
        "ReturnsUnknownPlace": [good, replace(good, place=UNKNOWN_PLACE)],
        "ReturnsPlaceSuspended": [good, replace(good, place=desk.suspended_place)],
        "ReturnsPlaceNotOperated": [good, replace(good, place=desk.warehouse_places[0])],
    }
    desk.move(desk.brand_account, Movement(low.sku, Kind.RETURN, 0, place, 1, desk.chain.time()))
    for kind in ReturnAct:
        if kind is ReturnAct.CLOSED:
            for entry in (low, good):
                assert _both(desk, desk.brand_account, ReturnAct.GRADED, [entry]) == "GRADED"
        for name, entries in wrong.items():
            assert _both(desk, desk.brand_account, kind, entries) == name
    assert _both(desk, desk.brand_account, ReturnAct.GRADED, [replace(good, quantity=1 << 23)]) == "ReturnsNotHeld"
    assert _both(desk, desk.brand_account, ReturnAct.CLOSED, [replace(good, quantity=1 << 23)]) == "ReturnsNotOpen"


def test_held_goods_that_never_came_back_are_not_graded(desk: ReturnsDesk) -> None:
    sku, place = desk.skus[1], desk.brand_places[0]
    for kind, source in ((Kind.RECEIVE, 0), (Kind.HOLD, place)):
        desk.move(desk.brand_account, Movement(sku, kind, source, place, 9_000, desk.chain.time()))
    entries = [RawEntry(sku, 0, place, 9_000, 1, 1)]
    assert _both(desk, desk.brand_account, ReturnAct.GRADED, entries) == "ReturnsNotReturned"


def test_an_account_without_the_role_grades_nothing(desk: ReturnsDesk) -> None:
    entries = [RawEntry(desk.skus[0], 0, desk.brand_places[0], 1, 1, 1)]
    for kind in ReturnAct:
        assert _both(desk, desk.clerk, kind, entries) == "ConsortiumMissingRole"


@pytest.mark.parametrize("size", [0, 257])
def test_the_number_of_entries_is_bounded(desk: ReturnsDesk, size: int) -> None:
    entries = [RawEntry(desk.skus[0], 0, desk.brand_places[0], 1, 1, 1)] * size
    assert _both(desk, desk.brand_account, ReturnAct.GRADED, entries) == "ReturnsEntryCount"


def test_a_full_call_fits_a_transaction(desk: ReturnsDesk) -> None:
    sku, place = desk.skus[1], desk.brand_places[1]
    desk.move(desk.brand_account, Movement(sku, Kind.RETURN, 0, place, 256, desk.chain.time(), 1))
    entries = [RawEntry(sku, 1, place, 1, at % 4 + 1, at % 4 + 1) for at in range(256)]
    receipt = desk.act(desk.brand_account, ReturnAct.GRADED, entries)
    assert desk.words() == desk.expected_words()
    assert int(receipt["gasUsed"], 16) < TRANSACTION_GAS // 2, int(receipt["gasUsed"], 16)
