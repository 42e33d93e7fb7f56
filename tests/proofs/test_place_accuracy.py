"""place-accuracy/1: records of a place are whole, and each says what its figures and the one before it say."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liveledger.domain.hashing import uint_word
from liveledger.domain.streams import place_stream
from liveledger.prover.errors import ProofBroken
from liveledger.rules.accuracy import contract as rules
from liveledger.rules.accuracy import facts, formula, formula_2
from liveledger.verifier import Question, Refusal, encode_bundle, layout
from liveledger.verifier.refusal import Code
from tests.proofs.scenario import Case
from tests.simulators.chain import PLACE, PLACE_GLN
from tests.simulators.ledger import SimulatedLedger

# Deviation in basis points, and whether an independent auditor recorded it.
HISTORY = ((0, False), (900, False), (2600, False), (100, False), (1600, True), (0, False))


def compared(ledger: SimulatedLedger, bps: int, number: int, place: int = PLACE) -> facts.Comparison:
    return facts.Comparison(
        place, ledger.now - 10 + number, ledger.number - 1, 40, 39, 10_000, 10_000 + bps, bps, bytes([number]) * 32
    )


def append(
    ledger: SimulatedLedger, comparison: facts.Comparison, after: facts.PlaceAccuracy, *, audited: bool, n: int = 1
) -> None:
    """A record as Accuracy.record does it, with whatever word."""
    payload = comparison.encode() + uint_word(9) + uint_word(audited) + uint_word(after.word())
    ledger.append(layout.ACCURACY, place_stream(PLACE), n, payload)
    ledger.storage(layout.ACCURACY)[layout.place_accuracy_slot(PLACE)] = after.word()


def fresh() -> SimulatedLedger:
    ledger = SimulatedLedger()
    ledger.deploy(layout.ACCURACY)
    ledger.register_place()
    return ledger


def build(history: tuple[tuple[int, bool], ...] = HISTORY) -> SimulatedLedger:
    """A block for each record."""
    ledger = fresh()
    ledger.mine()
    for bps, audited in history:
        ledger.compare(bps, audited=audited)
        ledger.mine()
    ledger.mine()
    return ledger


def ask(ledger: SimulatedLedger, **parameters: str) -> Case:
    question = Question.parse({"view": "place-accuracy/1", "parameters": {"place": str(PLACE_GLN)} | parameters})
    return Case(question, ledger.anchor(0), ledger.prover().prove(question))


@pytest.fixture(scope="module")
def ledger() -> SimulatedLedger:
    return build()


def test_the_whole_history_and_where_the_place_stands(ledger: SimulatedLedger) -> None:
    verdict = ask(ledger).verify()
    records = verdict.answer["records"]
    assert [record["deviation_bps"] for record in records] == [str(bps) for bps, _ in HISTORY]
    assert [record["level"] for record in records] == ["0", "2", "4", "0", "3", "0"]
    assert [record["flag"] for record in records] == ["0", "0", "4", "4", "3", "0"]
    assert records[1]["recount_by"] == records[2]["recount_by"] != "0"
    assert {record["accuracy_bps"] for record in records} == {"9750"}
    latest = verdict.answer["latest"]
    assert {name: latest[name] for name in latest} == {name: records[-1][name] for name in latest}
    assert "all 6 comparisons, in order, none left out" in str(verdict.supports.complete)


def test_an_auditor_is_not_shut_out_by_a_newer_record() -> None:
    ledger = fresh()
    ledger.mine()
    for bps, audited, ago in ((0, False, 5), (2600, True, 3600), (0, False, 4), (0, True, 3000), (900, False, 3)):
        ledger.compare(bps, audited=audited, ago=ago)
        ledger.mine()
    ledger.mine()
    answer = ask(ledger).verify().answer
    assert [record["flag"] for record in answer["records"]] == ["0", "4", "4", "0", "0"]
    times = [int(record["as_of"]) for record in answer["records"]]
    assert times[1] < times[0] < times[2]
    assert (answer["latest"]["level"], answer["latest"]["recount_by"] != "0") == ("2", True)


def test_records_of_before_both_sides_had_their_own_times_still_verify() -> None:
    """They said nothing above bit 208, and went forward in time together."""
    ledger = fresh()
    ledger.mine()
    slot, kept = layout.place_accuracy_slot(PLACE), (1 << 208) - 1
    for bps, audited in HISTORY:
        before = facts.PlaceAccuracy.from_word(ledger.storage(layout.ACCURACY).get(slot, 0))
        comparison = compared(ledger, bps, before.count)
        held = replace(before, audited=audited)
        times: dict[str, Any] = {"block_time": ledger.now, "flag_of": formula_2.flag_of}
        full, _ = rules.next_place(held, formula.Finding(), comparison, audited=audited, **times)
        append(ledger, comparison, facts.PlaceAccuracy.from_word(full.word() & kept), audited=audited)
        ledger.mine()
    ledger.mine()
    records = ask(ledger).verify().answer["records"]
    assert [record["flag"] for record in records] == ["0", "0", "4", "4", "3", "0"]


def test_pages(ledger: SimulatedLedger) -> None:
    for first, limit in ((0, 2), (2, 3), (4, 9), (7, 1)):
        answer = ask(ledger, first=str(first), limit=str(limit)).verify().answer
        numbers = [int(record["sequence"]) for record in answer["records"]]
        assert numbers == list(range(6))[first : first + limit]
        assert (answer["count"], answer["latest"]["level"]) == ("6", "0")


def test_a_place_without_records_and_one_that_is_none() -> None:
    ledger = fresh()
    for _ in range(3):
        ledger.mine()
    answer = ask(ledger).verify().answer
    assert answer == {"count": "0", "known_place": True, "latest": None, "records": []}
    answer = ask(ledger, place="9521234200017").verify().answer
    assert answer == {"count": "0", "known_place": False, "latest": None, "records": []}


@pytest.mark.parametrize("order", [[0, 1, 2, 3, 4], [1, 2, 3, 4, 5], [0, 1, 2, 4, 3, 5], [0, 0, 1, 2, 3, 4, 5]])
def test_a_record_left_out_doubled_or_moved_is_refused(ledger: SimulatedLedger, order: list[int]) -> None:
    asked = ask(ledger)
    changed = copy.deepcopy(asked.bundle)
    changed["evidence"]["leaves"]["page"] = [asked.bundle["evidence"]["leaves"]["page"][at] for at in order]
    with pytest.raises(Refusal) as refused:
        asked.verify(changed)
    assert refused.value.stable_code == Code.INCOMPLETE


def test_every_field_of_the_answer_is_compared(ledger: SimulatedLedger) -> None:
    asked = ask(ledger)
    for changed in _changed(asked.bundle["answer"]):
        with pytest.raises(Refusal) as refused:
            asked.verify(asked.bundle | {"answer": changed})
        assert refused.value.stable_code in (Code.ANSWER_MISMATCH, Code.SHAPE)


def _changed(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """The answer with one value changed, for each of its values."""
    found: list[dict[str, Any]] = [answer | {"count": "5"}, answer | {"known_place": False}, answer | {"latest": None}]
    found += [answer | {"latest": answer["latest"] | {name: "9"}} for name in answer["latest"]]
    first, *rest = answer["records"]
    for name, value in first.items():
        other = (not value) if isinstance(value, bool) else "7"
        found.append(answer | {"records": [first | {name: other}, *rest]})
    return found


def test_every_byte_of_a_leaf_counts(ledger: SimulatedLedger) -> None:
    asked = ask(ledger)
    payload = bytearray.fromhex(asked.bundle["evidence"]["leaves"]["page"][0]["payload"][2:])
    for at in range(len(payload)):
        changed = copy.deepcopy(asked.bundle)
        payload[at] ^= 1
        changed["evidence"]["leaves"]["page"][0]["payload"] = "0x" + payload.hex()
        payload[at] ^= 1
        with pytest.raises(Refusal):
            asked.verify(encode_bundle(changed))


GOOD = {"audited": False, "n": 1}


@pytest.mark.parametrize(
    ("figures", "state", "how", "why"),
    [
        ({}, {"deviation": 299}, {}, "do not follow from its figures"),
        ({}, {"accuracy": 9999}, {}, "do not follow from its figures"),
        ({}, {"level": 0}, {}, "do not follow from its figures"),
        ({}, {"as_of": 1}, {}, "do not follow from its figures"),
        ({}, {"at_block": 77}, {}, "do not follow from its figures"),
        ({}, {"count": 3}, {}, "do not follow from its figures"),
        ({}, {"flag": 0}, {}, "does not follow from the one before"),
        ({}, {"recount_by": 1}, {}, "does not follow from the one before"),
        ({"as_of": 5}, {"as_of": 5}, {}, "does not follow from the one before"),
        ({}, {"other_as_of": 5}, {}, "does not follow from the one before"),
        ({}, {"audited": True}, {}, "does not follow from the one before"),
        ({"place": PLACE + 1}, {}, {}, "of another place"),
        ({"skus": 0, "skus_matching": 0}, {}, {}, "more SKUs"),
        ({"skus_matching": 41}, {}, {}, "more SKUs"),
        ({"difference_units": 2599}, {}, {}, "no stock"),
        ({}, {}, {"audited": True}, ""),
    ],
)
def test_what_no_contract_of_ours_writes_is_refused(
    figures: dict[str, int], state: dict[str, int], how: dict[str, Any], why: str
) -> None:
    """The record after an audit was called for; audited, the same one is fine."""
    audited = (GOOD | how)["audited"]
    ledger = build(((2600, False),))
    before = facts.PlaceAccuracy.from_word(ledger.storage(layout.ACCURACY)[layout.place_accuracy_slot(PLACE)])
    comparison = compared(ledger, 2600, 9)
    after, _ = rules.next_place(
        before, formula.Finding(), comparison, audited=audited, block_time=ledger.now, flag_of=formula_2.flag_of
    )
    append(ledger, replace(comparison, **figures), replace(after, **state), audited=audited)
    for _ in range(2):
        ledger.mine()
    if not why:
        assert ask(ledger).verify().answer["count"] == "2"
        return
    with pytest.raises(ProofBroken, match=why):
        ask(ledger)


def test_a_word_in_storage_that_is_not_the_newest_records() -> None:
    for change, why in (({"flag": 4}, "newest record"), ({"count": 9}, "counts other records")):
        ledger = build()
        slot = layout.place_accuracy_slot(PLACE)
        place = facts.PlaceAccuracy.from_word(ledger.storage(layout.ACCURACY)[slot])
        ledger.storage(layout.ACCURACY)[slot] = replace(place, **change).word()
        for _ in range(2):
            ledger.mine()
        with pytest.raises(ProofBroken, match=why):
            ask(ledger)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.sampled_from((0, 299, 300, 800, 1500, 2500, 10_000)), st.booleans()), max_size=8))
def test_the_view_agrees_with_the_rules(history: list[tuple[int, bool]]) -> None:
    ledger = build(tuple(history))
    answer = ask(ledger).verify().answer
    word = ledger.storage(layout.ACCURACY).get(layout.place_accuracy_slot(PLACE), 0)
    expected = facts.PlaceAccuracy.from_word(word)
    assert answer["count"] == str(len(history))
    if history:
        assert (answer["latest"]["flag"], answer["latest"]["recount_by"]) == (
            str(expected.flag),
            str(expected.recount_by),
        )
