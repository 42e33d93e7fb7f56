"""place-accuracy/2: what less evidence cannot end, old pages that say of their records alone, and what is refused."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liveledger.domain.hashing import uint_word
from liveledger.domain.streams import place_stream
from liveledger.prover.errors import NothingToProve, ProofBroken
from liveledger.rules.accuracy import contract as rules
from liveledger.rules.accuracy import facts, formula, formula_2
from liveledger.verifier import Question, Refusal, layout
from liveledger.verifier.refusal import Code
from tests.proofs.making.reports import history
from tests.proofs.scenario import Case
from tests.simulators.chain import PLACE, PLACE_GLN
from tests.simulators.ledger import SimulatedLedger

# Deviation in basis points, whether an auditor recorded it, SKUs and units.
Row = tuple[int, bool, tuple[int, int]]
STRONG = (40, 10_000)


def build(rows: list[Row]) -> SimulatedLedger:
    """A block for each record."""
    ledger = SimulatedLedger()
    ledger.deploy(layout.ACCURACY, version=2)
    ledger.register_place()
    ledger.mine()
    for bps, audited, goods in rows:
        ledger.compare(bps, audited=audited, goods=goods)
        ledger.mine()
    ledger.mine()
    return ledger


def ask(ledger: SimulatedLedger, height: int | None = None, **parameters: str) -> Case:
    question = Question.parse({"view": "place-accuracy/2", "parameters": {"place": str(PLACE_GLN)} | parameters})
    return Case(question, ledger.anchor(0), ledger.prover().prove(question, height=height))


def test_what_less_evidence_cannot_end() -> None:
    answer = ask(history()).verify().answer
    records = answer["records"]
    assert [record["flag"] for record in records] == ["3", "3", "3", "3", "3", "0", "4", "4", "0"]
    due = [record["recount_by"] != "0" for record in records]
    assert due == [True, True, True, False, False, False, True, False, False]
    needed = [(record["finding_skus"], record["finding_units"]) for record in records]
    assert needed == [("40", "10000")] * 2 + [("50", "10000")] * 3 + [("0", "0")] + [("3", "20000")] * 2 + [("0", "0")]
    assert answer["latest"] == {name: records[-1][name] for name in answer["latest"]}


def test_a_page_that_does_not_reach_the_end_says_of_its_records_alone() -> None:
    rows: list[Row] = [(1_600, False, STRONG), (0, False, (1, 1)), (0, False, STRONG)]
    ledger = build(rows)
    whole = ask(ledger).verify()
    for first, limit in ((0, 1), (0, 2), (1, 1)):
        asked = ask(ledger, first=str(first), limit=str(limit))
        verdict = asked.verify(minimum_height=1_000)
        assert verdict.lasting
        assert verdict.answer["latest"] is None
        assert verdict.answer["records"] == whole.answer["records"][first : first + limit]
        assert "3 were there at block" in str(verdict.supports.complete)
    for first, limit in ((0, 3), (2, 1), (1, 9), (3, 1), (9, 9)):
        asked = ask(ledger, first=str(first), limit=str(limit))
        assert asked.verify().answer["latest"] == whole.answer["latest"]
        with pytest.raises(Refusal, match="seen before"):
            asked.verify(minimum_height=1_000)


def test_where_the_place_stands_cannot_be_left_out_of_the_newest_page() -> None:
    asked = ask(build([(1_600, False, STRONG)]))
    changed = copy.deepcopy(asked.bundle)
    changed["answer"]["latest"] = None
    with pytest.raises(Refusal) as refused:
        asked.verify(changed)
    assert refused.value.stable_code == Code.ANSWER_MISMATCH
    storage = changed["evidence"]["contracts"]["Accuracy"]["storage"]
    changed["evidence"]["contracts"]["Accuracy"]["storage"] = storage[:1]
    with pytest.raises(Refusal) as refused:
        asked.verify(changed)
    assert refused.value.stable_code == Code.STORAGE_PROOF


def test_a_place_without_records_and_one_that_is_none() -> None:
    ledger = build([])
    nothing = {"count": "0", "latest": None, "records": []}
    assert ask(ledger).verify().answer == nothing | {"known_place": True}
    assert ask(ledger, place="9521234200017").verify().answer == nothing | {"known_place": False}


def test_a_view_reads_one_version_and_names_the_other() -> None:
    old = Question.parse({"view": "place-accuracy/1", "parameters": {"place": str(PLACE_GLN)}})
    with pytest.raises(NothingToProve, match="has version 2") as caught:
        build([]).prover().prove(old)
    assert "place-accuracy/2" in caught.value.hint


@pytest.mark.parametrize(
    ("state", "finding"),
    [
        ({"flag": 0}, {}),
        ({"flag": 4}, {}),
        ({"recount_by": 1}, {}),
        ({"other_as_of": 5}, {}),
        ({"audited": True}, {}),
        ({}, {"skus": 39}),
        ({}, {"ledger_units": 1}),
        ({}, {"raised_at": 1}),
    ],
)
def test_what_no_contract_of_ours_writes_is_refused(state: dict[str, int], finding: dict[str, int]) -> None:
    """A weak record after a flag was raised."""
    ledger = build([(1_600, False, STRONG)])
    storage = ledger.storage(layout.ACCURACY)
    slots = layout.place_accuracy_slot(PLACE), layout.place_finding_slot(PLACE)
    before, held = facts.PlaceAccuracy.from_word(storage[slots[0]]), formula.Finding.from_word(storage[slots[1]])
    comparison = facts.Comparison(PLACE, ledger.now - 1, 1, 1, 1, 9, 9, 0, bytes(32))
    after, raised = rules.next_place(
        before, held, comparison, audited=False, block_time=ledger.now, flag_of=formula_2.flag_of
    )
    after, raised = replace(after, **state), replace(raised, **finding)
    words = (9, False, after.word(), raised.word())
    ledger.append(layout.ACCURACY, place_stream(PLACE), 1, comparison.encode() + b"".join(map(uint_word, words)))
    storage[slots[0]], storage[slots[1]] = after.word(), raised.word()
    for _ in range(2):
        ledger.mine()
    with pytest.raises(ProofBroken, match="does not follow from the one before"):
        ask(ledger)


BPS = st.sampled_from((0, 299, 800, 1500, 2500, 10_000))
GOODS = st.tuples(st.sampled_from((1, 40, 41)), st.sampled_from((0, 10_000, 20_000)))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(BPS, st.booleans(), GOODS), max_size=8), st.integers(0, 9), st.integers(1, 9))
def test_the_view_agrees_with_the_rules(rows: list[Row], first: int, limit: int) -> None:
    ledger = build(rows)
    answer: dict[str, Any] = ask(ledger).verify().answer
    storage = ledger.storage(layout.ACCURACY)
    finding = formula.Finding.from_word(storage.get(layout.place_finding_slot(PLACE), 0))
    place = facts.PlaceAccuracy.from_word(storage.get(layout.place_accuracy_slot(PLACE), 0))
    assert answer["count"] == str(len(rows))
    if rows:
        latest = answer["latest"]
        assert (latest["flag"], latest["recount_by"]) == (str(place.flag), str(place.recount_by))
        assert (latest["finding_skus"], latest["finding_units"]) == (str(finding.skus), str(finding.ledger_units))
    page = ask(ledger, first=str(first), limit=str(limit)).verify()
    assert page.answer["records"] == answer["records"][first : first + limit]
    assert page.lasting == (first + limit < len(rows))
