"""capital/3: three sides, whose findings stand against each other's reports, and old pages that leave that out."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liveledger.prover.errors import NothingToProve
from liveledger.rules.stock_health import contract as rules
from liveledger.verifier import Question, Refusal, encode_bundle, layout
from liveledger.verifier.refusal import Code
from tests.proofs.scenario import AUDITOR, FINANCE, OWN, Case, report_sided
from tests.simulators.chain import BRAND
from tests.simulators.ledger import SimulatedLedger

DAY = 86_400


def fresh() -> SimulatedLedger:
    ledger = SimulatedLedger()
    ledger.deploy(layout.STOCK_HEALTH, version=2)
    ledger.mine()
    return ledger


def asked(source: SimulatedLedger, view: str = "capital/3", **parameters: str) -> Case:
    question = Question.parse({"view": view, "parameters": {"brand": str(BRAND), **parameters}})
    return Case(question, source.anchor(0), json.loads(encode_bundle(source.prover().prove(question))))


def built(acts: list[tuple[rules.Reporter, int, int]]) -> tuple[SimulatedLedger, rules.Capital | None]:
    """A block for each report that the rules take: who, stock by 100 fen of revenue, seconds before its block."""
    ledger, capital = fresh(), None
    for reporter, value, ago in acts:
        try:
            capital = report_sided(ledger, capital, reporter, value, ago)
        except rules.HealthRefusal:
            continue
        ledger.mine()
    ledger.mine()
    return ledger, capital


def test_no_side_lifts_what_another_found() -> None:
    acts = [(AUDITOR, 36, 50 * DAY), (FINANCE, 10, 40 * DAY), (OWN, 10, 30 * DAY)]
    answer = asked(built(acts)[0]).verify().answer
    assert (answer["frozen"], answer["stale"], answer["newest"]["above_limit"]) == (True, False, False)
    assert answer["sides"]["auditors"]["stands"] is answer["sides"]["auditors"]["above_limit"] is True
    assert answer["sides"]["finance"]["stands"] is False
    assert answer["sides"]["brand"] == {"period_to": answer["newest"]["period_to"]}
    answer = asked(built([*acts, (AUDITOR, 35, 9)])[0]).verify().answer
    assert (answer["frozen"], answer["sides"]["auditors"]["above_limit"]) == (False, False)


def test_a_finding_ends_after_ninety_days() -> None:
    acts = [(FINANCE, 36, 91 * DAY), (OWN, 10, 9)]
    answer = asked(built(acts)[0]).verify().answer
    assert (answer["frozen"], answer["sides"]["finance"]["above_limit"]) == (False, True)
    assert (answer["sides"]["finance"]["stands"], answer["sides"]["auditors"]) == (False, None)


def test_a_brand_without_reports_is_free() -> None:
    answer = asked(fresh_and_closed()).verify().answer
    assert answer == {"count": "0", "frozen": False, "stale": False, "newest": None, "sides": None, "reports": []}


def fresh_and_closed() -> SimulatedLedger:
    ledger = fresh()
    ledger.mine()
    return ledger


def test_a_page_that_does_not_reach_the_end_says_of_its_reports_alone() -> None:
    ledger, _ = built([(AUDITOR, 36, 50 * DAY), (FINANCE, 10, 40 * DAY), (OWN, 10, 30 * DAY)])
    whole = asked(ledger).verify().answer
    standing = ("frozen", "stale", "newest", "sides")
    for first, limit in ((0, 1), (0, 2), (1, 1)):
        verdict = asked(ledger, first=str(first), limit=str(limit)).verify(minimum_height=1_000)
        assert verdict.lasting
        assert [verdict.answer[name] for name in standing] == [None] * 4
        assert verdict.answer["reports"] == whole["reports"][first : first + limit]
    for first, limit in ((0, 3), (2, 1), (7, 1)):
        case = asked(ledger, first=str(first), limit=str(limit))
        assert {name: case.verify().answer[name] for name in standing} == {name: whole[name] for name in standing}
        with pytest.raises(Refusal, match="seen before"):
            case.verify(minimum_height=1_000)


@pytest.mark.parametrize(
    "change", [{"frozen": False}, {"stale": True}, {"sides": None}, {"newest": None}], ids=lambda c: next(iter(c))
)
def test_how_the_brand_stands_cannot_be_changed_or_left_out(change: dict[str, Any]) -> None:
    case = asked(built([(AUDITOR, 36, 9)])[0])
    bundle = copy.deepcopy(case.bundle)
    bundle["answer"] |= change
    with pytest.raises(Refusal) as refused:
        case.verify(bundle)
    assert refused.value.stable_code == Code.ANSWER_MISMATCH


def test_a_view_reads_one_version_and_names_the_other() -> None:
    with pytest.raises(NothingToProve, match="has version 2") as caught:
        asked(fresh_and_closed(), "capital/2")
    assert "capital/3" in caught.value.hint


ACTS = st.lists(
    st.tuples(st.sampled_from((OWN, AUDITOR, FINANCE)), st.sampled_from((0, 34, 36)), st.integers(0, 120)), max_size=8
)


@settings(max_examples=25, deadline=None)
@given(ACTS)
def test_the_view_agrees_with_the_rules(acts: list[tuple[rules.Reporter, int, int]]) -> None:
    """Reports of up to 120 days ago, in the order of time."""
    ordered = sorted(((who, value, days * DAY) for who, value, days in acts), key=lambda act: -act[2])
    ledger, capital = built(ordered)
    verdict = asked(ledger).verify()
    answer = verdict.answer
    assert answer["frozen"] is rules.purchasing_frozen(capital, verdict.block_time)
    assert answer["stale"] is rules.is_stale(capital, verdict.block_time)
    if capital is not None:
        for name, side in (("auditors", capital.auditors), ("finance", capital.finance)):
            assert (answer["sides"][name] is None) == (side.period_to == 0)
            stands = answer["sides"][name] is not None and answer["sides"][name]["stands"]
            assert stands is side.stands(verdict.block_time)
