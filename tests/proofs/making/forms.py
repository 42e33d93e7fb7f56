"""Every view in a bundle of form 2: the same answer from the same evidence, told in another way."""

from __future__ import annotations

import json

from liveledger.verifier import encode_bundle
from tests.proofs.making.form import Vectors
from tests.proofs.scenario import QUESTIONS, Case, case, ledger_of

# Those that stand among `histories`, from another ledger.
_ELSEWHERE = frozenset({"stock/2", "raw-storage/1"})


def make() -> Vectors:
    found = Vectors()
    for view in sorted(QUESTIONS.keys() - _ELSEWHERE):
        asked = case(view)
        bundle = ledger_of(view).prover().prove(asked.question, form=2)
        written = Case(asked.question, asked.anchor, json.loads(encode_bundle(bundle)))
        found.good(f"forms/{view.replace('/', '-')}", f"{view} in a bundle of form 2", written)
    return found
