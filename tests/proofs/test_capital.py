"""The flag on a brand's capital and all reports behind it; nothing left out, no share that its figures do not give."""

from __future__ import annotations

import copy
import functools
import json
from typing import Any

import pytest

from liveledger.bindings import constants
from liveledger.domain.money import Bps, Fen
from liveledger.domain.payloads import CapitalEntry
from liveledger.prover.errors import ProofBroken
from liveledger.rules.stock_health import contract as rules
from liveledger.rules.stock_health import formula
from liveledger.rules.stock_health.contract import Capital, CapitalReport
from liveledger.verifier import Question, Refusal, encode_bundle, layout
from liveledger.verifier.refusal import Code
from liveledger.verifier.views import capital
from tests.proofs.scenario import CAPITAL_ROOT, HEX_POSTER, Case, capital_entry, capital_words
from tests.simulators.chain import BRAND
from tests.simulators.consensus import GENESIS_TIME
from tests.simulators.ledger import SimulatedLedger

AUDITOR = 9
DAY = 86_400


ENTRIES = [capital_entry(1, 34, 100), capital_entry(2, 36, 100, AUDITOR), capital_entry(3, 1, 0)]


def built(entries: list[CapitalEntry], newest: CapitalEntry | None = None, n: int = 1) -> SimulatedLedger:
    ledger = SimulatedLedger()
    ledger.deploy(layout.STOCK_HEALTH)
    for number, one in enumerate(entries):
        kept = newest if newest and number == len(entries) - 1 else one
        ledger.report_capital(capital_words(kept, ledger.now), one.encode(), n)
        ledger.mine()
    ledger.mine()
    ledger.mine()
    return ledger


@functools.cache
def ledger() -> SimulatedLedger:
    return built(ENTRIES)


def asked(source: SimulatedLedger, height: int | None = None, view: str = "capital/1", **parameters: str) -> Case:
    question = Question.parse({"view": view, "parameters": {"brand": str(BRAND), **parameters}})
    bundle = source.prover().prove(question, height=height)
    return Case(question, source.anchor(0), json.loads(encode_bundle(bundle)))


def test_the_flag_and_all_reports() -> None:
    verdict = asked(ledger()).verify()
    answer = verdict.answer
    assert (answer["count"], answer["frozen"]) == ("3", True)
    assert [(report["share_bps"], report["frozen"]) for report in answer["reports"]] == [
        ("3400", False),
        ("3600", True),
        (None, True),
    ]
    assert answer["newest"] == {name: answer["reports"][2][name] for name in answer["newest"]}
    assert [report["organisation"] for report in answer["reports"]] == [str(BRAND), str(AUDITOR), str(BRAND)]
    assert {report["poster"] for report in answer["reports"]} == {HEX_POSTER}
    assert "all 3 reports, in order, none left out" in str(verdict.supports.complete)


def test_each_block_has_its_flag() -> None:
    assert [asked(ledger(), height).verify().answer["frozen"] for height in (1, 2, 3)] == [False, True, True]


def test_pages() -> None:
    answer = asked(ledger(), first="1", limit="1").verify().answer
    assert [report["index"] for report in answer["reports"]] == ["1"]
    assert (answer["count"], answer["newest"]["share_bps"]) == ("3", None)
    assert asked(ledger(), first="3", limit="9").verify().answer["reports"] == []


def test_a_brand_without_reports_is_proven_not_to_be_frozen() -> None:
    answer = asked(ledger(), brand=str(BRAND + 1)).verify().answer
    assert answer == {"count": "0", "frozen": False, "newest": None, "reports": []}


def yearly(period_to: int, value: int = 34) -> CapitalEntry:
    """A report on the year that ends at ``period_to``."""
    share = formula.share_up(Fen(value), Fen(100))
    return CapitalEntry(BRAND, Fen(value), Fen(100), period_to - 365 * DAY, period_to, 1, CAPITAL_ROOT, share)


