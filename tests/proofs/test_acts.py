"""acts/1: the log of acts is whole, outcomes are told from calls, and old anchors still prove the rest."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import pytest

from liveledger.domain.errors import InvalidInput
from liveledger.domain.hashing import uint_word
from liveledger.domain.streams import ACTS_STREAM
from liveledger.prover.errors import ProofBroken
from liveledger.verifier import Question, Refusal, TrustAnchor, layout
from liveledger.verifier.refusal import Code
from tests.proofs.scenario import ACTS, HEX_POSTER, Case, ask, case
from tests.simulators.ledger import SimulatedLedger


def bundle() -> dict[str, Any]:
    return copy.deepcopy(case("acts/1").bundle)


def test_calls_and_outcomes() -> None:
    found = case("acts/1").verify()
    assert found.answer["count"] == "3"
    assert [act["data"] for act in found.answer["acts"]] == ["0x" + act.hex() for act in ACTS]
    assert [(act["kind"], act["proposal"], act["status"]) for act in found.answer["acts"]] == [
        ("call", None, None),
        ("outcome", "1", "2"),
        ("call", None, None),
    ]
    assert {act["poster"] for act in found.answer["acts"]} == {HEX_POSTER}
    assert "all 3 acts, in order, none left out" in str(found.supports.complete)


def test_a_page_and_an_empty_log() -> None:
    page = ask("acts/1", {"contract": "Governance", "first": "1", "limit": "1"}).verify().answer
    assert [act["index"] for act in page["acts"]] == ["1"]
    assert ask("acts/1", {"contract": "Consortium"}).verify().answer == {"count": "0", "acts": []}


@pytest.mark.parametrize("order", [[0, 1], [1, 2], [0, 2], [0, 2, 1], [0, 1, 1, 2], [0, 0, 1, 2]])
def test_an_act_left_out_doubled_or_moved_is_refused(order: list[int]) -> None:
    changed = bundle()
    leaves, acts = changed["evidence"]["leaves"]["page"], changed["answer"]["acts"]
    changed["evidence"]["leaves"]["page"] = [leaves[at] for at in order]
    changed["answer"] = {"count": str(len(order)), "acts": [acts[at] | {"index": str(i)} for i, at in enumerate(order)]}
    with pytest.raises(Refusal) as refused:
        case("acts/1").verify(changed)
    assert refused.value.stable_code == Code.INCOMPLETE


@pytest.mark.parametrize(
    ("n", "payload", "why"),
    [
        (2, ACTS[0], "covers 2 acts"),
        (1, uint_word(1) + uint_word(256), "leaf of act 0"),
    ],
    ids=["two", "status"],
)
def test_a_leaf_that_no_contract_of_ours_writes_is_refused(n: int, payload: bytes, why: str) -> None:
    ledger = SimulatedLedger()
    ledger.mine()
    ledger.append(layout.GOVERNANCE, ACTS_STREAM, n, payload)
    for _ in range(3):
        ledger.mine()
    question = Question.parse({"view": "acts/1", "parameters": {"contract": "Governance"}})
    with pytest.raises(ProofBroken, match=why):  # the prover reads its own answer as a verifier does
        ledger.prover().prove(question)


def test_only_contracts_with_a_log_are_asked() -> None:
    for view, contract in (
        ("acts/1", "StockLedger"),
        ("acts/1", "Directory"),
        ("acts/2", "StockLedger"),
        ("acts/2", ""),
    ):
        with pytest.raises(InvalidInput, match=r"parameters\.contract"):
            ask(view, {"contract": contract})


def test_the_directory_and_the_creator_keep_acts_too() -> None:
    ledger = SimulatedLedger()
    for name, count in ((layout.DIRECTORY, 2), (layout.CREATOR, 1)):
        for number in range(count):
            ledger.append(name, ACTS_STREAM, 1, ACTS[0] + bytes([number]))
    ledger.mine()
    ledger.mine()
    for name, count in ((layout.DIRECTORY, "2"), (layout.CREATOR, "1")):
        question = Question.parse({"view": "acts/2", "parameters": {"contract": name}})
        bundle = ledger.prover().prove(question)
        verdict = Case(question, ledger.anchor(0), bundle).verify()
        assert verdict.answer["count"] == count


def without_governance(asked: Case) -> TrustAnchor:
    """An anchor as it was written before there was a Governance."""
    contracts = {name: pin for name, pin in asked.anchor.contracts.items() if name != "Governance"}
    return replace(asked.anchor, contracts=contracts)


def test_an_older_anchor_proves_everything_but_decisions() -> None:
    for view in ("stock/2", "settlement/1", "reports/1"):
        asked = case(view, form=1)
        assert asked.verify(anchor=without_governance(asked)).answer == asked.bundle["answer"]
    with pytest.raises(Refusal) as refused:
        case("acts/1", form=1).verify(anchor=without_governance(case("acts/1", form=1)))
    assert refused.value.stable_code == Code.UNKNOWN_CONTRACT
