"""How tests make bundles that must be refused, and say with which step and code."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from liveledger.prover.errors import ProofBroken
from liveledger.verifier import Code, Question, Refusal, layout
from tests.proofs.scenario import LOT, QUESTIONS, Case
from tests.simulators.consensus import Signer
from tests.simulators.ledger import SimulatedLedger


def refusal_of(asked: Case, bundle: Any = None, **options: Any) -> Refusal:
    with pytest.raises(Refusal) as caught:
        asked.verify(bundle, **options)
    assert caught.value.message
    assert caught.value.hint
    return caught.value


def expect(step: int, code: Code, asked: Case, bundle: Any = None, **options: Any) -> None:
    refusal = refusal_of(asked, bundle, **options)
    assert (int(refusal.step), refusal.stable_code) == (step, code.value), refusal.as_dict()


def edited(asked: Case) -> dict[str, Any]:
    return copy.deepcopy(asked.bundle)


def broken(chain: SimulatedLedger, view: str, parameters: dict[str, Any] | None = None) -> str:
    """Code with which a prover refuses what its own chain gives."""
    question = Question.parse({"view": view, "parameters": parameters or QUESTIONS[view]})
    with pytest.raises(ProofBroken) as caught:
        chain.prover().prove(question)
    return str(caught.value.details["refusal"]["code"])


def small(*powers: int) -> SimulatedLedger:
    """A ledger with a Consortium and these powers."""
    chain = SimulatedLedger([Signer.make(seed, power) for seed, power in enumerate(powers, 1)])
    chain.register_place()
    chain.mine()
    chain.mine()
    return chain


def raw(chain: SimulatedLedger, height: int | None = None) -> Case:
    question = Question.parse({"view": "raw-storage/1", "parameters": QUESTIONS["raw-storage/1"]})
    return Case(question, chain.anchor(0), chain.prover().prove(question, height=height))


def fresh() -> SimulatedLedger:
    chain = SimulatedLedger()
    for name in layout.LISTED:
        chain.deploy(name, version=2 if name == layout.STOCK_LEDGER else 1)
    chain.register_sku()
    chain.register_lot(LOT, 1)
    chain.register_place()
    return chain