@pytest.mark.parametrize("value", [34, 36])
@pytest.mark.parametrize("past", [-1, 0, 1, 265 * DAY])
def test_a_report_is_stale_by_the_blocks_time_as_the_contract_has_it(value: int, past: int) -> None:
    """The block that is proven is the fourth, three seconds behind genesis."""
    entry = yearly(GENESIS_TIME + 3 - constants.STALE_SECONDS - past, value)
    source = built([entry])
    verdict = asked(source, 3, "capital/2").verify()
    assert verdict.block_time == GENESIS_TIME + 3
    answer = verdict.answer
    told = CapitalReport(Fen(value), Fen(100), entry.period_from, entry.period_to, 1, CAPITAL_ROOT)
    capital = Capital(told, Bps(entry.share_bps), 0, BRAND)
    assert answer["stale"] is rules.is_stale(capital, verdict.block_time) is (past > 0)
    assert answer["frozen"] is rules.purchasing_frozen(capital, verdict.block_time)
    assert answer["newest"]["above_limit"] is (value == 36)
    assert "frozen" not in answer["newest"]


def test_the_flag_may_not_be_taken_from_a_stale_report() -> None:
    found = asked(built([yearly(GENESIS_TIME - 200 * DAY)]), view="capital/2")
    assert (found.bundle["answer"]["frozen"], found.bundle["answer"]["stale"]) == (True, True)
    for change in ({"frozen": False}, {"stale": False}, {"frozen": False, "stale": False}):
        with pytest.raises(Refusal) as refused:
            found.verify({**found.bundle, "answer": found.bundle["answer"] | change})
        assert refused.value.stable_code == Code.ANSWER_MISMATCH


def test_a_brand_without_reports_is_not_stale() -> None:
    answer = asked(ledger(), view="capital/2", brand=str(BRAND + 1)).verify().answer
    assert answer == {"count": "0", "frozen": False, "stale": False, "newest": None, "reports": []}


def test_the_older_view_says_that_it_does_not_judge_staleness() -> None:
    """Its answer stays as it was: a report of long ago is not frozen in it."""
    verdict = asked(built([yearly(GENESIS_TIME - 200 * DAY)])).verify()
    assert verdict.answer["frozen"] is False
    assert "whether the newest report is stale, which freezes too, is not judged" in str(verdict.supports.complete)
    assert "not judged" not in str(asked(ledger(), brand=str(BRAND + 1)).verify().supports.complete)
    assert "not judged" not in str(asked(ledger(), view="capital/2").verify().supports.complete)


@pytest.mark.parametrize("order", [[0, 1], [1, 2], [0, 2], [0, 2, 1], [0, 1, 1, 2]])
def test_a_report_left_out_doubled_or_moved_is_refused(order: list[int]) -> None:
    bundle = copy.deepcopy(asked(ledger()).bundle)
    leaves, reports = bundle["evidence"]["leaves"]["page"], bundle["answer"]["reports"]
    bundle["evidence"]["leaves"]["page"] = [leaves[at] for at in order]
    bundle["answer"]["count"] = str(len(order))
    bundle["answer"]["reports"] = [reports[at] | {"index": str(i)} for i, at in enumerate(order)]
    with pytest.raises(Refusal) as refused:
        asked(ledger()).verify(bundle)
    assert refused.value.stable_code == Code.INCOMPLETE


@pytest.mark.parametrize(
    "change", [{"frozen": False}, {"newest": None}, {"reports": []}, {"count": "2"}], ids=lambda c: next(iter(c))
)
def test_another_answer_is_refused(change: dict[str, Any]) -> None:
    bundle = copy.deepcopy(asked(ledger()).bundle)
    bundle["answer"] |= change
    with pytest.raises(Refusal) as refused:
        asked(ledger()).verify(bundle)
    assert refused.value.stable_code == Code.ANSWER_MISMATCH


@pytest.mark.parametrize(
    ("entries", "newest", "n"),
    [
        ([CapitalEntry(BRAND, Fen(36), Fen(100), 1, 2, 1, CAPITAL_ROOT, Bps(3500))], None, 1),
        (ENTRIES, ENTRIES[0], 1),
        (ENTRIES, None, 2),
    ],
    ids=["a share that does not follow", "another standing", "a leaf of two"],
)
def test_a_contract_that_contradicts_itself_is_not_proven(
    entries: list[CapitalEntry], newest: CapitalEntry | None, n: int
) -> None:
    with pytest.raises(ProofBroken):
        asked(built(entries, newest, n))


@pytest.mark.parametrize("junk", [{}, {"brand": "-1"}, {"brand": "65536"}, {"brand": "7", "x": "1"}, {"brand": 7}])
def test_junk_in_the_question(junk: dict[str, Any]) -> None:
    with pytest.raises(Refusal):
        capital.read(junk)
