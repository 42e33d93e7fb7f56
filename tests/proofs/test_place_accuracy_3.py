"""place-accuracy/3: what an audit flagged audits alone lift; all else is as in place-accuracy/2."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liveledger.prover.errors import NothingToProve
from liveledger.rules.accuracy import facts
from liveledger.verifier import Question, layout
from tests.proofs.making.reports import history
from tests.proofs.scenario import Case
from tests.proofs.test_place_accuracy_2 import BPS, GOODS, Row
from tests.simulators.chain import PLACE, PLACE_GLN
from tests.simulators.ledger import SimulatedLedger


def build(rows: list[Row]) -> SimulatedLedger:
    """A block for each record."""
    ledger = SimulatedLedger()
    ledger.deploy(layout.ACCURACY, version=3)
    ledger.register_place()
    ledger.mine()
    for bps, audited, goods in rows:
        ledger.compare(bps, audited=audited, goods=goods)
        ledger.mine()
    ledger.mine()
    return ledger


def ask(ledger: SimulatedLedger, view: str = "place-accuracy/3", **parameters: str) -> Case:
    question = Question.parse({"view": view, "parameters": {"place": str(PLACE_GLN)} | parameters})
    return Case(question, ledger.anchor(0), ledger.prover().prove(question))


def test_no_record_of_the_operator_lifts_what_an_audit_flagged() -> None:
    answer = ask(history(3)).verify().answer
    records = answer["records"]
    assert [record["level"] for record in records] == ["3", "0", "3", "0", "0", "0", "4", "0", "0"]
    # The third is an audit; the sixth, by which the operator lifted it in version 2, has as many SKUs and units.
    assert [record["flag"] for record in records] == ["3", "3", "4", "4", "4", "4", "4", "4", "4"]
    assert answer["latest"] == {name: records[-1][name] for name in answer["latest"]}


def test_an_auditor_lifts_it_and_a_recount_is_the_operators() -> None:
    rows: list[Row] = [(1_600, True, (40, 10_000)), (0, False, (40, 10_000)), (0, True, (40, 1))]
    records = ask(build(rows)).verify().answer["records"]
    assert [record["flag"] for record in records] == ["4", "4", "0"]
    assert [record["recount_by"] != "0" for record in records] == [True, False, False]


def test_views_read_one_version_each() -> None:
    for view in ("place-accuracy/1", "place-accuracy/2"):
        with pytest.raises(NothingToProve, match="has version 3") as caught:
            ask(build([]), view)
        assert "place-accuracy/3" in caught.value.hint


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(BPS, st.booleans(), GOODS), max_size=8))
def test_the_view_agrees_with_the_rules(rows: list[Row]) -> None:
    ledger = build(rows)
    answer: dict[str, Any] = ask(ledger).verify().answer
    storage = ledger.storage(layout.ACCURACY)
    place = facts.PlaceAccuracy.from_word(storage.get(layout.place_accuracy_slot(PLACE), 0))
    assert answer["count"] == str(len(rows))
    if rows:
        assert (answer["latest"]["flag"], answer["latest"]["recount_by"]) == (str(place.flag), str(place.recount_by))
